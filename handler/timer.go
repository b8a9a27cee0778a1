package handler

import "github.com/hadron-mq/hadron/internal/handle"

// Timer is one call of OnTimer that Container.Schedule arranged.
type Timer handle.Timer

// Cancel takes the timer back. It does nothing to one that was due. It can be called from any goroutine.
func (t *Timer) Cancel() { (*handle.Timer)(t).Cancel() }

package handler

// Timer is one call of OnTimer that Container.Schedule arranged.
type Timer struct {
	cancel func()
}

// NewTimer is for containers: cancel is called by Cancel.
func NewTimer(cancel func()) *Timer { return &Timer{cancel} }

// Cancel takes the timer back. It does nothing to one that was due. It can be called from any goroutine.
func (t *Timer) Cancel() { t.cancel() }

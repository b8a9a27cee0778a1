package handle

// Timer is one call that a container is to make.
type Timer struct{ cancel func() }

// NewTimer returns the handle of a timer, which cancel takes back.
func NewTimer(cancel func()) *Timer { return &Timer{cancel} }

// Cancel takes it back.
func (t *Timer) Cancel() { t.cancel() }

package sasl

// Work is a step of an exchange that may take long: mechanisms hash passwords,
// and ask directories and databases. A layer that has some goes on when it is
// resumed, and consumes nothing before.
type Work struct {
	layer *Layer
	step  func()
	then  func() error
}

// Run takes the step. It is called once, on any goroutine, and may block for as
// long as the mechanism does. It does not touch the layer.
func (w *Work) Run() { w.step() }

// Resume gives the layer what Run came to. It is called where the layer is used;
// there is output then, or Feed returns an error. With err the step was not
// taken: the exchange ends for that reason, and a client is told the code of
// ErrTemporary or the like where err wraps one of these.
func (w *Work) Resume(err error) {
	l := w.layer
	l.busy = false
	switch {
	case err == nil:
		err = w.then()
	case l.listening:
		err = l.refuse(err)
	default:
		err = l.fail(0, err)
	}
	if l.err == nil {
		l.err = err
	}
}

// Work returns the step that has to be taken before Feed goes on, nil when there
// is none. It returns each step once.
func (l *Layer) Work() *Work {
	w := l.work
	l.work = nil
	return w
}

// prompt is an exchange that says whether it answers without delay to what was
// said. What others do is taken to take its time.
type prompt interface{ prompt(said []byte) bool }

// take takes a step of the exchange, and then does what follows from it: here
// and now where the exchange is prompt, else when the work is done. The step must
// not use the layer, nor what lies in the input.
func (l *Layer) take(now bool, step func(), then func() error) error {
	if now {
		step()
		return then()
	}
	l.busy = true
	l.work = &Work{layer: l, step: step, then: then}
	return nil
}

func isPrompt(exchange any, said []byte) bool {
	p, ok := exchange.(prompt)
	return ok && p.prompt(said)
}

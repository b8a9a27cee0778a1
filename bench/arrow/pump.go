package main

import (
	"fmt"
	"time"

	"github.com/hadron-mq/hadron/connection"
	"github.com/hadron-mq/hadron/handler"
)

// pump is what the two roles share: the clock, the figure, and how it all ends.
type pump struct {
	handler.Base
	*job
	listener *connection.Listener
	began    time.Time
	finished bool
	err      error // what was wrong with what came
}

// start connects, or listens; conn is nil then.
func (p *pump) start(e *handler.Event) (conn *connection.Connection) {
	if p.listening {
		p.listener, p.err = e.Container().Listen(p.hostPort)
	} else {
		conn, p.err = e.Container().Connect(p.hostPort)
	}
	if p.err != nil {
		e.Container().Stop()
	}
	return conn
}

// OnConnectionOpening stops listening: one connection is all there is.
func (p *pump) OnConnectionOpening(*handler.Event) { p.listener.Close() }

// OnTransportError passes over a peer that goes without a goodbye once all is done.
func (p *pump) OnTransportError(e *handler.Event) {
	if !p.finished {
		e.Pass()
	}
}

// finish stops the clock and prints the figure.
func (p *pump) finish() {
	seconds := time.Since(p.began).Seconds()
	p.finished = true
	_, err := fmt.Fprintf(p.figure, "{\"peer\":\"hadron\",\"role\":%q,\"count\":%d,\"seconds\":%.4f,\"rate\":%.0f}\n",
		p.role(), p.count, seconds, float64(p.count)/seconds)
	if p.err == nil {
		p.err = err
	}
}

// fail ends the run for something that is wrong.
func (p *pump) fail(e *handler.Event, err error) {
	if p.err == nil {
		p.err = err
	}
	e.Container().Stop()
}

// outcome says what was wrong, also where the peer just left early.
func (p *pump) outcome() error {
	if p.err == nil && !p.finished {
		return fmt.Errorf("%s: ended before %d messages were through", p.role(), p.count)
	}
	return p.err
}

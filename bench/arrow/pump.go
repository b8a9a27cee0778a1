package main

import (
	"fmt"
	"time"

	"github.com/hadron-mq/hadron/connection"
	"github.com/hadron-mq/hadron/handler"
	"github.com/hadron-mq/hadron/tlsconf"
)

// pump is what the two roles share: the clock, the figure, and how it all ends.
type pump struct {
	handler.Base
	*job
	listener *connection.Listener
	taken    int // connections that came to the listener
	began    time.Time
	finished bool
	err      error // what was wrong with what came
}

// start listens, or connects and makes the links, each with a name of its own.
func (p *pump) start(e *handler.Event, link func(conn *connection.Connection, name string) error) {
	var err error
	if p.listening {
		p.listener, err = e.Container().Listen(p.url(), p.options(tlsconf.CertAndKey(p.certificate, p.key))...)
	}
	for i := 0; !p.listening && err == nil && i < p.connections; i++ {
		var conn *connection.Connection
		conn, err = e.Container().Connect(p.url(), p.options(tlsconf.CA(p.certificate))...)
		for j := 0; err == nil && j < p.links; j++ {
			err = link(conn, fmt.Sprintf("arrow-%s-%d-%d", p.role(), i, j))
		}
	}
	if err != nil {
		p.fail(e, err)
	}
}

func (p *pump) url() string {
	if p.certificate != "" {
		return "amqps://" + p.hostPort
	}
	return "amqp://" + p.hostPort
}

func (p *pump) options(tls tlsconf.Option) []connection.Option {
	opts := []connection.Option{connection.BusyPoll(p.poll)}
	if p.certificate != "" {
		opts = append(opts, connection.TLS(tls))
	}
	return opts
}

// OnConnectionOpening stops listening when all connections are there.
func (p *pump) OnConnectionOpening(*handler.Event) {
	if p.taken++; p.taken == p.connections {
		p.listener.Close()
	}
}

// OnTransportError passes over a peer that goes without a goodbye once all is done.
func (p *pump) OnTransportError(e *handler.Event) {
	if !p.finished {
		e.Pass()
	}
}

// finish stops the clock and prints the figure. Closing the connections is left to the caller.
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

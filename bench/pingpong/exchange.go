package main

import (
	"errors"
	"fmt"

	"github.com/hadron-mq/hadron/connection"
	"github.com/hadron-mq/hadron/handler"
	"github.com/hadron-mq/hadron/sender"
)

// exchange is what the two roles share: the connection, with a link each way, and how it all ends.
type exchange struct {
	handler.Base
	*job
	listener *connection.Listener
	out      *sender.Sender // our way to the other end
	finished bool
	err      error
}

// OnStart listens, or connects with both links.
func (x *exchange) OnStart(e *handler.Event) {
	if x.listening {
		if x.listener, x.err = e.Container().Listen(x.hostPort, connection.BusyPoll(x.poll)); x.err != nil {
			e.Container().Stop()
		}
		return
	}
	conn, err := e.Container().Connect(x.hostPort, connection.BusyPoll(x.poll))
	if err == nil {
		_, err = e.Container().CreateReceiver(conn, "pingpong")
	}
	if err == nil {
		x.out, err = e.Container().CreateSender(conn, "pingpong")
	}
	if err != nil {
		x.fail(e, err)
	}
}

// OnConnectionOpening stops listening: one connection is all there is.
func (x *exchange) OnConnectionOpening(*handler.Event) { x.listener.Close() }

// OnLinkOpening keeps the link where the listening end sends.
func (x *exchange) OnLinkOpening(e *handler.Event) {
	if e.Sender() != nil {
		x.out = e.Sender()
	}
}

// OnTransportError passes over a peer that goes without a goodbye once all is done.
func (x *exchange) OnTransportError(e *handler.Event) {
	if !x.finished {
		e.Pass()
	}
}

// fail ends the run for something that is wrong.
func (x *exchange) fail(e *handler.Event, err error) {
	x.err = errors.Join(x.err, err)
	e.Container().Stop()
}

func (x *exchange) outcome() error {
	if x.err == nil && !x.finished {
		return fmt.Errorf("ended before %d round trips", x.count)
	}
	return x.err
}

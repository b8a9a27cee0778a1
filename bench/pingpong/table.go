package main

import (
	"errors"
	"fmt"

	"github.com/hadron-mq/hadron/connection"
	"github.com/hadron-mq/hadron/handler"
	"github.com/hadron-mq/hadron/sender"
)

// table is what the two players share: the connection, with a link each way, and how it all ends.
type table struct {
	handler.Base
	*job
	listener *connection.Listener
	out      *sender.Sender // our way to the other player
	finished bool
	err      error
}

// OnStart listens, or connects with both links.
func (t *table) OnStart(e *handler.Event) {
	if t.listening {
		if t.listener, t.err = e.Container().Listen(t.hostPort, connection.BusyPoll(t.poll)); t.err != nil {
			e.Container().Stop()
		}
		return
	}
	conn, err := e.Container().Connect(t.hostPort, connection.BusyPoll(t.poll))
	if err == nil {
		_, err = e.Container().CreateReceiver(conn, "pingpong")
	}
	if err == nil {
		t.out, err = e.Container().CreateSender(conn, "pingpong")
	}
	if err != nil {
		t.fail(e, err)
	}
}

// OnConnectionOpening stops listening: one connection is all there is.
func (t *table) OnConnectionOpening(*handler.Event) { t.listener.Close() }

// OnLinkOpening keeps the link where the listening end sends.
func (t *table) OnLinkOpening(e *handler.Event) {
	if e.Sender() != nil {
		t.out = e.Sender()
	}
}

// OnTransportError passes over a peer that goes without a goodbye once all is done.
func (t *table) OnTransportError(e *handler.Event) {
	if !t.finished {
		e.Pass()
	}
}

// fail ends the game for something that is wrong.
func (t *table) fail(e *handler.Event, err error) {
	t.err = errors.Join(t.err, err)
	e.Container().Stop()
}

func (t *table) outcome() error {
	if t.err == nil && !t.finished {
		return fmt.Errorf("ended before %d round trips", t.count)
	}
	return t.err
}

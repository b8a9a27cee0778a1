package main

import (
	"bytes"

	"github.com/Azure/go-amqp"

	"github.com/hadron-mq/hadron/handler"
)

// flooding is the role flood.
type flooding struct {
	handler.Base
	hostPort, address string
	message           *amqp.Message
	err               error
}

// OnStart connects.
func (f *flooding) OnStart(e *handler.Event) {
	f.message = amqp.NewMessage(bytes.Repeat([]byte{'x'}, 100))
	conn, err := e.Container().Connect("amqp://" + f.hostPort)
	if err == nil {
		_, err = e.Container().CreateSender(conn, f.address)
	}
	if err != nil {
		f.err = err
		e.Container().Stop()
	}
}

// OnSendable uses all credit that there is.
func (f *flooding) OnSendable(e *handler.Event) {
	for e.Sender().Credit() > 0 {
		if _, err := e.Sender().Send(f.message); err != nil {
			f.err = err
			e.Container().Stop()
			return
		}
	}
}

// OnReleased is for what has no outcome at the end.
func (f *flooding) OnReleased(*handler.Event) {}

func (f *flooding) outcome() error { return f.err }

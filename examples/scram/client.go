package main

import (
	"context"
	"errors"

	"github.com/Azure/go-amqp"

	"github.com/hadron-mq/hadron/connection"
	"github.com/hadron-mq/hadron/container"
	"github.com/hadron-mq/hadron/handler"
)

// client logs in and sends one message.
type client struct {
	handler.Base
	url, address string
	accepted     bool
	err          error
}

// OnStart connects. Name and password are in the URL; connection.User has them apart. AllowedMechs sees to it that the password is
// not shown to a server that asks for it, and SCRAM makes the server prove that it knows the user: by default the strongest
// mechanism that both ends have is used.
func (c *client) OnStart(e *handler.Event) {
	conn, err := e.Container().Connect(c.url, connection.AllowedMechs("SCRAM-SHA-256-PLUS SCRAM-SHA-256"))
	if err == nil {
		_, err = e.Container().CreateSender(conn, c.address)
	}
	if err != nil {
		c.err = err
		e.Container().Stop()
	}
}

// OnSendable sends the message.
func (c *client) OnSendable(e *handler.Event) {
	if _, err := e.Sender().Send(amqp.NewMessage([]byte("hello"))); err != nil {
		c.err = err
		e.Container().Stop()
		return
	}
	e.Sender().Close()
}

// OnAccepted tells that it has come.
func (c *client) OnAccepted(e *handler.Event) {
	c.accepted = true
	e.Connection().Close()
}

func send(ctx context.Context, at string) error {
	u, err := connection.ParseURL(at)
	if err != nil {
		return err
	}
	c := &client{url: at, address: u.Address}
	if err := container.New(c).Run(ctx); err != nil {
		return err // a refused login too: it is not tried again
	}
	if c.err == nil && !c.accepted {
		return errors.New("scram: ended before the message was accepted")
	}
	return c.err
}

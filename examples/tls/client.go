package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/Azure/go-amqp"

	"github.com/hadron-mq/hadron/connection"
	"github.com/hadron-mq/hadron/container"
	"github.com/hadron-mq/hadron/handler"
)

// client sends one message and receives it back.
type client struct {
	handler.Base
	url, address string
	files        files
	received     bool
	err          error
}

// OnStart connects. The scheme amqps asks for TLS; without options, it verifies the broker's certificate and name against the
// roots of the system.
func (c *client) OnStart(e *handler.Event) {
	conn, err := e.Container().Connect(c.url, connection.TLS(c.files.options()...))
	if err == nil {
		_, err = e.Container().CreateReceiver(conn, c.address)
	}
	if err == nil {
		_, err = e.Container().CreateSender(conn, c.address)
	}
	if err != nil {
		c.err = err
		e.Container().Stop()
	}
}

// OnConnectionOpened comes after TLS and the login: EXTERNAL, where the broker asks for it, is the one by certificate.
func (c *client) OnConnectionOpened(e *handler.Event) {
	fmt.Println("logged in by", e.Connection().Mechanism())
}

// OnSendable sends the message.
func (c *client) OnSendable(e *handler.Event) {
	if _, err := e.Sender().Send(amqp.NewMessage([]byte("Hello TLS!"))); err != nil {
		c.err = err
		e.Container().Stop()
		return
	}
	e.Sender().Close()
}

// OnMessage has it back.
func (c *client) OnMessage(e *handler.Event) {
	fmt.Println(string(e.Message().GetData()))
	c.received = true
	e.Container().Stop()
}

// OnLinkError comes when the broker refuses the address. Run returns the error. A certificate that does
// not verify is no such case: OnTransportError tells of it, and since another attempt would do no better, Run ends with it.
func (c *client) OnLinkError(e *handler.Event) {
	e.Container().Stop()
}

func hello(ctx context.Context, at string, f files) error {
	u, err := connection.ParseURL(at)
	if err != nil {
		return err
	}
	c := &client{url: at, address: u.Address, files: f}
	if err := container.New(c).Run(ctx); err != nil {
		return err
	}
	if c.err == nil && !c.received {
		return errors.New("tls: ended before the message came back")
	}
	return c.err
}

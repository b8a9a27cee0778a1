package main

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"os"

	programs "github.com/hadron-mq/hadron/bench/process"
	"github.com/hadron-mq/hadron/broker"
	"github.com/hadron-mq/hadron/connection"
	"github.com/hadron-mq/hadron/container"
	"github.com/hadron-mq/hadron/handler"
	"github.com/hadron-mq/hadron/sasl"
	"github.com/hadron-mq/hadron/sender"
)

// kind is what is attacked.
type kind string

const (
	aBroker    kind = "broker"
	aTLS       kind = "broker, TLS"
	aWebSocket kind = "broker, WebSocket"
	aLogin     kind = "broker, logins"
	aContainer kind = "container" // which returns messages to their senders, and connects where it is told to
)

// url is where a victim listens.
func (k kind) url() string {
	switch k {
	case aTLS:
		return "amqps://127.0.0.1:0"
	case aWebSocket:
		return "amqpws://127.0.0.1:0"
	}
	return "amqp://127.0.0.1:0"
}

// The one login of a broker with logins.
const (
	user     = "good"
	password = "well kept"
)

// beVictim runs a victim with the defaults that any program has, until its standard input ends. It says where it listens.
func beVictim(k kind) error {
	if k == aContainer {
		return returnMessages(k.url())
	}
	var options []connection.Option
	switch k {
	case aTLS:
		certificate, err := programs.Certificate()
		if err != nil {
			return err
		}
		options = append(options, connection.TLSConfig(&tls.Config{Certificates: []tls.Certificate{certificate}}))
	case aLogin:
		v, err := sasl.NewVerifier(sasl.SHA512, password, 0)
		if err != nil {
			return err
		}
		options = append(options, connection.Authenticate(sasl.PlainServer(func(name, given string) error {
			if name != user || !v.Check(given) {
				return errors.New("wrong user or password")
			}
			return nil
		})))
	}
	b, err := broker.Start(k.url(), broker.Connections(options...))
	if err != nil {
		return err
	}
	defer b.Stop()
	fmt.Println(b.URL())
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
	}
	return nil
}

// returnMessages is a container that sends each message back on the connection that it came on. The lines of its standard input are URLs to
// connect to.
func returnMessages(url string) error {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	var failed error
	c := container.New(&returning{url: url, cancel: cancel, failed: &failed}, container.Grace(0))
	return errors.Join(c.Run(ctx), failed)
}

type returning struct {
	handler.Base
	url    string
	cancel func()
	failed *error
}

func (r *returning) OnStart(e *handler.Event) {
	c := e.Container()
	l, err := c.Listen(r.url)
	if err != nil {
		*r.failed = err
		c.Stop()
		return
	}
	fmt.Println("amqp://" + l.Addr().String())
	go func() {
		defer r.cancel()
		for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
			at := lines.Text()
			_ = c.Inject(func() { _, *r.failed = c.Connect(at) }) // it fails only where the container ends
		}
	}()
}

// OnLinkOpened keeps a connection's sender.
func (r *returning) OnLinkOpened(e *handler.Event) {
	if s := e.Sender(); s != nil {
		e.Connection().SetContext(s)
	}
}

func (r *returning) OnMessage(e *handler.Event) {
	if s, ok := e.Connection().Context().(*sender.Sender); ok {
		if _, err := s.Send(e.Message()); err != nil {
			e.Container().Logger().Warn("a message is not returned", "error", err)
		}
	}
}

func (r *returning) OnLinkError(*handler.Event)       {}
func (r *returning) OnConnectionError(*handler.Event) {}
func (r *returning) OnTransportError(*handler.Event)  {}

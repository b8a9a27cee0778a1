// Command helloworld sends one message through a broker, receives it and prints it.
//
//	helloworld [-a URL/ADDRESS]
//
// Without -a it starts a broker within itself, so that it needs nothing else.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log"
	"os"
	"os/signal"

	"github.com/Azure/go-amqp"

	"github.com/hadron-mq/hadron/broker"
	"github.com/hadron-mq/hadron/connection"
	"github.com/hadron-mq/hadron/container"
	"github.com/hadron-mq/hadron/handler"
)

// hello is the whole application: the container calls its methods as things happen. Base has all the methods that are not
// written here, and does nothing in them.
type hello struct {
	handler.Base
	url, address string
	received     bool
	err          error
}

// OnStart comes first. Nothing here waits: what is created is sent to the broker once it has been reached.
func (h *hello) OnStart(e *handler.Event) {
	conn, err := e.Container().Connect(h.url)
	if err == nil {
		_, err = e.Container().CreateReceiver(conn, h.address)
	}
	if err == nil {
		_, err = e.Container().CreateSender(conn, h.address)
	}
	if err != nil {
		h.err = err
		e.Container().Stop()
	}
}

// OnSendable comes when the broker is ready to take a message. One is all we send.
func (h *hello) OnSendable(e *handler.Event) {
	if _, err := e.Sender().Send(amqp.NewMessage([]byte("Hello World!"))); err != nil {
		h.err = err
		e.Container().Stop()
		return
	}
	e.Sender().Close()
}

// OnMessage brings the message back. It is accepted when the method returns, and only then does Stop close the connection.
func (h *hello) OnMessage(e *handler.Event) {
	fmt.Println(string(e.Message().GetData()))
	h.received = true
	e.Container().Stop()
}

// OnLinkError comes when the broker refuses one of the two links: with the other alone there is nothing to wait for. Run returns the error.
func (h *hello) OnLinkError(e *handler.Event) {
	e.Container().Stop()
}

func main() {
	at := flag.String("a", "", "the broker and the address on it, as `URL/ADDRESS`; empty starts a broker")
	flag.Parse()
	if err := run(*at); err != nil {
		log.Fatal(err)
	}
}

func run(at string) error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if at == "" {
		b, err := broker.Start("amqp://127.0.0.1:0") // port 0: any that is free
		if err != nil {
			return err
		}
		defer b.Stop()
		at = b.URL() + "/examples"
	}
	u, err := connection.ParseURL(at)
	if err != nil {
		return err
	}
	h := &hello{url: at, address: u.Address}
	if err := container.New(h).Run(ctx); err != nil {
		return err
	}
	if h.err == nil && !h.received {
		return errors.New("helloworld: ended before the message came back")
	}
	return h.err
}

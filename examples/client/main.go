// Command client sends requests to a server and prints the responses.
//
//	client [-a URL/ADDRESS] [REQUEST...]
package main

import (
	"context"
	"flag"
	"fmt"
	"log"
	"os"
	"os/signal"

	"github.com/Azure/go-amqp"

	"github.com/hadron-mq/hadron/connection"
	"github.com/hadron-mq/hadron/container"
	"github.com/hadron-mq/hadron/handler"
	"github.com/hadron-mq/hadron/receiver"
	"github.com/hadron-mq/hadron/sender"
)

type client struct {
	handler.Base
	url, address string
	requests     []string
	answered     int
	server       *sender.Sender
	replies      *receiver.Receiver
	err          error
}

// OnStart makes a sender for the requests, and a receiver at an address that the broker makes up: it is ours alone, and goes when we do.
func (c *client) OnStart(e *handler.Event) {
	conn, err := e.Container().Connect(c.url)
	if err == nil {
		c.server, err = e.Container().CreateSender(conn, c.address)
	}
	if err == nil {
		c.replies, err = e.Container().CreateReceiver(conn, "", receiver.Dynamic())
	}
	if err != nil {
		c.fail(e, err)
	}
}

// OnLinkOpened tells that the broker has answered: now the receiver has its address, and the first request can name it.
func (c *client) OnLinkOpened(e *handler.Event) {
	if e.Receiver() == c.replies {
		c.ask(e)
	}
}

// OnReconnected comes when the connection was lost and is back. The broker has made up another address meanwhile, so a response to the old one would
// not find us: the request is sent again.
func (c *client) OnReconnected(e *handler.Event) {
	c.ask(e)
}

// ask sends the next request. Without credit it waits in the sender until there is some, so OnSendable is not needed.
func (c *client) ask(e *handler.Event) {
	replyTo := c.replies.Address()
	_, err := c.server.Send(&amqp.Message{
		Properties: &amqp.MessageProperties{ReplyTo: &replyTo, CorrelationID: uint64(c.answered)},
		Value:      c.requests[c.answered],
	})
	if err != nil {
		c.fail(e, err)
	}
}

// OnMessage brings a response. The next request follows it, and after the last one the connection is closed.
func (c *client) OnMessage(e *handler.Event) {
	fmt.Printf("%s => %v\n", c.requests[c.answered], e.Message().Value)
	if c.answered++; c.answered == len(c.requests) {
		e.Container().Stop()
		return
	}
	c.ask(e)
}

// OnRejected comes when the server cannot make sense of a request: no response will come.
func (c *client) OnRejected(e *handler.Event) {
	c.fail(e, fmt.Errorf("client: request %q is rejected: %v", c.requests[c.answered], e.Delivery().RemoteState()))
}

// OnLinkError comes when the broker refuses an address. Run returns the error.
func (c *client) OnLinkError(e *handler.Event) {
	e.Container().Stop()
}

func (c *client) fail(e *handler.Event, err error) {
	c.err = err
	e.Container().Stop()
}

func main() {
	at := flag.String("a", "amqp://127.0.0.1/examples", "where the server receives, as `URL/ADDRESS`")
	flag.Parse()
	requests := flag.Args()
	if len(requests) == 0 {
		requests = []string{"Good morning.", "Is anybody there?", "Good night."}
	}
	if err := run(*at, requests); err != nil {
		log.Fatal(err)
	}
}

func run(at string, requests []string) error {
	u, err := connection.ParseURL(at)
	if err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	c := &client{url: at, address: u.Address, requests: requests}
	if err := container.New(c).Run(ctx); err != nil {
		return err
	}
	if c.err == nil && c.answered < len(requests) {
		return fmt.Errorf("client: ended after %d of %d responses", c.answered, len(requests))
	}
	return c.err
}

// Command server answers requests: the response to a text is the same text in capital letters.
//
//	server [-a URL/ADDRESS]
//
// It goes on until it is interrupted.
package main

import (
	"context"
	"flag"
	"fmt"
	"log"
	"os"
	"os/signal"
	"strings"

	"github.com/Azure/go-amqp"

	"github.com/hadron-mq/hadron/connection"
	"github.com/hadron-mq/hadron/container"
	"github.com/hadron-mq/hadron/handler"
	"github.com/hadron-mq/hadron/sender"
)

type server struct {
	handler.Base
	url, address string
	replies      *sender.Sender
	err          error
}

// OnStart makes a receiver for the requests, and a sender to no address: each response says itself where it goes, so that one
// link serves all clients.
func (s *server) OnStart(e *handler.Event) {
	conn, err := e.Container().Connect(s.url)
	if err == nil {
		_, err = e.Container().CreateReceiver(conn, s.address)
	}
	if err == nil {
		s.replies, err = e.Container().CreateSender(conn, "")
	}
	if err != nil {
		s.err = err
		e.Container().Stop()
	}
}

// OnLinkOpened says when requests are taken.
func (s *server) OnLinkOpened(e *handler.Event) {
	if e.Receiver() != nil {
		fmt.Println("serving", e.Receiver().Address())
	}
}

// OnMessage answers a request. A request is accepted when the method returns, after its response is on its way; one that cannot be
// answered is rejected, which tells the client or its broker.
func (s *server) OnMessage(e *handler.Event) {
	reply, err := answer(e.Message())
	if err == nil {
		_, err = s.replies.Send(reply)
	}
	if err == nil {
		return
	}
	log.Print("server: a request is rejected: ", err)
	if e.Delivery().Settled() { // by a client that does not want to know
		return
	}
	if err := e.Delivery().Reject(&amqp.Error{Condition: amqp.ErrCondInvalidField, Description: err.Error()}); err != nil {
		log.Print(err)
	}
}

// answer makes the response to a request. The correlation id is the client's, to tell which request it answers.
func answer(request *amqp.Message) (*amqp.Message, error) {
	text, ok := request.Value.(string)
	if !ok {
		return nil, fmt.Errorf("its body is a %T in place of a text", request.Value)
	}
	if request.Properties == nil || request.Properties.ReplyTo == nil {
		return nil, fmt.Errorf("it does not say where to reply to")
	}
	return &amqp.Message{
		Properties: &amqp.MessageProperties{
			To:            request.Properties.ReplyTo,
			CorrelationID: request.Properties.CorrelationID,
		},
		Value: strings.ToUpper(text),
	}, nil
}

// OnLinkError comes when the broker refuses an address. Run returns the error.
func (s *server) OnLinkError(e *handler.Event) {
	e.Container().Stop()
}

func main() {
	at := flag.String("a", "amqp://127.0.0.1/examples", "where to receive requests, as `URL/ADDRESS`")
	flag.Parse()
	if err := run(*at); err != nil {
		log.Fatal(err)
	}
}

func run(at string) error {
	u, err := connection.ParseURL(at)
	if err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt) // Run closes cleanly when ctx ends
	defer stop()
	s := &server{url: at, address: u.Address}
	if err := container.New(s).Run(ctx); err != nil {
		return err
	}
	return s.err
}

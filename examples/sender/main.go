// Command sender sends messages to an address and counts how many the receiver confirms.
//
//	sender [-a URL/ADDRESS] [-m COUNT] [-topic]
//
// The address is a queue, which keeps messages for those who come later, also where the broker makes it only now; or a topic, with -topic.
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
	"github.com/hadron-mq/hadron/sender"
)

type sending struct {
	handler.Base
	kind         sender.Option // of address
	url, address string
	count        int
	sent         int
	settled      int // have an outcome, whichever
	confirmed    int // were accepted
	err          error
}

// OnStart asks for a connection and a sender on it. Neither call waits for the broker.
func (s *sending) OnStart(e *handler.Event) {
	conn, err := e.Container().Connect(s.url)
	if err == nil {
		_, err = e.Container().CreateSender(conn, s.address, s.kind)
	}
	if err != nil {
		s.err = err
		e.Container().Stop()
	}
}

// OnSendable comes whenever the receiver has room for more. Credit says how much: what is sent beyond it would wait here, in memory.
func (s *sending) OnSendable(e *handler.Event) {
	for s.sent < s.count && e.Sender().Credit() > 0 {
		s.sent++
		m := amqp.NewMessage(fmt.Appendf(nil, "message %d", s.sent))
		m.Properties = &amqp.MessageProperties{MessageID: uint64(s.sent)}
		if _, err := e.Sender().Send(m); err != nil {
			s.err = err
			e.Container().Stop()
			return
		}
	}
}

// OnAccepted comes when a message is the receiver's: only now is it safe to forget it.
func (s *sending) OnAccepted(*handler.Event) { s.confirmed++ }

// OnRejected comes when the receiver finds a message not fit to process, and may say why.
func (s *sending) OnRejected(e *handler.Event) {
	log.Printf("rejected: %v", e.Delivery().RemoteState())
}

// OnSettled comes after each outcome, be it accepted, rejected, released or modified.
func (s *sending) OnSettled(e *handler.Event) {
	if s.settled++; s.settled == s.count {
		e.Connection().Close() // and Run returns, for nothing else is open
	}
}

func main() {
	at := flag.String("a", "amqp://127.0.0.1/examples", "where to send, as `URL/ADDRESS`")
	count := flag.Int("m", 100, "how many messages to send: `COUNT`")
	topic := flag.Bool("topic", false, "the address is a topic, not a queue")
	flag.Parse()
	if err := run(*at, *count, *topic); err != nil {
		log.Fatal(err)
	}
}

func run(at string, count int, topic bool) error {
	u, err := connection.ParseURL(at)
	if err != nil {
		return err
	}
	if count < 1 {
		return fmt.Errorf("sender: -m %d: at least one message is needed", count)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	s := &sending{url: at, address: u.Address, kind: sender.Queue(), count: count}
	if topic {
		s.kind = sender.Topic()
	}
	err = container.New(s).Run(ctx)
	fmt.Printf("%d of %d messages confirmed\n", s.confirmed, count)
	switch {
	case err != nil:
		return err
	case s.err == nil && s.confirmed < count:
		return fmt.Errorf("sender: %d messages were not confirmed", count-s.confirmed)
	}
	return s.err
}

// Command directsend sends messages to a program that listens for them, without a broker between, and says what becomes of each
// that is not taken.
//
//	directsend [-a URL/ADDRESS] [-m COUNT]
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
)

type sending struct {
	handler.Base
	url, address string
	count        int
	sent         int
	settled      int // have an outcome, whichever
	confirmed    int // were accepted
	err          error
}

// OnStart connects to the receiving program itself, as it would to a broker: AMQP knows no difference.
func (s *sending) OnStart(e *handler.Event) {
	conn, err := e.Container().Connect(s.url)
	if err == nil {
		_, err = e.Container().CreateSender(conn, s.address)
	}
	if err != nil {
		s.err = err
		e.Container().Stop()
	}
}

// OnSendable comes whenever the receiver has room for more. The delivery that Send returns is the one that the outcome comes
// with, so what belongs to the message can be kept on it.
func (s *sending) OnSendable(e *handler.Event) {
	for s.sent < s.count && e.Sender().Credit() > 0 {
		s.sent++
		text := fmt.Sprintf("message %d", s.sent)
		d, err := e.Sender().Send(amqp.NewMessage([]byte(text)))
		if err != nil {
			s.err = err
			e.Container().Stop()
			return
		}
		d.SetContext(text)
	}
}

// OnAccepted comes when the receiving program is through with a message: no broker says so in its place.
func (s *sending) OnAccepted(*handler.Event) { s.confirmed++ }

// OnRejected, OnReleased and OnModified come for a message that the receiving program does not take. There is no queue that keeps
// it: what should become of it is for this end to say.
func (s *sending) OnRejected(e *handler.Event) { s.returned(e, "rejected") }
func (s *sending) OnReleased(e *handler.Event) { s.returned(e, "released") }
func (s *sending) OnModified(e *handler.Event) { s.returned(e, "modified") }

func (s *sending) returned(e *handler.Event, how string) {
	log.Printf("%v: %s", e.Delivery().Context(), how)
}

// OnSettled comes after each outcome.
func (s *sending) OnSettled(e *handler.Event) {
	if s.settled++; s.settled == s.count {
		e.Connection().Close() // and Run returns, for nothing else is open
	}
}

// OnConnectionClosing comes when the other program has had enough: our end is closed without our doing, and Run returns.
func (s *sending) OnConnectionClosing(*handler.Event) {
	log.Printf("the receiver closed the connection after %d messages", s.settled)
}

func main() {
	at := flag.String("a", "amqp://127.0.0.1:8888/examples", "where to send, as `URL/ADDRESS`")
	count := flag.Int("m", 100, "how many messages to send: `COUNT`")
	flag.Parse()
	if err := run(*at, *count); err != nil {
		log.Fatal(err)
	}
}

func run(at string, count int) error {
	u, err := connection.ParseURL(at)
	if err != nil {
		return err
	}
	if count < 1 {
		return fmt.Errorf("directsend: -m %d: at least one message is needed", count)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	s := &sending{url: at, address: u.Address, count: count}
	err = container.New(s).Run(ctx)
	fmt.Printf("%d of %d messages confirmed\n", s.confirmed, count)
	switch {
	case err != nil:
		return err
	case s.err == nil && s.confirmed < count:
		return fmt.Errorf("directsend: %d messages were not confirmed", count-s.confirmed)
	}
	return s.err
}

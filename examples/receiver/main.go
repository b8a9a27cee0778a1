// Command receiver receives messages from an address and prints their bodies.
//
//	receiver [-a URL/ADDRESS] [-m COUNT] [-topic]
//
// The address is a queue, which keeps messages for those who come later, also where the broker makes it only now; or a topic, with -topic.
//
// With -m 0 it goes on until it is interrupted.
package main

import (
	"bytes"
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
)

type receiving struct {
	handler.Base
	kind         receiver.Option // of address
	url, address string
	count        int // 0 is for ever
	received     int
	err          error
}

// OnStart asks for a connection and a receiver on it. The receiver keeps a small window of messages on their way to us.
func (r *receiving) OnStart(e *handler.Event) {
	conn, err := e.Container().Connect(r.url)
	if err == nil {
		_, err = e.Container().CreateReceiver(conn, r.address, r.kind)
	}
	if err != nil {
		r.err = err
		e.Container().Stop()
	}
}

// OnMessage comes for each message, which is accepted when the method returns. After the last, Stop closes the connection: those
// that were on their way beyond it go back to the broker.
func (r *receiving) OnMessage(e *handler.Event) {
	if r.count > 0 && r.received == r.count {
		r.giveBack(e)
		return
	}
	fmt.Println(body(e.Message()))
	if r.received++; r.received == r.count {
		e.Container().Stop()
	}
}

// giveBack releases a message that came after the last one wanted: accepting it would lose it.
func (r *receiving) giveBack(e *handler.Event) {
	if e.Delivery().Settled() {
		return
	}
	if err := e.Delivery().Release(); err != nil {
		r.err = err
	}
}

// body shows what is in a message, whichever of AMQP's three kinds of body it has (§3.2.6 to §3.2.8).
func body(m *amqp.Message) string {
	switch {
	case len(m.Data) > 0:
		return string(bytes.Join(m.Data, nil))
	case len(m.Sequence) > 0:
		return fmt.Sprint(m.Sequence)
	default:
		return fmt.Sprint(m.Value)
	}
}

func main() {
	at := flag.String("a", "amqp://127.0.0.1/examples", "where to receive from, as `URL/ADDRESS`")
	count := flag.Int("m", 100, "how many messages to receive: `COUNT`, 0 for no end")
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
	if count < 0 {
		return fmt.Errorf("receiver: -m %d: a count cannot be negative", count)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt) // Run closes cleanly when ctx ends
	defer stop()
	r := &receiving{url: at, address: u.Address, kind: receiver.Queue(), count: count}
	if topic {
		r.kind = receiver.Topic()
	}
	if err := container.New(r).Run(ctx); err != nil {
		return err
	}
	if r.err == nil && r.received < count {
		return fmt.Errorf("receiver: ended after %d of %d messages", r.received, count)
	}
	return r.err
}

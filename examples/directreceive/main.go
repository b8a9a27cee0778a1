// Command directreceive listens for senders, without a broker between, and prints the bodies of their messages.
//
//	directreceive [-a URL/ADDRESS] [-m COUNT]
//
// With port 0 it listens at any port that is free, and prints which. With -m 0 it goes on until it is interrupted.
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
)

type receiving struct {
	handler.Base
	url, address string
	count        int // 0 is for ever
	received     int
	err          error
}

// OnStart takes connections. What peers open on them, connections and sessions, is answered without our doing.
func (r *receiving) OnStart(e *handler.Event) {
	l, err := e.Container().Listen(r.url)
	if err != nil {
		r.err = err
		e.Container().Stop()
		return
	}
	fmt.Printf("listening at amqp://%s/%s\n", l.Addr(), r.address)
}

// OnLinkOpening comes when a peer attaches a link. What is not refused here is taken: we only receive, and at one address.
func (r *receiving) OnLinkOpening(e *handler.Event) {
	if e.Receiver() == nil {
		e.Sender().CloseWithError(&amqp.Error{Condition: amqp.ErrCondNotAllowed, Description: "this program does not send"})
		return
	}
	target := e.Receiver().RemoteTarget()
	if target == nil || target.Address == nil || *target.Address != r.address {
		e.Receiver().CloseWithError(&amqp.Error{Condition: amqp.ErrCondNotFound, Description: "no such address"})
	}
}

// OnMessage comes for each message, which is accepted when the method returns: with no broker between, the sender knows then
// that it was processed. After the last one Stop ends the listener and closes the connections.
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
	at := flag.String("a", "amqp://127.0.0.1:8888/examples", "where to listen, as `URL/ADDRESS`")
	count := flag.Int("m", 100, "how many messages to receive: `COUNT`, 0 for no end")
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
	if count < 0 {
		return fmt.Errorf("directreceive: -m %d: a count cannot be negative", count)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt) // Run closes cleanly when ctx ends
	defer stop()
	r := &receiving{url: at, address: u.Address, count: count}
	if err := container.New(r).Run(ctx); err != nil {
		return err
	}
	if r.err == nil && r.received < count {
		return fmt.Errorf("directreceive: ended after %d of %d messages", r.received, count)
	}
	return r.err
}

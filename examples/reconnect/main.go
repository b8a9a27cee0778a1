// Command reconnect sends a message every so often, to a broker that may come and go, and tells what becomes of its connection meanwhile.
//
//	reconnect [-a URL/ADDRESS] [-m COUNT] [-every DURATION]
//
// Stop the broker while it runs, and start it again: what was sent in between goes out then. With -m 0 it goes on until it is interrupted.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log"
	"log/slog"
	"os"
	"os/signal"
	"time"

	"github.com/Azure/go-amqp"

	"github.com/hadron-mq/hadron/connection"
	"github.com/hadron-mq/hadron/container"
	"github.com/hadron-mq/hadron/handler"
	"github.com/hadron-mq/hadron/sender"
)

type steady struct {
	handler.Base
	url, address string
	count        int // 0 is for ever
	every        time.Duration
	sender       *sender.Sender
	sent         int
	confirmed    int
	err          error
}

// OnStart asks for a connection and a sender once and for all: both stay the same objects, however often the connection is made
// again. Nothing has to be asked for to have that; connection.Reconnect(policy) would set other delays, connection.NoReconnect()
// none.
func (s *steady) OnStart(e *handler.Event) {
	conn, err := e.Container().Connect(s.url)
	if err == nil {
		s.sender, err = e.Container().CreateSender(conn, s.address, sender.QueueLimit(100))
	}
	if err != nil {
		s.fail(e, err)
		return
	}
	if _, err := e.Container().Schedule(0, nil); err != nil {
		s.fail(e, err)
	}
}

// OnTimer sends the next message, whether the broker is there or not: without it the message waits in the sender. Once as many wait
// as its limit allows, it is for us to wait.
func (s *steady) OnTimer(e *handler.Event) {
	d, err := s.sender.Send(amqp.NewMessage(fmt.Appendf(nil, "message %d", s.sent+1)))
	switch {
	case err == nil:
		s.sent++
		d.SetContext(s.sent)
	case !errors.Is(err, sender.ErrQueueFull):
		s.fail(e, err)
		return
	}
	if s.count == 0 || s.sent < s.count {
		_, _ = e.Container().Schedule(s.every, nil) // the error says that the container is ending: there is no next time
	}
}

// OnDisconnected comes when a connection that was there is lost. Err says why.
func (s *steady) OnDisconnected(e *handler.Event) {
	if e.Err() != nil {
		fmt.Println("disconnected:", e.Err())
	}
}

// OnTransportError comes for each attempt to connect that failed, the first one of all too. Next is negative where there is no
// other, as after a refused login: then the error is ours to pass on, for Run to return it.
func (s *steady) OnTransportError(e *handler.Event) {
	var failed *connection.TransportError
	if !errors.As(e.Err(), &failed) || failed.Next < 0 {
		e.Pass()
		return
	}
	fmt.Printf("attempt %d at %s failed, the next one is in %v: %v\n", failed.Attempt, failed.URL, failed.Next, failed.Err)
}

// OnReconnected comes when the connection and all that was on it is back. What had no outcome when it was lost is sent again by then.
func (s *steady) OnReconnected(*handler.Event) {
	fmt.Println("reconnected")
}

// OnAccepted comes once for each message, however often it had to be sent.
func (s *steady) OnAccepted(e *handler.Event) {
	fmt.Printf("message %d accepted\n", e.Delivery().Context())
	if s.confirmed++; s.confirmed == s.count {
		e.Container().Stop()
	}
}

// OnLinkError comes when the broker refuses the address. Run returns the error.
func (s *steady) OnLinkError(e *handler.Event) {
	e.Container().Stop()
}

func (s *steady) fail(e *handler.Event, err error) {
	s.err = err
	e.Container().Stop()
}

func main() {
	at := flag.String("a", "amqp://127.0.0.1/examples", "where to send, as `URL/ADDRESS`")
	count := flag.Int("m", 0, "how many messages to send: `COUNT`, 0 for no end")
	every := flag.Duration("every", time.Second, "how long to wait between two messages")
	flag.Parse()
	slog.SetLogLoggerLevel(slog.LevelWarn) // the program tells itself what the log would: that the connection is lost
	if err := run(*at, *count, *every); err != nil {
		log.Fatal(err)
	}
}

func run(at string, count int, every time.Duration) error {
	u, err := connection.ParseURL(at)
	if err != nil {
		return err
	}
	if count < 0 {
		return fmt.Errorf("reconnect: -m %d: a count cannot be negative", count)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt) // it ends a wait for the next attempt too
	defer stop()
	s := &steady{url: at, address: u.Address, count: count, every: every}
	if err := container.New(s).Run(ctx); err != nil {
		return err
	}
	if s.err == nil && s.confirmed < count {
		return fmt.Errorf("reconnect: %d of %d messages were not confirmed", count-s.confirmed, count)
	}
	return s.err
}

package interop_test

import (
	"context"
	"encoding/binary"
	"fmt"
	"log/slog"
	"testing"

	"github.com/Azure/go-amqp"
	"github.com/stretchr/testify/require"

	"github.com/hadron-mq/hadron/connection"
	"github.com/hadron-mq/hadron/container"
	"github.com/hadron-mq/hadron/handler"
	"github.com/hadron-mq/hadron/receiver"
	"github.com/hadron-mq/hadron/sender"
)

// turmoilQueue is where the messages of a run go through.
const turmoilQueue = "turmoil"

// messageSize is how large their bodies are, in bytes.
const messageSize = 100

// attaching is an end of a run, which makes its link once it is connected.
type attaching interface {
	handler.MessagingHandler
	attach(c handler.Container, conn *connection.Connection) error
}

// runApart runs one end of a run in a container of its own, and returns what stops it.
func runApart(t *testing.T, end attaching, url string, opts ...connection.Option) (stop func() error) {
	t.Helper()
	c := container.New(end, container.Logger(slog.New(slog.DiscardHandler)))
	conn, err := c.Connect(url, opts...)
	require.NoError(t, err)
	require.NoError(t, end.attach(c, conn))
	ended := make(chan error, 1)
	go func() { ended <- c.Run(context.Background()) }()
	stop = func() error {
		c.Stop()
		err := within(t, ended, "the end of the container")
		ended <- err
		return err
	}
	t.Cleanup(func() { _ = stop() })
	return stop
}

// producer sends numbered messages until each is accepted.
type producer struct {
	handler.Base
	accepted []bool
	count    int   // of those that are
	next     int   // the next number
	again    []int // numbers that came back
	refused  int   // how many did
	lost     int   // how often the connection was
	done     chan struct{}
}

func newProducer(messages int) *producer {
	return &producer{accepted: make([]bool, messages), done: make(chan struct{})}
}

func (p *producer) attach(c handler.Container, conn *connection.Connection) error {
	_, err := c.CreateSender(conn, turmoilQueue, sender.Queue())
	return err
}

func (p *producer) OnSendable(e *handler.Event) {
	for e.Sender().Credit() > 0 {
		var number int
		switch {
		case len(p.again) > 0:
			number, p.again = p.again[0], p.again[1:]
		case p.next < len(p.accepted):
			number = p.next
			p.next++
		default:
			return
		}
		body := make([]byte, messageSize)
		binary.BigEndian.PutUint64(body, uint64(number))
		d, err := e.Sender().Send(&amqp.Message{Header: &amqp.MessageHeader{Durable: true}, Data: [][]byte{body}})
		if err != nil {
			panic(err)
		}
		d.SetContext(number)
	}
}

func (p *producer) OnAccepted(e *handler.Event) {
	number := e.Delivery().Context().(int)
	if p.accepted[number] {
		panic(fmt.Sprintf("message %d has a second outcome", number))
	}
	p.accepted[number] = true
	if p.count++; p.count == len(p.accepted) {
		close(p.done)
	}
}

func (p *producer) OnRejected(e *handler.Event) { p.retry(e) }
func (p *producer) OnReleased(e *handler.Event) { p.retry(e) }
func (p *producer) OnModified(e *handler.Event) { p.retry(e) }

func (p *producer) retry(e *handler.Event) {
	p.refused++
	p.again = append(p.again, e.Delivery().Context().(int))
	p.OnSendable(e)
}

func (p *producer) OnDisconnected(*handler.Event) { p.lost++ }

// consumer receives them, and says when it is time for trouble.
type consumer struct {
	handler.Base
	seen     []uint8 // how often each came
	distinct int
	received int
	plan     []trouble
	due      chan trouble
	lost     int // how often the connection was
	done     chan struct{}
}

func newConsumer(messages int, plan []trouble) *consumer {
	return &consumer{seen: make([]uint8, messages), plan: plan, due: make(chan trouble, len(plan)), done: make(chan struct{})}
}

func (c *consumer) attach(in handler.Container, conn *connection.Connection) error {
	_, err := in.CreateReceiver(conn, turmoilQueue, receiver.Queue(), receiver.Credit(500))
	return err
}

func (c *consumer) OnMessage(e *handler.Event) {
	number := binary.BigEndian.Uint64(e.Message().GetData())
	c.received++
	if c.seen[number]++; c.seen[number] > 1 {
		return
	}
	c.distinct++
	for len(c.plan) > 0 && c.plan[0].at <= c.distinct {
		c.due <- c.plan[0]
		c.plan = c.plan[1:]
	}
	if c.distinct == len(c.seen) {
		close(c.done)
	}
}

func (c *consumer) OnDisconnected(*handler.Event) { c.lost++ }

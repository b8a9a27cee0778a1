package interop_test

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"github.com/Azure/go-amqp"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/hadron-mq/hadron/connection"
	"github.com/hadron-mq/hadron/container"
	"github.com/hadron-mq/hadron/delivery"
	"github.com/hadron-mq/hadron/handler"
	"github.com/hadron-mq/hadron/receiver"
	"github.com/hadron-mq/hadron/sender"
)

// patience is how long a test waits for anything before it fails.
const patience = 60 * time.Second

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// client is a connection of Hadron's, on a container of its own, that the test talks through step by step.
type client struct {
	t         *testing.T
	container *container.Container
	conn      *connection.Connection
	back      chan struct{} // the connection was lost and is back
	ended     chan error    // what Run returned
}

// dial connects, and waits until the peer has opened. The client is closed with the test.
func dial(t *testing.T, url string, opts ...connection.Option) *client {
	t.Helper()
	return dialAs(t, "", url, opts...)
}

// dialAs is dial with a name for the container.
func dialAs(t *testing.T, id, url string, opts ...connection.Option) *client {
	t.Helper()
	c := &client{t: t, back: make(chan struct{}, 1), ended: make(chan error, 1)}
	opened := make(chan struct{}, 100)
	in := []container.Option{container.Logger(slog.New(slog.DiscardHandler))}
	if id != "" {
		in = append(in, container.ID(id))
	}
	c.container = container.New(&handler.Funcs{
		ConnectionOpened: func(*handler.Event) { opened <- struct{}{} },
		Reconnected:      func(*handler.Event) { c.back <- struct{}{} },
	}, in...)
	var err error
	c.conn, err = c.container.Connect(url, opts...)
	require.NoError(t, err)
	go func() { c.ended <- c.container.Run(context.Background()) }()
	t.Cleanup(c.close)
	select {
	case <-opened:
	case err := <-c.ended:
		c.ended <- err
		require.NoError(t, err, "connecting to %s", url)
	}
	return c
}

// refused connects to where it is to be refused, and returns why.
func refused(t *testing.T, url string, opts ...connection.Option) (failure *connection.TransportError) {
	t.Helper()
	attempts := 0
	c := container.New(&handler.Funcs{TransportError: func(e *handler.Event) {
		attempts++
		require.ErrorAs(t, e.Err(), &failure)
		e.Resolve()
	}})
	_, err := c.Connect(url, opts...)
	require.NoError(t, err)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	require.NoError(t, c.Run(ctx), "the handler has dealt with the error")
	require.NoError(t, ctx.Err(), "it is tried again and again")
	require.Equal(t, 1, attempts, "there is one attempt, and one error")
	require.Negative(t, failure.Next, "it is said to be the last")
	return failure
}

// close stops the container. It can be called again.
func (c *client) close() {
	c.container.Stop()
	err := within(c.t, c.ended, "the end of the container")
	require.NoError(c.t, err)
	c.ended <- nil
}

// do runs f on the connection's loop, and waits for it.
func (c *client) do(f func() error) error {
	c.t.Helper()
	done := make(chan error, 1)
	require.NoError(c.t, c.conn.Inject(func() { done <- f() }))
	return within(c.t, done, "the loop")
}

// link is what both kinds of links tell the test.
type link struct {
	client *client
	opened chan error    // nil when the link is open, else why the peer closed it
	closed chan struct{} // the peer has answered our close or detach
}

func newLink(c *client) link {
	return link{client: c, opened: make(chan error, 10), closed: make(chan struct{}, 10)}
}

func (l *link) handler() *handler.Funcs {
	return &handler.Funcs{
		LinkOpened: func(*handler.Event) { l.opened <- nil },
		LinkError: func(e *handler.Event) {
			e.Resolve()
			l.opened <- e.Err()
		},
		LinkClosed: func(*handler.Event) { l.closed <- struct{}{} },
	}
}

// outgoing is a sender.
type outgoing struct {
	*sender.Sender
	link
	outcomes chan amqp.DeliveryState
}

// sender makes a sender, and waits until it is open.
func (c *client) sender(address string, opts ...sender.Option) *outgoing {
	c.t.Helper()
	o, err := c.trySender(address, opts...)
	require.NoError(c.t, err, "a sender to %q", address)
	return o
}

// trySender makes a sender, and returns what the peer says of it.
func (c *client) trySender(address string, opts ...sender.Option) (*outgoing, error) {
	c.t.Helper()
	o := &outgoing{link: newLink(c), outcomes: make(chan amqp.DeliveryState, 1024)}
	h := o.handler()
	h.Settled = func(e *handler.Event) { o.outcomes <- e.Delivery().RemoteState() }
	require.NoError(c.t, c.do(func() (err error) {
		o.Sender, err = c.container.CreateSender(c.conn, address, append(opts, handler.ForSender(h))...)
		return err
	}))
	return o, within(c.t, o.opened, "the sender's attach")
}

// send sends messages, and waits until each is accepted.
func (o *outgoing) send(messages ...*amqp.Message) {
	o.client.t.Helper()
	for _, m := range messages {
		require.IsType(o.client.t, &amqp.StateAccepted{}, o.try(m))
	}
}

// try sends a message, and returns its outcome.
func (o *outgoing) try(m *amqp.Message) amqp.DeliveryState {
	o.client.t.Helper()
	require.NoError(o.client.t, o.client.do(func() error {
		_, err := o.Send(m)
		return err
	}))
	return within(o.client.t, o.outcomes, "the outcome")
}

// incoming is a receiver.
type incoming struct {
	*receiver.Receiver
	link
	messages chan *arrival
	drained  chan struct{}
}

// arrival is a message that waits for its outcome.
type arrival struct {
	*amqp.Message
	delivery *delivery.Delivery
	client   *client
}

// receiver makes a receiver whose messages wait for the test to settle them, and waits until it is open.
func (c *client) receiver(address string, opts ...receiver.Option) *incoming {
	c.t.Helper()
	in := &incoming{link: newLink(c), messages: make(chan *arrival, 1024), drained: make(chan struct{}, 1)}
	h := in.handler()
	h.Message = func(e *handler.Event) { in.messages <- &arrival{e.Message(), e.Delivery(), c} }
	h.Drained = func(*handler.Event) { in.drained <- struct{}{} }
	require.NoError(c.t, c.do(func() (err error) {
		in.Receiver, err = c.container.CreateReceiver(c.conn, address, append(opts, receiver.ManualAccept(), handler.ForReceiver(h))...)
		return err
	}))
	require.NoError(c.t, within(c.t, in.opened, "the receiver's attach"), "a receiver from %q", address)
	return in
}

// next waits for a message, which has this body.
func (in *incoming) next(body string) *arrival {
	in.client.t.Helper()
	m := within(in.client.t, in.messages, body)
	require.Equal(in.client.t, body, string(m.GetData()))
	return m
}

// nothing asks the broker to send what it has, and sees that it has nothing.
func (in *incoming) nothing() {
	in.client.t.Helper()
	in.drain()
	select {
	case m := <-in.messages:
		require.Fail(in.client.t, "a message came", "%s", m.GetData())
	default:
	}
}

// drain has the credit used, or given back.
func (in *incoming) drain() {
	in.client.t.Helper()
	require.NoError(in.client.t, in.client.do(func() error {
		in.Drain()
		return nil
	}))
	within(in.client.t, in.drained, "the end of the drain")
}

// leave detaches the link, which leaves what is durable of it, and end closes it. Both wait for the broker's answer.
func (in *incoming) leave() { in.answered(in.Detach) }
func (in *incoming) end()   { in.answered(in.Close) }

func (in *incoming) answered(f func()) {
	in.client.t.Helper()
	require.NoError(in.client.t, in.client.do(func() error {
		f()
		return nil
	}))
	within(in.client.t, in.closed, "the broker's detach")
}

// settle gives a message its outcome.
func (a *arrival) settle(outcome func(*delivery.Delivery) error) {
	a.client.t.Helper()
	require.NoError(a.client.t, a.client.do(func() error { return outcome(a.delivery) }))
}

func (a *arrival) accept() {
	a.client.t.Helper()
	a.settle((*delivery.Delivery).Accept)
}

// attempts is how often the message was delivered before, as its header says it (§3.2.1).
func (a *arrival) attempts() int {
	if a.Header == nil {
		return 0
	}
	return int(a.Header.DeliveryCount)
}

// text is a durable message with a body of text.
func text(s string) *amqp.Message {
	m := amqp.NewMessage([]byte(s))
	m.Header = &amqp.MessageHeader{Durable: true}
	return m
}

// within takes what a channel brings.
func within[T any](t *testing.T, c <-chan T, what string) (v T) {
	t.Helper()
	late := time.NewTimer(patience)
	defer late.Stop()
	select {
	case v = <-c:
	case <-late.C:
		require.FailNow(t, "waited in vain for "+what)
	}
	return v
}

package broker_test

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"testing"
	"time"

	"github.com/Azure/go-amqp"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/hadron-mq/hadron/broker"
	"github.com/hadron-mq/hadron/container"
	"github.com/hadron-mq/hadron/handler"
	"github.com/hadron-mq/hadron/internal/poll"
)

// TestMain runs the tests with sockets that their loops poll, where the system has that, or with goroutines for each.
func TestMain(m *testing.M) {
	if os.Getenv("HADRON_TEST_REACTOR") == "off" {
		poll.Disable()
	}
	goleak.VerifyTestMain(m)
}

// limit is how long a test may wait for what is to happen.
const limit = 30 * time.Second

// within returns a context that bounds what a test waits for.
func within(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	t.Cleanup(cancel)
	return ctx
}

// start starts a broker that lives as long as the test.
func start(t *testing.T, opts ...broker.Option) *broker.Broker {
	t.Helper()
	quiet := broker.Logger(slog.New(slog.DiscardHandler))
	b, err := broker.Start("amqp://127.0.0.1:0", append([]broker.Option{quiet}, opts...)...)
	require.NoError(t, err)
	t.Cleanup(b.Stop)
	return b
}

// client is one go-amqp connection with a session, whose methods end the test when something fails.
type client struct {
	t       *testing.T
	ctx     context.Context
	conn    *amqp.Conn
	session *amqp.Session
}

func connect(t *testing.T, b *broker.Broker) *client {
	t.Helper()
	ctx := within(t)
	conn, err := amqp.Dial(ctx, b.URL(), nil)
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close() })
	session, err := conn.NewSession(ctx, nil)
	require.NoError(t, err)
	return &client{t, ctx, conn, session}
}

func (c *client) sender(to string, opts *amqp.SenderOptions) *amqp.Sender {
	c.t.Helper()
	s, err := c.session.NewSender(c.ctx, to, opts)
	require.NoError(c.t, err)
	return s
}

func (c *client) receiver(from string, opts *amqp.ReceiverOptions) *amqp.Receiver {
	c.t.Helper()
	r, err := c.session.NewReceiver(c.ctx, from, opts)
	require.NoError(c.t, err)
	return r
}

func (c *client) send(s *amqp.Sender, bodies ...string) {
	c.t.Helper()
	for _, body := range bodies {
		require.NoError(c.t, s.Send(c.ctx, amqp.NewMessage([]byte(body)), nil))
	}
}

func (c *client) receive(r *amqp.Receiver) *amqp.Message {
	c.t.Helper()
	m, err := r.Receive(c.ctx, nil)
	require.NoError(c.t, err)
	return m
}

// accept receives messages and accepts them; they are to have these bodies, in this order.
func (c *client) accept(r *amqp.Receiver, bodies ...string) {
	c.t.Helper()
	for _, body := range bodies {
		m := c.receive(r)
		require.Equal(c.t, body, string(m.GetData()))
		require.NoError(c.t, r.AcceptMessage(c.ctx, m))
	}
}

// none says that a queue has no message: whoever drains it gets its credit back unused.
func (c *client) none(from string) {
	c.t.Helper()
	r := c.receiver(from, &amqp.ReceiverOptions{Credit: -1})
	require.NoError(c.t, r.IssueCredit(1))
	require.NoError(c.t, r.DrainCredit(c.ctx, nil))
	require.Nil(c.t, r.Prefetched())
	require.NoError(c.t, r.Close(c.ctx))
}

// run connects to a broker with Hadron's own client, and returns when that is closed. A client that nothing more happens to ends the test.
func run(t *testing.T, b *broker.Broker, h *handler.Funcs) {
	t.Helper()
	if h.Start == nil {
		h.Start = func(e *handler.Event) {
			_, err := e.Container().Connect(b.URL())
			require.NoError(t, err)
		}
	}
	ctx := within(t)
	require.NoError(t, container.New(h, container.Logger(slog.New(slog.DiscardHandler))).Run(ctx))
	require.NoError(t, ctx.Err(), "the conversation did not come to its end")
}

// requireCondition says that an error is of a link that was closed, or of a message that was rejected, for a reason.
func requireCondition(t *testing.T, condition amqp.ErrCond, err error) {
	t.Helper()
	var link *amqp.LinkError
	var said *amqp.Error
	if errors.As(err, &link) {
		said = link.RemoteErr
	} else {
		require.ErrorAs(t, err, &said)
	}
	require.NotNil(t, said)
	require.Equal(t, condition, said.Condition, said.Description)
}

package rabbitmq_test

import (
	"bytes"
	"context"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/Azure/go-amqp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/hadron-mq/hadron/connection"
	"github.com/hadron-mq/hadron/container"
	"github.com/hadron-mq/hadron/handler"
	"github.com/hadron-mq/hadron/receiver"
	"github.com/hadron-mq/hadron/sasl"
)

// patience is how long a conversation may take.
const patience = time.Minute

func TestRabbitMQ(t *testing.T) {
	b := startBroker(t)
	t.Run("takes logins", func(t *testing.T) { testLogins(t, b) })
	t.Run("takes a thousand messages", func(t *testing.T) { require.NoError(t, exchange(t, b.url, "/queue/many", 1000, 100)) })
	t.Run("takes large messages", func(t *testing.T) { require.NoError(t, exchange(t, b.url, "/queue/large", 3, 5_000_000)) })
	t.Run("takes empty messages", func(t *testing.T) { require.NoError(t, exchange(t, b.url, "/queue/empty", 3, 0)) })
	t.Run("says what it is", func(t *testing.T) { testOpen(t, b) })
	t.Run("gets outcomes", func(t *testing.T) { testOutcomes(t, b) })
	t.Run("does not know modified", func(t *testing.T) { testModified(t, b) })
	t.Run("refuses a link", func(t *testing.T) { testRefusal(t, b) })
	t.Run("comes back", func(t *testing.T) { testRestart(t, b) })
}

// run runs a container on the test's own goroutine to its end, and returns what Run did.
func run(t *testing.T, h *handler.Funcs) error {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	err := container.New(h, container.Logger(slog.New(slog.DiscardHandler))).Run(ctx)
	require.NoError(t, ctx.Err(), "the conversation did not come to its end")
	return err
}

// enough is more credit than a test uses. This broker sends more than it has credit for when more credit crosses messages on their way
// (rabbitmq-server issue 2597, mended in 4.0), which Hadron does not take from anybody: so it is given all at once.
const enough = 5000

// exchange sends messages of so many bytes to an address and receives them from it, all in order.
func exchange(t *testing.T, url, address string, count, size int, opts ...connection.Option) error {
	t.Helper()
	var sent, accepted, received int
	body := func(n int) []byte { return bytes.Repeat([]byte{byte('a' + n%26)}, size) }
	done := func(e *handler.Event) {
		if accepted == count && received == count {
			e.Connection().Close()
		}
	}
	err := run(t, &handler.Funcs{
		Start: func(e *handler.Event) {
			conn, err := e.Container().Connect(url, opts...)
			require.NoError(t, err)
			_, err = e.Container().CreateReceiver(conn, address, receiver.Credit(enough))
			require.NoError(t, err)
			_, err = e.Container().CreateSender(conn, address)
			require.NoError(t, err)
		},
		Sendable: func(e *handler.Event) {
			for ; sent < count && e.Sender().Credit() > 0; sent++ {
				m := amqp.NewMessage(body(sent))
				m.ApplicationProperties = map[string]any{"n": int32(sent)}
				_, err := e.Sender().Send(m)
				require.NoError(t, err)
			}
		},
		Message: func(e *handler.Event) {
			require.EqualValues(t, received, e.Message().ApplicationProperties["n"], "in order")
			require.True(t, bytes.Equal(body(received), e.Message().GetData()), "message %d", received)
			received++
			done(e)
		},
		Accepted: func(e *handler.Event) {
			accepted++
			done(e)
		},
	})
	if err == nil {
		require.Equal(t, count, accepted)
		require.Equal(t, count, received)
	}
	return err
}

func testLogins(t *testing.T, b *broker) {
	bare := strings.Replace(b.url, "guest:guest@", "", 1)
	require.NoError(t, exchange(t, bare, "/queue/logins", 1, 10, connection.User("guest", "guest"), connection.AllowedMechs("PLAIN")))
	require.NoError(t, exchange(t, bare, "/queue/logins", 1, 10), "ANONYMOUS")

	err := exchange(t, bare, "/queue/logins", 1, 10, connection.User("guest", "wrong"))
	require.ErrorIs(t, err, sasl.ErrAuthentication)
	err = exchange(t, bare, "/queue/logins", 1, 10, connection.User("guest", "guest"), connection.AllowedMechs("SCRAM-SHA-256"))
	require.ErrorIs(t, err, sasl.ErrNoMechanism)
}

func testOpen(t *testing.T, b *broker) {
	var properties map[string]any
	require.NoError(t, run(t, &handler.Funcs{
		Start: func(e *handler.Event) {
			_, err := e.Container().Connect(b.url)
			require.NoError(t, err)
		},
		ConnectionOpened: func(e *handler.Event) {
			properties = e.Connection().RemoteProperties()
			e.Connection().Close()
		},
	}))
	assert.Equal(t, "RabbitMQ", properties["product"])
	t.Log(properties["product"], properties["version"])
}

// testOutcomes gives one message an outcome that brings it back, and then one that does not.
func testOutcomes(t *testing.T, b *broker) {
	var came []any
	require.NoError(t, run(t, &handler.Funcs{
		Start: func(e *handler.Event) {
			b.connect(t, e, "/queue/outcomes", "one", "two")
		},
		Accepted: func(*handler.Event) {},
		Message: func(e *handler.Event) {
			d := e.Delivery()
			came = append(came, e.Message().Value)
			switch len(came) {
			case 1:
				require.NoError(t, d.Release())
			case 2:
				require.NoError(t, d.Reject(&amqp.Error{Condition: "example:bad", Description: "not good"}))
			default:
				require.NoError(t, d.Accept())
				e.Connection().Close()
			}
		},
	}))
	assert.Equal(t, []any{"one", "one", "two"}, came)
}

// connect sends values to a queue and takes them, one by one.
func (b *broker) connect(t *testing.T, e *handler.Event, queue string, values ...any) {
	t.Helper()
	conn, err := e.Container().Connect(b.url)
	require.NoError(t, err)
	_, err = e.Container().CreateReceiver(conn, queue, receiver.ManualAccept(), receiver.Credit(1))
	require.NoError(t, err)
	s, err := e.Container().CreateSender(conn, queue)
	require.NoError(t, err)
	for _, value := range values {
		_, err = s.Send(&amqp.Message{Value: value})
		require.NoError(t, err)
	}
}

// testModified gives an outcome that this broker does not know. It ends the session for that, and the connection lives on.
func testModified(t *testing.T, b *broker) {
	var refusal *amqp.Error
	require.NoError(t, run(t, &handler.Funcs{
		Start:    func(e *handler.Event) { b.connect(t, e, "/queue/modified", "one") },
		Accepted: func(*handler.Event) {},
		Message:  func(e *handler.Event) { require.NoError(t, e.Delivery().Modify(true, false, nil)) },
		SessionError: func(e *handler.Event) {
			require.ErrorAs(t, e.Err(), &refusal)
			e.Resolve()
			require.True(t, e.Connection().Active())
			e.Connection().Close()
		},
		LinkError: func(e *handler.Event) { e.Resolve() }, // they end with their session
	}))
	assert.Equal(t, amqp.ErrCondInvalidField, refusal.Condition)
}

// testRefusal attaches to an address that the broker has no way for. It ends the session for that, too.
func testRefusal(t *testing.T, b *broker) {
	var refusal *amqp.Error
	require.NoError(t, run(t, &handler.Funcs{
		Start: func(e *handler.Event) { b.connect(t, e, "/nowhere/at/all") },
		SessionError: func(e *handler.Event) {
			require.ErrorAs(t, e.Err(), &refusal)
			e.Resolve()
			e.Connection().Close()
		},
		LinkError: func(e *handler.Event) { e.Resolve() },
	}))
	assert.Contains(t, refusal.Description, "/nowhere/at/all")
}

// testRestart kills the broker while a connection is open, and starts it again.
func testRestart(t *testing.T, b *broker) {
	ended := make(chan error, 1)
	opened, message := make(chan struct{}, 10), make(chan any, 1)
	c := container.New(&handler.Funcs{
		Start: func(e *handler.Event) {
			conn, err := e.Container().Connect(b.url)
			assert.NoError(t, err)
			_, err = e.Container().CreateReceiver(conn, "/queue/restart")
			assert.NoError(t, err)
		},
		LinkOpened:     func(*handler.Event) { opened <- struct{}{} },
		TransportError: func(*handler.Event) {}, // it is tried again
		Disconnected:   func(*handler.Event) {},
		Reconnected: func(e *handler.Event) {
			s, err := e.Container().CreateSender(e.Connection(), "/queue/restart")
			assert.NoError(t, err)
			_, err = s.Send(&amqp.Message{Value: "after"})
			assert.NoError(t, err)
		},
		Accepted: func(*handler.Event) {},
		Message: func(e *handler.Event) {
			message <- e.Message().Value
			e.Connection().Close()
		},
	}, container.Logger(slog.New(slog.DiscardHandler)))
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	go func() { ended <- c.Run(ctx) }()
	select {
	case <-opened:
	case err := <-ended:
		require.FailNow(t, "the link was not opened", err)
	}
	b.process.Stop()
	b.start()
	require.NoError(t, <-ended)
	require.NoError(t, ctx.Err(), "the conversation did not come to its end")
	require.Equal(t, "after", <-message)
}

package proton_test

import (
	"bytes"
	"context"
	"testing"

	"github.com/Azure/go-amqp"
	"github.com/stretchr/testify/require"

	"github.com/hadron-mq/hadron/connection"
	"github.com/hadron-mq/hadron/container"
	"github.com/hadron-mq/hadron/handler"
)

// runHadron runs a container of ours on the test's own goroutine to its end, and returns what Run did.
func runHadron(t *testing.T, h handler.MessagingHandler) error {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	err := container.New(h, container.Logger(quiet)).Run(ctx)
	require.NoError(t, ctx.Err(), "the conversation did not come to its end")
	return err
}

// exchange connects to a broker, sends messages of so many bytes to a queue and receives them from it, all in order. It returns the
// mechanism that it logged in by.
func exchange(t *testing.T, url string, count, size int, opts ...connection.Option) (mechanism string, err error) {
	t.Helper()
	var sent, accepted, received int
	body := func(n int) []byte { return bytes.Repeat([]byte{byte('a' + n%26)}, size) }
	done := func(e *handler.Event) {
		if accepted == count && received == count {
			e.Connection().Close()
		}
	}
	err = runHadron(t, &handler.Funcs{
		Start: func(e *handler.Event) {
			conn, err := e.Container().Connect(url, opts...)
			require.NoError(t, err)
			_, err = e.Container().CreateReceiver(conn, "exchange")
			require.NoError(t, err)
			_, err = e.Container().CreateSender(conn, "exchange")
			require.NoError(t, err)
		},
		ConnectionOpened: func(e *handler.Event) { mechanism = e.Connection().Mechanism() },
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
	return mechanism, err
}

package container_test

import (
	"context"
	"testing"
	"time"

	"github.com/Azure/go-amqp"
	"github.com/hadron-mq/hadron/container"
	"github.com/hadron-mq/hadron/handler"
	"github.com/stretchr/testify/require"
)

func TestSmoke(t *testing.T) {
	var got []string
	accepted := 0
	h := &handler.Funcs{}
	h.Start = func(e *handler.Event) {
		l, err := e.Container().Listen("127.0.0.1:0", handler.ForConnection(&handler.Funcs{
			Message: func(e *handler.Event) { got = append(got, string(e.Message().GetData())) },
			ConnectionClosed: func(e *handler.Event) { e.Container().Stop() },
		}))
		require.NoError(t, err)
		conn, err := e.Container().Connect(l.Addr().String())
		require.NoError(t, err)
		_, err = e.Container().CreateSender(conn, "x")
		require.NoError(t, err)
	}
	n := 0
	h.Sendable = func(e *handler.Event) {
		for e.Sender().Credit() > 0 && n < 100 {
			n++
			_, err := e.Sender().Send(amqp.NewMessage([]byte("hello")))
			require.NoError(t, err)
		}
	}
	h.Accepted = func(e *handler.Event) {
		accepted++
		if accepted == 100 { e.Connection().Close() }
	}
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	require.NoError(t, container.New(h).Run(ctx))
	require.Len(t, got, 100)
	require.Equal(t, 100, accepted)
}

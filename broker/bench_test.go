package broker_test

import (
	"log/slog"
	"testing"

	"github.com/Azure/go-amqp"
	"github.com/stretchr/testify/require"

	"github.com/hadron-mq/hadron/broker"
	"github.com/hadron-mq/hadron/container"
	"github.com/hadron-mq/hadron/handler"
	"github.com/hadron-mq/hadron/receiver"
)

// BenchmarkThroughAQueue sends messages of 100 bytes from one connection to another, each accepted on both.
func BenchmarkThroughAQueue(b *testing.B) {
	quiet := slog.New(slog.DiscardHandler)
	at, err := broker.Start("amqp://127.0.0.1:0", broker.Logger(quiet))
	require.NoError(b, err)
	defer at.Stop()
	message := amqp.NewMessage(make([]byte, 100))
	sent, accepted, received := 0, 0, 0
	producer := &handler.Funcs{
		Start: func(e *handler.Event) {
			conn, err := e.Container().Connect(at.URL())
			require.NoError(b, err)
			_, err = e.Container().CreateSender(conn, "q")
			require.NoError(b, err)
		},
		Sendable: func(e *handler.Event) {
			for ; sent < b.N && e.Sender().Credit() > 0; sent++ {
				_, _ = e.Sender().Send(message)
			}
		},
		Accepted: func(e *handler.Event) {
			if accepted++; accepted == b.N {
				e.Connection().Close()
			}
		},
	}
	consumer := &handler.Funcs{
		Start: func(e *handler.Event) {
			conn, err := e.Container().Connect(at.URL())
			require.NoError(b, err)
			_, err = e.Container().CreateReceiver(conn, "q", receiver.Credit(1000))
			require.NoError(b, err)
		},
		Message: func(e *handler.Event) {
			if received++; received == b.N {
				e.Connection().Close()
			}
		},
	}
	b.ReportAllocs()
	b.ResetTimer()
	done := make(chan error, 2)
	for _, h := range []*handler.Funcs{producer, consumer} {
		go func() { done <- container.New(h, container.Logger(quiet)).Run(b.Context()) }()
	}
	require.NoError(b, <-done)
	require.NoError(b, <-done)
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "msg/s")
}

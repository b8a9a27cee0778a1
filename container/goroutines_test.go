package container_test

import (
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/Azure/go-amqp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/hadron-mq/hadron/connection"
	"github.com/hadron-mq/hadron/container"
	"github.com/hadron-mq/hadron/handler"
	"github.com/hadron-mq/hadron/receiver"
	"github.com/hadron-mq/hadron/sender"
)

// TestEndpointsAreUsedFromAnyGoroutine sends from several goroutines, and settles what comes in a goroutine for each message: what people do
// first.
func TestEndpointsAreUsedFromAnyGoroutine(t *testing.T) {
	const senders, each = 4, 250
	var settled sync.WaitGroup
	n := listen(t, &handler.Funcs{
		LinkOpening: func(e *handler.Event) {
			assert.NoError(t, e.Receiver().Open(receiver.Credit(100), receiver.ManualAccept()))
		},
		Message: func(e *handler.Event) {
			d := e.Delivery()
			settled.Go(func() { assert.NoError(t, d.Accept()) })
		},
	})
	var accepted atomic.Int64
	done := make(chan struct{})
	c := container.New(&handler.Funcs{Accepted: func(*handler.Event) {
		if accepted.Add(1) == senders*each {
			close(done)
		}
	}})
	conn, err := c.Connect(n.url)
	require.NoError(t, err)
	s, err := c.CreateSender(conn, "q", sender.QueueLimit(senders*each))
	require.NoError(t, err)
	ended := make(chan error, 1)
	go func() { ended <- c.Run(t.Context()) }()
	var sending sync.WaitGroup
	for range senders {
		sending.Go(func() {
			for range each {
				_, err := s.Send(amqp.NewMessage([]byte("x")))
				assert.NoError(t, err)
			}
		})
	}
	sending.Wait()
	within(t, done, "all outcomes")
	settled.Wait()
	conn.Close()
	require.NoError(t, within(t, ended, "the end"))
	_, err = s.Send(amqp.NewMessage([]byte("x")))
	require.ErrorIs(t, err, sender.ErrClosed, "the container has ended")
}

// TestAContainerIsUsedFromAnyGoroutine connects and schedules while the loop sleeps: nobody waits for something else to wake it.
func TestAContainerIsUsedFromAnyGoroutine(t *testing.T) {
	n := listen(t, &handler.Base{})
	opened, due := make(chan struct{}), make(chan struct{})
	started := make(chan struct{})
	c := container.New(&handler.Funcs{
		Start:            func(*handler.Event) { close(started) },
		ConnectionOpened: func(*handler.Event) { close(opened) },
	}, container.Loops(2))
	idle, err := c.Schedule(time.Hour, nil)
	require.NoError(t, err)
	ended := make(chan error, 1)
	go func() { ended <- c.Run(t.Context()) }()
	within(t, started, "the start")

	conn, err := c.Connect(n.url)
	require.NoError(t, err)
	within(t, opened, "the connection")
	_, err = c.Schedule(0, &handler.Funcs{Timer: func(*handler.Event) { close(due) }})
	require.NoError(t, err)
	within(t, due, "the timer")
	conn.Close()
	idle.Cancel()
	require.NoError(t, within(t, ended, "the end, which the last timer kept from coming"))

	_, err = c.Schedule(0, nil)
	require.ErrorIs(t, err, connection.ErrClosed)
	_, err = c.Connect(n.url)
	require.ErrorIs(t, err, connection.ErrClosed)
	require.ErrorIs(t, c.Inject(func() {}), connection.ErrClosed)
	_, err = conn.OpenSession()
	require.ErrorIs(t, err, connection.ErrClosed)
}

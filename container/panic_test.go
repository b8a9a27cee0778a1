package container_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/hadron-mq/hadron/connection"
	"github.com/hadron-mq/hadron/container"
	"github.com/hadron-mq/hadron/handler"
	"github.com/hadron-mq/hadron/sender"
)

var errMistake = errors.New("a mistake of the application's")

// mistaken is the code that the stack is to show.
func mistaken(*handler.Event) { panic(errMistake) }

// recovered runs a container and returns what Run panicked with.
func recovered(c *container.Container) (value any) {
	defer func() { value = recover() }()
	_ = c.Run(context.Background())
	return nil
}

// A handler's panic is not hidden, and leaves nothing behind: its connections are dropped, those of the other loops too, and Run panics with the stack
// of the handler.
func TestAPanicInAHandler(t *testing.T) {
	for _, loops := range []int{1, 3} {
		t.Run(fmt.Sprint(loops, " loops"), func(t *testing.T) {
			var j journal
			opened := make(chan *sender.Sender, 6)
			log := new(logbook)
			c := container.New(j.handler(handler.Funcs{Message: mistaken}), container.Loops(loops), container.Logger(log.logger()))
			listener, err := c.Listen("127.0.0.1:0")
			require.NoError(t, err)
			ended := make(chan any, 1)
			go func() { ended <- recovered(c) }()

			var failures journal
			peers := container.New(&handler.Funcs{
				LinkOpened:   func(e *handler.Event) { opened <- e.Sender() },
				Disconnected: func(e *handler.Event) { failures.note("disconnected") },
			}, container.Logger(log.logger()))
			for range cap(opened) {
				conn, err := peers.Connect("amqp://"+listener.Addr().String(), connection.NoReconnect())
				require.NoError(t, err)
				_, err = peers.CreateSender(conn, "q")
				require.NoError(t, err)
			}
			peersEnded := make(chan error, 1)
			go func() { peersEnded <- peers.Run(context.Background()) }()
			var last *sender.Sender
			for range cap(opened) {
				last = within(t, opened, "a link")
			}
			_, err = last.Send(text("x"))
			require.NoError(t, err)

			thrown, ok := within(t, ended, "the panic").(*container.PanicError)
			require.True(t, ok)
			require.ErrorIs(t, thrown, errMistake)
			require.Equal(t, errMistake, thrown.Value)
			require.Contains(t, string(thrown.Stack), "container_test.mistaken", "the handler's own stack")
			require.ErrorContains(t, thrown, "a handler panicked: a mistake of the application's\n\n")
			require.ErrorContains(t, thrown, "container_test.mistaken")
			require.ErrorIs(t, within(t, peersEnded, "the peers, whose sockets are closed"), io.EOF)
			require.Equal(t, cap(opened), failures.count("disconnected"))

			require.Zero(t, j.count("Stop"), "no handler is called any more")
			require.Zero(t, j.count("Disconnected"))
			_, err = c.Connect("amqp://127.0.0.1")
			require.ErrorIs(t, err, connection.ErrClosed)
			_, err = c.Listen("amqp://127.0.0.1:0")
			require.ErrorIs(t, err, connection.ErrClosed)
			require.ErrorIs(t, c.Inject(func() {}), connection.ErrClosed)
			c.Stop()
		})
	}
}

// What waits on a container whose handler panics is told that it is closed.
func TestAPanicWhileOthersUseTheContainer(t *testing.T) {
	n := listen(t, handler.Base{})
	c := container.New(&handler.Funcs{LinkOpened: mistaken}, container.Loops(2))
	conn, err := c.Connect(n.url)
	require.NoError(t, err)
	s, err := c.CreateSender(conn, "q", sender.QueueLimit(1<<30))
	require.NoError(t, err)
	away, err := c.Connect(n.url) // as like as not on the other loop
	require.NoError(t, err)
	ended := make(chan any, 1)
	go func() { ended <- recovered(c) }()
	for err == nil {
		_, err = s.Send(text("x"))
	}
	require.ErrorIs(t, err, sender.ErrClosed)
	require.IsType(t, new(container.PanicError), within(t, ended, "the panic"))
	_, err = c.CreateSender(away, "q")
	require.ErrorIs(t, err, connection.ErrClosed)
}

func TestAPanicInWhatIsInjected(t *testing.T) {
	c := container.New(nil)
	require.NoError(t, c.Inject(func() { mistaken(nil) }))
	_, err := c.Schedule(1<<40, nil)
	require.NoError(t, err)
	require.ErrorIs(t, recovered(c).(error), errMistake)
}

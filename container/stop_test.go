package container_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/hadron-mq/hadron/connection"
	"github.com/hadron-mq/hadron/container"
	"github.com/hadron-mq/hadron/handler"
)

// OnStop comes once whenever a container that was started ends, and OnStart never after it.
func TestOnStopComesOnce(t *testing.T) {
	for name, h := range map[string]handler.Funcs{
		"it ends by itself": {},
		"it is stopped":     {Start: func(e *handler.Event) { e.Container().Stop() }},
		"it is stopped twice": {Start: func(e *handler.Event) {
			e.Container().Stop()
			e.Container().Stop()
		}},
		"it is stopped when it stops": {Stop: func(e *handler.Event) { e.Container().Stop() }},
		"what would go on is dropped": {
			Start: func(e *handler.Event) {
				_, err := e.Container().Schedule(time.Hour, nil)
				require.NoError(t, err)
				e.Container().Stop()
			},
		},
		"nothing is begun when it stops": {Stop: func(e *handler.Event) {
			_, err := e.Container().Schedule(0, nil)
			require.ErrorIs(t, err, connection.ErrClosed)
			_, err = e.Container().Connect("amqp://127.0.0.1")
			require.ErrorIs(t, err, connection.ErrClosed)
			_, err = e.Container().Listen("amqp://127.0.0.1:0")
			require.ErrorIs(t, err, connection.ErrClosed)
		}},
	} {
		for _, loops := range []int{1, 3} {
			t.Run(name, func(t *testing.T) {
				var j journal
				require.NoError(t, run(t, j.handler(h), container.Loops(loops)))
				require.Equal(t, []string{"Start", "Stop"}, j.all())
			})
		}
	}
}

func TestStoppedBeforeRun(t *testing.T) {
	var j journal
	var released []string
	c := container.New(j.handler(handler.Funcs{Released: func(e *handler.Event) { released = append(released, e.Delivery().Context().(string)) }}))
	conn, err := c.Connect("amqp://" + deserted(t))
	require.NoError(t, err)
	s, err := c.CreateSender(conn, "q")
	require.NoError(t, err)
	d, err := s.Send(text("x"))
	require.NoError(t, err)
	d.SetContext("x")
	c.Stop()
	require.NoError(t, runIt(t, c))
	require.Zero(t, j.count("Start"), "it was over before it began")
	require.Zero(t, j.count("Stop"))
	require.Equal(t, []string{"x"}, released, "and what was to be done is not forgotten")
	_, err = s.Send(text("y"))
	require.ErrorIs(t, err, connection.ErrClosed)
}

func TestAContextThatIsDoneBeforeRun(t *testing.T) {
	for range 20 { // which of both comes first is nobody's to say
		var j journal
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		require.NoError(t, container.New(j.handler(handler.Funcs{})).Run(ctx))
		require.Contains(t, [][]string{nil, {"Start", "Stop"}}, j.all())
	}
}

// A callback of the end that asks for another while does not get it.
func TestATimerDoesNotPutTheEndOff(t *testing.T) {
	n := listen(t, handler.Base{})
	var j journal
	require.NoError(t, run(t, j.handler(handler.Funcs{
		Start:            connect(t, n, func(*handler.Event, *connection.Connection) {}),
		ConnectionOpened: func(e *handler.Event) { e.Container().Stop() },
		Disconnected: func(e *handler.Event) {
			_, err := e.Container().Schedule(time.Hour, nil)
			require.ErrorIs(t, err, connection.ErrClosed)
		},
	})))
	require.Equal(t, []string{"Start", "ConnectionOpened", "Stop", "ConnectionClosed", "Disconnected"}, j.all())
}

func TestRunWantsAContext(t *testing.T) {
	c := container.New(nil)
	require.EqualError(t, c.Run(nil), "container: run: no context is given") //nolint:staticcheck // it is what the test is about
	require.NoError(t, c.Run(t.Context()), "which was no run")
	require.EqualError(t, c.Run(t.Context()), "container: run: it has run already")
}

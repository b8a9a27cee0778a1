package container_test

import (
	"bytes"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/hadron-mq/hadron/connection"
	"github.com/hadron-mq/hadron/container"
	"github.com/hadron-mq/hadron/handler"
)

// goroutine names the goroutine that calls it.
func goroutine() string {
	var buf [64]byte
	line := buf[:runtime.Stack(buf[:], false)]
	return string(bytes.Fields(line)[1])
}

// watch keeps that the calls for each connection come from one goroutine, one after the other.
type watch struct {
	t     *testing.T
	mu    sync.Mutex
	homes map[*connection.Connection]string
	busy  sync.Map // of *connection.Connection to *atomic.Bool
}

func (w *watch) enter(c *connection.Connection) (leave func()) {
	flag, _ := w.busy.LoadOrStore(c, new(atomic.Bool))
	busy := flag.(*atomic.Bool)
	assert.False(w.t, busy.Swap(true), "two calls for one connection at a time")
	me := goroutine()
	w.mu.Lock()
	home, seen := w.homes[c]
	if !seen {
		w.homes[c] = me
	}
	w.mu.Unlock()
	assert.True(w.t, !seen || home == me, "a connection does not move")
	return func() { busy.Store(false) }
}

// loops counts the goroutines that have called.
func (w *watch) loops() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	distinct := map[string]bool{}
	for _, home := range w.homes {
		distinct[home] = true
	}
	return len(distinct)
}

func (w *watch) watched(act func(e *handler.Event)) func(e *handler.Event) {
	return func(e *handler.Event) {
		defer w.enter(e.Connection())()
		if act != nil {
			act(e)
		}
	}
}

func TestLoops(t *testing.T) {
	const first, messages = 12, 40
	there := &watch{t: t, homes: map[*connection.Connection]string{}}
	server := &handler.Funcs{}
	server.ConnectionOpened, server.LinkOpened, server.Message = there.watched(nil), there.watched(nil), there.watched(nil)
	n := listenIn(t, []container.Option{container.Loops(4)}, server)

	here := &watch{t: t, homes: map[*connection.Connection]string{}}
	var closed atomic.Int32
	open := func(e *handler.Event, again bool) {
		conn, err := e.Container().Connect(n.url)
		if !assert.NoError(t, err) {
			return
		}
		conn.SetContext(again)
		s, err := e.Container().CreateSender(conn, "q")
		assert.NoError(t, err)
		s.SetContext(new(int))
	}
	h := &handler.Funcs{
		Start: func(e *handler.Event) {
			for range first {
				open(e, true)
			}
		},
		ConnectionOpened: here.watched(func(e *handler.Event) {
			if e.Connection().Context() == true {
				open(e, false) // most of these are for other loops than this one
			}
		}),
		LinkOpened: here.watched(nil),
		Sendable: here.watched(func(e *handler.Event) {
			for sent := e.Sender().Context().(*int); *sent < messages && e.Sender().Credit() > 0; *sent++ {
				_, err := e.Sender().Send(text("x"))
				assert.NoError(t, err)
			}
		}),
		Accepted: here.watched(func(e *handler.Event) {
			if *e.Sender().Context().(*int) == messages && e.Sender().Unsettled() == 1 && e.Sender().Queued() == 0 {
				e.Connection().Close()
			}
		}),
		ConnectionClosed: here.watched(func(*handler.Event) { closed.Add(1) }),
	}
	require.NoError(t, run(t, h, container.Loops(4)))
	require.EqualValues(t, 2*first, closed.Load())
	require.Equal(t, 4, here.loops(), "the work is shared")
	require.NoError(t, n.stop())
	require.Equal(t, 4, there.loops())
}

func TestStoppingManyLoops(t *testing.T) {
	n := listenIn(t, []container.Option{container.Loops(3)}, &handler.Funcs{})
	var opened, stopped atomic.Int32
	require.NoError(t, run(t, &handler.Funcs{
		Start: func(e *handler.Event) {
			for range 9 {
				_, err := e.Container().Connect(n.url)
				require.NoError(t, err)
			}
		},
		ConnectionOpened: func(e *handler.Event) {
			if opened.Add(1) == 9 {
				e.Container().Stop()
			}
		},
		Stop: func(*handler.Event) { stopped.Add(1) },
	}, container.Loops(3)))
	require.EqualValues(t, 1, stopped.Load())
}

func TestTimersStayOnTheirLoop(t *testing.T) {
	n := listen(t, &handler.Funcs{})
	w := &watch{t: t, homes: map[*connection.Connection]string{}}
	var fired atomic.Int32
	require.NoError(t, run(t, &handler.Funcs{
		Start: func(e *handler.Event) {
			for range 8 {
				_, err := e.Container().Connect(n.url)
				require.NoError(t, err)
			}
		},
		ConnectionOpened: w.watched(func(e *handler.Event) {
			conn := e.Connection()
			_, _ = e.Container().Schedule(0, &handler.Funcs{Timer: func(e *handler.Event) {
				defer w.enter(conn)()
				fired.Add(1)
				conn.Close()
			}})
		}),
		ConnectionClosed: w.watched(nil),
	}, container.Loops(4)))
	require.EqualValues(t, 8, fired.Load())
	require.Equal(t, 4, w.loops())
}

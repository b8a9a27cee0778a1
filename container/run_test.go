package container_test

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/hadron-mq/hadron/connection"
	"github.com/hadron-mq/hadron/container"
	"github.com/hadron-mq/hadron/handler"
	"github.com/hadron-mq/hadron/internal/amqptest"
)

func TestRunReturnsWhenNothingIsLeft(t *testing.T) {
	t.Run("nothing", func(t *testing.T) {
		require.NoError(t, run(t, nil))
	})
	t.Run("a handler that does nothing", func(t *testing.T) {
		var j journal
		require.NoError(t, run(t, j.handler(handler.Funcs{})))
		require.Equal(t, []string{"Start", "Stop"}, j.all(), "it ended by itself")
	})
	t.Run("a listener that is closed", func(t *testing.T) {
		require.NoError(t, run(t, &handler.Funcs{Start: func(e *handler.Event) {
			l, err := e.Container().Listen("127.0.0.1:0")
			require.NoError(t, err)
			require.NotZero(t, l.Addr())
			l.Close()
			l.Close()
		}}))
	})
	t.Run("several loops", func(t *testing.T) {
		require.NoError(t, run(t, nil, container.Loops(4)))
	})
	t.Run("a connection that is closed before it is made", func(t *testing.T) {
		var j journal
		require.NoError(t, run(t, j.handler(handler.Funcs{Start: func(e *handler.Event) {
			conn, err := e.Container().Connect("127.0.0.1:1")
			require.NoError(t, err)
			conn.Close()
		}})))
		require.Equal(t, []string{"Start", "Stop"}, j.all())
	})
}

func TestRunTwice(t *testing.T) {
	c := container.New(nil)
	require.NoError(t, c.Run(t.Context()))
	require.EqualError(t, c.Run(t.Context()), "container: run: it has run already")
}

func TestWhatIsMadeBeforeRun(t *testing.T) {
	n := listen(t, &handler.Funcs{})
	var j journal
	c := container.New(j.handler(handler.Funcs{
		Accepted: func(e *handler.Event) { e.Connection().Close() },
	}), container.ID("me"))
	require.Equal(t, "me", c.ID())
	conn, err := c.Connect(n.url)
	require.NoError(t, err)
	require.Equal(t, "me", conn.ContainerID())
	s, err := c.CreateSender(conn, "q")
	require.NoError(t, err)
	_, err = s.Send(text("sent before anything ran"))
	require.NoError(t, err)
	_, _ = c.Schedule(0, nil)
	require.NoError(t, runIt(t, c))
	require.Contains(t, j.all(), "Accepted")
	require.Contains(t, j.all(), "Timer")
}

func TestStopping(t *testing.T) {
	for name, stop := range map[string]func(c *container.Container, cancel func()){
		"Stop":                func(c *container.Container, _ func()) { c.Stop() },
		"Stop, over and over": func(c *container.Container, _ func()) { c.Stop(); c.Stop() },
		"the context ends":    func(_ *container.Container, cancel func()) { cancel() },
	} {
		t.Run(name, func(t *testing.T) {
			n := listen(t, &handler.Funcs{})
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			var j journal
			opened := make(chan struct{})
			c := container.New(j.handler(handler.Funcs{
				Start: func(e *handler.Event) {
					sending(t, n)(e)
					_, err := e.Container().Listen("127.0.0.1:0")
					assert.NoError(t, err)
					_, _ = e.Container().Schedule(time.Hour, nil)
				},
				LinkOpened: func(*handler.Event) { close(opened) },
			}))
			ended := make(chan error, 1)
			go func() { ended <- c.Run(ctx) }()
			within(t, opened, "the link")
			stop(c, cancel)
			require.NoError(t, within(t, ended, "the end"))
			all := j.all()
			require.Equal(t, []string{"Stop", "ConnectionClosed", "Disconnected"}, all[len(all)-3:], "it is closed cleanly, and the timer is dropped")
			_, err := c.Connect(n.url)
			require.ErrorIs(t, err, connection.ErrClosed)
		})
	}
}

func TestGraceForAPeerThatNeverAnswers(t *testing.T) {
	over := make(chan struct{})
	url := amqptest.Serve(t, func(p *amqptest.Peer) {
		p.AnswerOpen(nil)
		p.Expect("the client closes", f(0, "close", nil))
		p.ExpectEOF("and when the grace is over, it hangs up")
		close(over)
	})
	var j journal
	require.NoError(t, run(t, j.handler(handler.Funcs{
		Start: func(e *handler.Event) {
			_, err := e.Container().Connect(url, connection.SASLEnabled(false))
			require.NoError(t, err)
		},
		ConnectionOpened: func(e *handler.Event) { e.Container().Stop() },
	}), container.Grace(20*time.Millisecond)))
	within(t, over, "the peer's end")
	require.Equal(t, []string{"Start", "ConnectionOpened", "Stop", "Disconnected"}, j.all())
}

func TestInject(t *testing.T) {
	n := listen(t, &handler.Funcs{})
	opened := make(chan *connection.Connection, 1)
	c := container.New(&handler.Funcs{
		Start:            sending(t, n),
		ConnectionOpened: func(e *handler.Event) { opened <- e.Connection() },
	}, container.Loops(2))
	ended := make(chan error, 1)
	go func() { ended <- c.Run(t.Context()) }()
	conn := within(t, opened, "the connection")
	const goroutines, times = 8, 500
	onContainer, onConnection := 0, 0 // each loop has one: the race detector watches
	var all, ran sync.WaitGroup
	ran.Add(2 * goroutines * times)
	for range goroutines {
		all.Go(func() {
			for range times {
				assert.NoError(t, c.Inject(func() { onContainer++; ran.Done() }))
				assert.NoError(t, conn.Inject(func() { onConnection++; ran.Done() }))
			}
		})
	}
	all.Wait()
	ran.Wait()
	require.NoError(t, conn.Inject(func() {
		assert.True(t, conn.Active())
		conn.Close() // what an injected function does takes effect, with no other event
	}))
	require.NoError(t, within(t, ended, "the end"))
	require.Equal(t, goroutines*times, onContainer)
	require.Equal(t, goroutines*times, onConnection)
	never := func() { t.Error("the container has ended") }
	require.ErrorIs(t, c.Inject(never), connection.ErrClosed)
	require.ErrorIs(t, conn.Inject(never), connection.ErrClosed)
}

func TestTimers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		type call struct {
			name string
			at   time.Duration
		}
		var calls []call
		note := func(name string) *handler.Funcs {
			return &handler.Funcs{Timer: func(e *handler.Event) {
				calls = append(calls, call{name, time.Since(began)})
			}}
		}
		timers := map[*handler.Timer]string{}
		h := &handler.Funcs{Timer: func(e *handler.Event) {
			calls = append(calls, call{"container: " + timers[e.Timer()], time.Since(began)})
		}}
		h.Start = func(e *handler.Event) {
			schedule := func(d time.Duration, h handler.MessagingHandler) *handler.Timer {
				timer, err := e.Container().Schedule(d, h)
				require.NoError(t, err)
				return timer
			}
			schedule(3*time.Second, note("third"))
			schedule(time.Second, note("first"))
			gone := schedule(2*time.Second, note("taken back"))
			timers[schedule(2*time.Second, nil)] = "second"
			timers[schedule(4*time.Second, silent{})] = "passed on"
			schedule(2500*time.Millisecond, &handler.Funcs{Timer: func(e *handler.Event) {
				e.Timer().Cancel() // it is due: nothing to take back
				_, _ = e.Container().Schedule(time.Second, note("from a timer"))
			}})
			gone.Cancel()
			gone.Cancel()
		}
		require.NoError(t, container.New(h).Run(t.Context()))
		require.Equal(t, []call{{"first", time.Second}, {"container: second", 2 * time.Second}, {"third", 3 * time.Second},
			{"from a timer", 3500 * time.Millisecond}, {"container: passed on", 4 * time.Second}}, calls)
	})
}

func TestTimersOfACancelledContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 90*time.Minute)
		defer cancel()
		began := time.Now()
		fired := 0
		require.NoError(t, container.New(&handler.Funcs{
			Start: func(e *handler.Event) { _, _ = e.Container().Schedule(time.Hour, nil) },
			Timer: func(e *handler.Event) {
				fired++
				_, _ = e.Container().Schedule(time.Hour, nil)
			},
		}).Run(ctx))
		require.Equal(t, 1, fired)
		require.Equal(t, 90*time.Minute, time.Since(began))
	})
}

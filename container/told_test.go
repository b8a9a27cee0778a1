package container_test

import (
	"context"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/Azure/go-amqp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/hadron-mq/hadron/connection"
	"github.com/hadron-mq/hadron/container"
	"github.com/hadron-mq/hadron/handler"
	"github.com/hadron-mq/hadron/sender"
)

var noSuchNode = &amqp.Error{Condition: amqp.ErrCondNotFound, Description: "no such node"}

// refusing is a listener's handler that refuses links to an address, and takes all others.
func refusing(address string) *handler.Funcs {
	return &handler.Funcs{LinkOpening: func(e *handler.Event) {
		if r := e.Receiver(); r != nil && r.RemoteTarget() != nil && r.RemoteTarget().Address != nil && *r.RemoteTarget().Address == address {
			r.CloseWithError(noSuchNode)
		}
	}}
}

// links is a Start that makes senders.
func links(t testing.TB, n *node, addresses ...string) func(*handler.Event) {
	return connect(t, n, func(e *handler.Event, conn *connection.Connection) {
		for _, address := range addresses {
			_, err := e.Container().CreateSender(conn, address)
			require.NoError(t, err)
		}
	})
}

// errorLines returns the lines of a log that are errors.
func errorLines(log *logbook) (lines []string) {
	for line := range strings.Lines(log.String()) {
		if strings.Contains(line, "level=ERROR") {
			lines = append(lines, line)
		}
	}
	return lines
}

// An error is told once: by Run where that is what it ends with, else by the log, or by the handler. No handler hides it from Run by having a
// look at it.
func TestErrorsAreToldOnce(t *testing.T) {
	n := listen(t, refusing("nowhere"))
	nobody := deserted(t)
	fails := func(e *handler.Event) {
		_, err := e.Container().Connect("amqp://"+nobody, connection.NoReconnect())
		require.NoError(t, err)
	}
	t.Run("nothing else is left: Run returns it", func(t *testing.T) {
		log := new(logbook)
		require.ErrorIs(t, runLogged(t, log, &handler.Funcs{Start: fails}), syscall.ECONNREFUSED)
		require.Empty(t, log.String())
	})
	t.Run("the program goes on: it is logged when it happens", func(t *testing.T) {
		log := new(logbook)
		err := runLogged(t, log, &handler.Funcs{
			Start: func(e *handler.Event) {
				fails(e)
				links(t, n, "somewhere")(e)
			},
			LinkOpened: func(e *handler.Event) {
				conn := e.Connection()
				log.changed(t, func(text string) bool { return strings.Contains(text, "connection refused") }, func() { conn.Close() })
			},
		})
		require.ErrorIs(t, err, syscall.ECONNREFUSED)
		require.Len(t, errorLines(log), 1)
	})
	t.Run("a handler was told", func(t *testing.T) {
		log := new(logbook)
		var j journal
		require.ErrorIs(t, runLogged(t, log, j.handler(handler.Funcs{Start: fails})), syscall.ECONNREFUSED)
		require.Equal(t, 1, j.count("TransportError"))
		require.Empty(t, log.String())
	})
	t.Run("a handler has dealt with it", func(t *testing.T) {
		log := new(logbook)
		require.NoError(t, runLogged(t, log, &handler.Funcs{Start: fails, TransportError: func(e *handler.Event) { e.Resolve() }}))
		require.Empty(t, log.String())
	})
	t.Run("a handler has dealt with it, and passes it on", func(t *testing.T) {
		log := new(logbook)
		require.NoError(t, runLogged(t, log, &handler.Funcs{Start: fails, TransportError: func(e *handler.Event) {
			e.Resolve()
			e.Pass()
		}}))
		require.Empty(t, log.String())
	})
	t.Run("a session's error is not that of each of its links too", func(t *testing.T) {
		n := listen(t, &handler.Funcs{LinkOpened: func(e *handler.Event) {
			if e.Receiver().RemoteTarget().Address != nil && e.Receiver().Name() == "last" {
				e.Session().CloseWithError(noSuchNode)
			}
		}})
		for name, busy := range map[string]bool{"nothing else is left": false, "the program goes on": true} {
			t.Run(name, func(t *testing.T) {
				log := new(logbook)
				err := runLogged(t, log, &handler.Funcs{
					Start: connect(t, n, func(e *handler.Event, conn *connection.Connection) {
						for range 5 {
							_, err := e.Container().CreateSender(conn, "q")
							require.NoError(t, err)
						}
						_, err := e.Container().CreateSender(conn, "q", sender.Name("last"))
						require.NoError(t, err)
						if busy {
							_, err = e.Container().Schedule(0, nil)
							require.NoError(t, err)
						}
					}),
					Timer: func(e *handler.Event) {
						if len(errorLines(log)) == 0 {
							_, err := e.Container().Schedule(time.Millisecond, nil)
							require.NoError(t, err)
						}
					},
				})
				require.EqualError(t, err, "session: closed by the peer: no such node (amqp:not-found)")
				if busy {
					require.Len(t, errorLines(log), 1)
				} else {
					require.Empty(t, log.String())
				}
			})
		}
	})
}

// changed does something once the log is as it should be, in a goroutine of its own.
func (b *logbook) changed(t testing.TB, condition func(text string) bool, then func()) {
	go func() {
		assert.True(t, b.until(func() bool { return condition(b.text.String()) }))
		then()
	}()
}

// A link that is refused, or closed by the peer, is the end of a program that has nothing else: without a line of code for it.
func TestALinkThatThePeerEndsIsTheEnd(t *testing.T) {
	closing := func(address string) *handler.Funcs {
		return &handler.Funcs{LinkOpened: func(e *handler.Event) {
			if *e.Receiver().RemoteTarget().Address == address {
				e.Receiver().Close()
			}
		}}
	}
	t.Run("refused", func(t *testing.T) {
		n := listen(t, refusing("nowhere"))
		require.EqualError(t, run(t, &handler.Funcs{Start: links(t, n, "nowhere")}), "sender: closed by the peer: no such node (amqp:not-found)")
	})
	t.Run("refused, and a handler was told", func(t *testing.T) {
		n := listen(t, refusing("nowhere"))
		require.ErrorContains(t, run(t, &handler.Funcs{Start: links(t, n, "nowhere"), LinkError: func(*handler.Event) {}}), "no such node")
	})
	t.Run("closed without an error", func(t *testing.T) {
		n := listen(t, closing("q"))
		log := new(logbook)
		err := runLogged(t, log, &handler.Funcs{Start: links(t, n, "q")})
		require.ErrorContains(t, err, "sender: link ")
		require.ErrorContains(t, err, " was closed by the peer")
		require.Empty(t, log.String(), "told once")
	})
	t.Run("closed without an error, and a handler was told", func(t *testing.T) {
		n := listen(t, closing("q"))
		require.NoError(t, run(t, &handler.Funcs{Start: links(t, n, "q"), LinkClosing: func(*handler.Event) {}}))
		require.NoError(t, run(t, &handler.Funcs{Start: links(t, n, "q"), LinkClosed: func(*handler.Event) {}}))
	})
	t.Run("one after the other, on two connections", func(t *testing.T) {
		n := listen(t, refusing("nowhere"))
		require.ErrorContains(t, run(t, &handler.Funcs{Start: func(e *handler.Event) {
			links(t, n, "nowhere", "nowhere")(e)
			links(t, n, "nowhere")(e)
		}}, container.Loops(2)), "no such node")
	})
	t.Run("the other link is done with later", func(t *testing.T) {
		n := listen(t, refusing("nowhere"))
		err := run(t, &handler.Funcs{
			Start:    links(t, n, "nowhere", "somewhere"),
			Sendable: func(e *handler.Event) { sendOnce(t, e, text("x")) },
			Accepted: func(e *handler.Event) { e.Sender().Close() },
		})
		require.ErrorContains(t, err, "no such node")
	})
	t.Run("there is a timer, whose time comes", func(t *testing.T) {
		n := listen(t, refusing("nowhere"))
		log := new(logbook)
		var timer *handler.Timer
		err := runLogged(t, log, &handler.Funcs{
			Start: func(e *handler.Event) {
				links(t, n, "nowhere")(e)
				var err error
				timer, err = e.Container().Schedule(time.Hour, nil)
				require.NoError(t, err)
			},
			LinkClosed: func(*handler.Event) {
				log.changed(t, func(text string) bool { return strings.Contains(text, "link refused") }, func() { timer.Cancel() })
			},
		})
		require.ErrorContains(t, err, "no such node")
		lines := errorLines(log)
		require.Len(t, lines, 1)
		require.Contains(t, lines[0], `msg="link refused" connection=amqp://`)
		require.Contains(t, lines[0], "role=sender address=nowhere")
		require.Contains(t, lines[0], "peer="+n.ID())
	})
	t.Run("another is made in its place", func(t *testing.T) {
		n := listen(t, refusing("nowhere"))
		err := run(t, &handler.Funcs{
			Start: links(t, n, "nowhere"),
			LinkError: func(e *handler.Event) {
				_, err := e.Container().CreateSender(e.Connection(), "somewhere")
				require.NoError(t, err)
				e.Resolve()
			},
			Sendable: func(e *handler.Event) { sendOnce(t, e, text("x")) },
			Accepted: func(e *handler.Event) { e.Connection().Close() },
		})
		require.NoError(t, err)
	})
	t.Run("it is dealt with: the program goes on", func(t *testing.T) {
		n := listen(t, closing("q"))
		closed := make(chan *connection.Connection, 1)
		ended := make(chan error, 1)
		go func() {
			ended <- container.New(&handler.Funcs{
				Start:       links(t, n, "q"), //nolint:testifylint // the container runs beside the test, which waits for it
				LinkClosing: func(e *handler.Event) { e.Resolve() },
				LinkClosed:  func(e *handler.Event) { closed <- e.Connection() },
			}).Run(t.Context())
		}()
		conn := within(t, closed, "the end of the link")
		_, err := conn.OpenSession()
		require.NoError(t, err)
		conn.Close()
		require.NoError(t, within(t, ended, "the end"))
	})
	t.Run("other goroutines use the container", func(t *testing.T) {
		n := listen(t, refusing("nowhere"))
		log := new(logbook)
		started, ended := make(chan struct{}), make(chan error, 1)
		c := container.New(&handler.Funcs{Start: func(*handler.Event) { close(started) }}, container.Logger(log.logger()))
		conn, err := c.Connect(n.url)
		require.NoError(t, err)
		go func() { ended <- c.Run(context.Background()) }()
		within(t, started, "the start")
		for range 2 {
			_, err = c.CreateSender(conn, "nowhere")
			require.NoError(t, err, "the connection is there for whoever needs it")
			require.True(t, log.until(func() bool { return strings.Contains(log.text.String(), "no such node") }))
			log.change(func() { log.text.Reset() })
		}
		conn.Close()
		require.ErrorContains(t, within(t, ended, "the end"), "no such node")
	})
}

// What becomes of a message is told, if not to a handler then in the log.
func TestAnOutcomeThatNobodyTakesIsLogged(t *testing.T) {
	for state, settle := range map[string]func(e *handler.Event) error{
		"rejected": func(e *handler.Event) error { return e.Delivery().Reject(noSuchNode) },
		"released": func(e *handler.Event) error { return e.Delivery().Release() },
		"modified": func(e *handler.Event) error { return e.Delivery().Modify(true, true, nil) },
	} {
		t.Run(state, func(t *testing.T) {
			n := listen(t, &handler.Funcs{Message: func(e *handler.Event) { assert.NoError(t, settle(e)) }})
			log := new(logbook)
			require.NoError(t, runLogged(t, log, &handler.Funcs{
				Start:    links(t, n, "q"),
				Sendable: func(e *handler.Event) { sendOnce(t, e, text("x")) },
				LinkOpened: func(e *handler.Event) {
					conn := e.Connection()
					log.changed(t, func(text string) bool { return strings.Contains(text, state) }, func() { conn.Close() })
				},
			}))
			require.Contains(t, log.String(), `level=WARN msg="a message that was sent is `+state+`, and no handler takes that" connection=`+n.url)
			require.Contains(t, log.String(), "address=q")

			log = new(logbook)
			require.NoError(t, runLogged(t, log, &handler.Funcs{
				Start:    links(t, n, "q"),
				Sendable: func(e *handler.Event) { sendOnce(t, e, text("x")) },
				Settled:  func(e *handler.Event) { e.Connection().Close() },
			}))
			require.NotContains(t, log.String(), state, "a handler was told")
		})
	}
}

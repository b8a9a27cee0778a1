package container_test

import (
	"context"
	"errors"
	"io"
	"net"
	"testing"
	"testing/synctest"
	"time"

	"github.com/Azure/go-amqp"
	"github.com/cenkalti/backoff/v4"
	"github.com/stretchr/testify/require"

	"github.com/hadron-mq/hadron/connection"
	"github.com/hadron-mq/hadron/handler"
	"github.com/hadron-mq/hadron/internal/amqptest"
)

var errNobody = errors.New("nobody is there")

// silence answers no attempt.
func silence(int, string) (net.Conn, error) { return nil, errNobody }

// failures collects what OnTransportError shows, and closes the connection at the failure of this number.
type failures struct {
	t    *testing.T
	all  []*connection.TransportError
	last int
}

func (f *failures) take(e *handler.Event) {
	var failure *connection.TransportError
	require.ErrorAs(f.t, e.Err(), &failure)
	if f.all = append(f.all, failure); len(f.all) == f.last {
		e.Connection().Close()
	}
}

func (f *failures) next() (delays []time.Duration) {
	for _, failure := range f.all {
		delays = append(delays, failure.Next)
	}
	return delays
}

func TestTheScheduleOfAttempts(t *testing.T) {
	bubble(t, func(t *testing.T, x *exchange) {
		x.answer = silence
		seen := failures{t: t, last: 12}
		require.NoError(t, x.run(&handler.Funcs{Start: connects(t, "amqp://somewhere"), TransportError: seen.take}))
		require.Equal(t, seconds(0, 0, 0.1, 0.3, 0.7, 1.5, 3.1, 6.3, 12.7, 22.7, 32.7, 42.7), x.when())
		require.Equal(t, seconds(0, 0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 10, 10, 10, 10), seen.next())
		for i, failure := range seen.all {
			require.Equal(t, i+1, failure.Attempt)
			require.Equal(t, "amqp://somewhere:5672", failure.URL)
			require.ErrorIs(t, failure, errNobody)
		}
		require.EqualError(t, seen.all[2], "connection: amqp://somewhere:5672: dialling: nobody is there (attempt 3, the next in 200ms)")
	})
}

func TestEachURLIsTriedBeforeTheDelay(t *testing.T) {
	bubble(t, func(t *testing.T, x *exchange) {
		x.answer = silence
		seen := failures{t: t, last: 9}
		require.NoError(t, x.run(&handler.Funcs{
			Start:          connects(t, "", connection.URLs("amqp://a", "amqp://b:1", "amqp://c")),
			TransportError: seen.take,
		}))
		require.Equal(t, []string{"a:5672", "b:1", "c:5672", "a:5672", "b:1", "c:5672", "a:5672", "b:1", "c:5672"}, x.where())
		require.Equal(t, seconds(0, 0, 0, 0, 0, 0, 0.1, 0.1, 0.1), x.when())
		require.Equal(t, seconds(0, 0, 0, 0, 0, 0.1, 0, 0, 0.2), seen.next())
		require.Equal(t, "amqp://b:1", seen.all[1].URL)
	})
}

func TestAPolicyOfOnesOwn(t *testing.T) {
	bubble(t, func(t *testing.T, x *exchange) {
		x.answer = silence
		policy := backoff.WithMaxRetries(backoff.NewConstantBackOff(7*time.Second), 3)
		err := x.run(&handler.Funcs{Start: connects(t, "amqp://somewhere", connection.Reconnect(policy))})
		require.Equal(t, seconds(0, 7, 14, 21), x.when())
		var failure *connection.TransportError
		require.ErrorAs(t, err, &failure)
		require.Equal(t, 4, failure.Attempt)
		require.Negative(t, failure.Next, "there is no other")
		require.ErrorContains(t, err, "attempt 4, the last")
	})
}

// A policy that ends after some time counts from the request to connect, not from when it was made.
func TestAPolicyWithATimeLimit(t *testing.T) {
	bubble(t, func(t *testing.T, x *exchange) {
		x.answer = silence
		policy := backoff.NewExponentialBackOff(backoff.WithInitialInterval(time.Second), backoff.WithMultiplier(1),
			backoff.WithRandomizationFactor(0), backoff.WithMaxElapsedTime(3500*time.Millisecond))
		err := x.run(&handler.Funcs{
			Start: func(e *handler.Event) { _, _ = e.Container().Schedule(time.Hour, nil) },
			Timer: connects(t, "amqp://somewhere", connection.Reconnect(policy)),
		})
		require.ErrorContains(t, err, "attempt 4, the last")
		require.Len(t, x.attempts(), 4)
	})
}

func TestNoReconnect(t *testing.T) {
	t.Run("one attempt at each URL", func(t *testing.T) {
		bubble(t, func(t *testing.T, x *exchange) {
			x.answer = silence
			seen := failures{t: t}
			require.ErrorIs(t, x.run(&handler.Funcs{
				Start:          connects(t, "", connection.URLs("amqp://a", "amqp://b"), connection.NoReconnect()),
				TransportError: seen.take,
			}), errNobody)
			require.Equal(t, []string{"a:5672", "b:5672"}, x.where())
			require.Equal(t, []time.Duration{0, -1}, seen.next())
		})
	})
	t.Run("a connection that is lost is gone", func(t *testing.T) {
		bubble(t, func(t *testing.T, x *exchange) {
			x.plays(func(p *amqptest.Peer) { p.AnswerOpen(nil) })
			var j journal
			err := x.run(j.handler(handler.Funcs{Start: connects(t, "amqp://a", connection.NoReconnect())}))
			require.ErrorIs(t, err, io.EOF)
			require.Equal(t, []string{"Start", "ConnectionOpened", "TransportError", "Disconnected", "Stop"}, j.all())
		})
	})
	t.Run("and the error is Run's", func(t *testing.T) {
		bubble(t, func(t *testing.T, x *exchange) {
			x.plays(func(p *amqptest.Peer) { p.AnswerOpen(nil) })
			err := x.run(&handler.Funcs{Start: connects(t, "amqp://a", connection.NoReconnect())})
			var failure *connection.TransportError
			require.ErrorAs(t, err, &failure)
			require.Zero(t, failure.Attempt)
			require.ErrorContains(t, err, "connection: amqp://a:5672: lost: ")
		})
	})
}

func TestAURLAndAList(t *testing.T) {
	bubble(t, func(t *testing.T, x *exchange) {
		x.answer = silence
		require.NoError(t, x.run(&handler.Funcs{Start: func(e *handler.Event) {
			_, err := e.Container().Connect("amqp://u:secret@a", connection.URLs("amqp://b"))
			require.EqualError(t, err, `connection: to "amqp://u@a:5672": a list of URLs is given too`)
			_, err = e.Container().Connect("", connection.URLs("amqp://a", "nonsense://b"))
			var wrong *connection.URLError
			require.ErrorAs(t, err, &wrong)
		}}))
		require.Empty(t, x.attempts())
	})
}

func TestRetryIf(t *testing.T) {
	bubble(t, func(t *testing.T, x *exchange) {
		x.answer = silence
		var asked []error
		err := x.run(&handler.Funcs{Start: connects(t, "amqp://a", connection.RetryIf(func(err error) bool {
			asked = append(asked, err)
			return len(asked) < 3
		}))})
		require.ErrorContains(t, err, "attempt 3, the last")
		require.Len(t, asked, 3)
		for _, err := range asked {
			require.ErrorIs(t, err, errNobody)
		}
	})
}

func TestURLsAreChangedOnTheWay(t *testing.T) {
	bubble(t, func(t *testing.T, x *exchange) {
		x.answer = silence
		seen := failures{t: t, last: 5}
		require.NoError(t, x.run(&handler.Funcs{
			Start: connects(t, "amqp://a"),
			TransportError: func(e *handler.Event) {
				if seen.take(e); len(seen.all) == 2 {
					var wrong *connection.URLError
					require.ErrorAs(t, e.Connection().SetURLs("amqp://b", "no such://c"), &wrong)
					require.NoError(t, e.Connection().SetURLs("amqp://b", "amqp://c"))
				}
			},
		}))
		require.Equal(t, []string{"a:5672", "a:5672", "b:5672", "c:5672", "b:5672"}, x.where())
		require.Equal(t, seconds(0, 0.1, 0, 0.2, 0), seen.next())
	})
}

// The time for connecting is one for all of it.
func TestTheConnectTimeout(t *testing.T) {
	steps := map[string]func(p *amqptest.Peer){
		"header": func(p *amqptest.Peer) { p.ExpectHeader(amqptest.HeaderSASL); p.ExpectEOF("in vain") },
		"login": func(p *amqptest.Peer) {
			p.ExpectHeader(amqptest.HeaderSASL)
			p.SendHeader(amqptest.HeaderSASL)
			p.ExpectEOF("in vain")
		},
		"open": func(p *amqptest.Peer) {
			p.AnswerSASL("ANONYMOUS")
			p.ExpectHeader(amqptest.HeaderAMQP)
			p.SendHeader(amqptest.HeaderAMQP)
			p.Expect("open", f(0, "open", nil))
			p.ExpectEOF("in vain")
		},
		"TLS": func(p *amqptest.Peer) { _, _ = io.Copy(io.Discard, p.Conn()) },
	}
	for step, script := range steps {
		t.Run(step, func(t *testing.T) {
			bubble(t, func(t *testing.T, x *exchange) {
				x.plays(script, script)
				url := "amqp://a"
				if step == "TLS" {
					url = "amqps://a"
				}
				seen := failures{t: t, last: 2}
				require.NoError(t, x.run(&handler.Funcs{
					Start:          connects(t, url, connection.ConnectTimeout(4*time.Second), connection.SASLEnabled(true)),
					TransportError: seen.take,
				}))
				require.Equal(t, seconds(0, 4), x.when())
				require.Equal(t, 8*time.Second, time.Since(x.began))
				for _, failure := range seen.all {
					require.ErrorIs(t, failure, context.DeadlineExceeded)
					require.ErrorContains(t, failure, "not open within 4s")
				}
			})
		})
	}
	t.Run("dialling", func(t *testing.T) {
		bubble(t, func(t *testing.T, x *exchange) {
			c := x.container(&handler.Funcs{
				Start: connects(t, "amqp://a", connection.ConnectTimeout(4*time.Second), connection.NoReconnect(),
					connection.Dialer(func(ctx context.Context, _, _ string) (net.Conn, error) {
						<-ctx.Done() // as a dialer does that nobody answers
						return nil, ctx.Err()
					})),
			})
			require.ErrorIs(t, x.runIt(c), context.DeadlineExceeded)
			require.Equal(t, 4*time.Second, time.Since(x.began))
		})
	})
}

// What is there to wait for ends at once, and nothing is dialled afterwards.
func TestAWaitingReconnectEnds(t *testing.T) {
	for name, end := range map[string]func(e *handler.Event, conn *connection.Connection, cancel func()){
		"by Close":   func(_ *handler.Event, conn *connection.Connection, _ func()) { conn.Close() },
		"by Stop":    func(e *handler.Event, _ *connection.Connection, _ func()) { e.Container().Stop() },
		"by context": func(_ *handler.Event, _ *connection.Connection, cancel func()) { cancel() },
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T, x *exchange) {
				x.answer = silence
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				var conn *connection.Connection
				var released []string
				c := x.container(&handler.Funcs{
					Start: func(e *handler.Event) {
						var err error
						conn, err = e.Container().Connect("amqp://a")
						require.NoError(t, err)
						s, err := e.Container().CreateSender(conn, "q")
						require.NoError(t, err)
						_, err = s.Send(amqp.NewMessage([]byte("waits")))
						require.NoError(t, err)
					},
					TransportError: func(e *handler.Event) {
						failure := e.Err().(*connection.TransportError)
						if failure.Next == 10*time.Second { // 3 s later, amid the waiting
							_, _ = e.Container().Schedule(3*time.Second, nil)
						}
					},
					Timer:    func(e *handler.Event) { end(e, conn, cancel) },
					Released: func(e *handler.Event) { released = append(released, e.Sender().Name()) },
				})
				require.NoError(t, c.Run(ctx))
				require.Equal(t, 12700*time.Millisecond+3*time.Second, time.Since(x.began))
				require.Len(t, x.attempts(), 9)
				require.Len(t, released, 1, "what never left")
				synctest.Wait()
			})
		})
	}
}

// A peer that opens and closes at once has done no work: the delays go on to grow.
func TestAPeerThatOpensAndClosesIsNotHammered(t *testing.T) {
	bubble(t, func(t *testing.T, x *exchange) {
		x.answer = func(n int, _ string) (net.Conn, error) {
			return x.peer(func(p *amqptest.Peer) {
				p.AnswerOpen(nil)
				if n%2 == 0 { // without a word, or with one
					return
				}
				p.Send(f(0, "close", m{"error": amqptest.D{Name: "error", Fields: m{"condition": "amqp:connection:forced"}}}))
				p.Await("answered", f(0, "close", nil))
			})
		}
		var lost []string
		require.NoError(t, x.run(&handler.Funcs{
			Start: connects(t, "amqp://a"),
			Disconnected: func(e *handler.Event) {
				if e.Err() != nil {
					lost = append(lost, e.Err().Error())
				}
				if len(lost) == 10 {
					e.Connection().Close()
				}
			},
		}))
		require.Equal(t, seconds(0, 0, 0.1, 0.3, 0.7, 1.5, 3.1, 6.3, 12.7, 22.7), x.when())
		require.Contains(t, lost[0], "EOF")
		require.Contains(t, lost[1], "amqp:connection:forced")
	})
}

// A quiet connection that lasted is no worse than one that carried a message.
func TestAQuietConnectionThatLasted(t *testing.T) {
	bubble(t, func(t *testing.T, x *exchange) {
		x.answer = func(int, string) (net.Conn, error) {
			return x.peer(func(p *amqptest.Peer) {
				p.AnswerOpen(nil)
				<-time.After(time.Hour) // of the bubble's time
			})
		}
		lost := 0
		require.NoError(t, x.run(&handler.Funcs{
			Start: connects(t, "amqp://a"),
			Disconnected: func(e *handler.Event) {
				if lost++; lost == 4 {
					e.Connection().Close()
				}
			},
		}))
		require.Equal(t, seconds(0, 3600, 7200, 10800), x.when())
	})
}

// A policy that is given for all connections is used for each by itself.
func TestAPolicyOfSeveralConnections(t *testing.T) {
	bubble(t, func(t *testing.T, x *exchange) {
		x.answer = silence
		policy := connection.Reconnect(backoff.WithMaxRetries(backoff.NewConstantBackOff(7*time.Second), 2))
		require.ErrorIs(t, x.run(&handler.Funcs{Start: func(e *handler.Event) {
			for _, url := range []string{"amqp://a", "amqp://b", "amqp://c"} {
				_, err := e.Container().Connect(url, policy)
				require.NoError(t, err)
			}
		}}), errNobody)
		require.Equal(t, seconds(0, 0, 0, 7, 7, 7, 14, 14, 14), x.when())
	})
}

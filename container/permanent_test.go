package container_test

import (
	"testing"

	"github.com/Azure/go-amqp"
	"github.com/stretchr/testify/require"

	"github.com/hadron-mq/hadron/connection"
	"github.com/hadron-mq/hadron/handler"
	"github.com/hadron-mq/hadron/internal/amqptest"
	"github.com/hadron-mq/hadron/sasl"
)

// told is an error as a peer puts it into a frame.
func told(condition string, info m) amqptest.D {
	return amqptest.D{Name: "error", Fields: m{"condition": condition, "description": "so it is", "info": info}}
}

// permanent are peers that will do no better next time, and what is said of them.
var permanent = map[string]struct {
	opts   []connection.Option
	script func(p *amqptest.Peer)
	is     error
	says   string
}{
	"a refused login": {
		opts: []connection.Option{connection.SASLEnabled(true), connection.User("u", "secret"), connection.AllowInsecureMechs(true)},
		script: func(p *amqptest.Peer) {
			p.ExpectHeader(amqptest.HeaderSASL)
			p.SendHeader(amqptest.HeaderSASL)
			p.Send(f(0, "sasl-mechanisms", m{"sasl-server-mechanisms": []string{"PLAIN"}}))
			p.Expect("log in", f(0, "sasl-init", m{"mechanism": "PLAIN"}))
			p.Send(f(0, "sasl-outcome", m{"code": 1}))
			p.ExpectEOF("no more")
		},
		is:   sasl.ErrAuthentication,
		says: "connection: amqp://a:5672: log in: sasl: logging in by PLAIN: login refused: are user and password right? (attempt 1, the last)",
	},
	"PLAIN in the clear, where that is not allowed": {
		opts: []connection.Option{connection.SASLEnabled(true), connection.User("u", "secret")},
		script: func(p *amqptest.Peer) {
			p.ExpectHeader(amqptest.HeaderSASL)
			p.SendHeader(amqptest.HeaderSASL)
			p.Send(f(0, "sasl-mechanisms", m{"sasl-server-mechanisms": []string{"PLAIN"}}))
			p.ExpectEOF("no more")
		},
		is:   sasl.ErrNoMechanism,
		says: `sasl: logging in: no mechanism in common; the server offers "PLAIN"`,
	},
	"a peer that goes on as if it were logged in": {
		opts: []connection.Option{connection.SASLEnabled(true)},
		script: func(p *amqptest.Peer) {
			p.ExpectHeader(amqptest.HeaderSASL)
			p.SendHeader(amqptest.HeaderSASL)
			p.Send(f(0, "sasl-outcome", m{"code": 0}))
			p.ExpectEOF("no more")
		},
		is:   sasl.ErrProtocol,
		says: "peer broke the SASL protocol",
	},
	"a peer that speaks HTTP": {
		script: func(p *amqptest.Peer) {
			p.ExpectHeader(amqptest.HeaderAMQP)
			p.SendBytes([]byte("HTTP/1.1 400 Bad Request\r\n\r\n"))
		},
		says: `connection: amqp://a:5672: protocol header "HTTP/1.1": not an AMQP 1.0 peer, but one that speaks HTTP: is it the right port? (attempt 1, the last)`,
	},
	"a malformed frame": {
		script: func(p *amqptest.Peer) {
			p.AnswerOpen(nil)
			p.SendBytes([]byte{0, 0, 0, 4, 2, 0, 0, 0})
			p.Await("told", f(0, "close", m{"error": amqptest.D{Name: "error", Fields: m{"condition": "amqp:connection:framing-error"}}}))
		},
		says: "connection: amqp://a:5672: lost: peer broke the protocol: frame size of 4, less than its header (amqp:connection:framing-error)",
	},
}

func TestWhatIsPermanentIsNotTriedAgain(t *testing.T) {
	for name, c := range permanent {
		t.Run(name, func(t *testing.T) {
			check := func(t *testing.T, err error) {
				if c.is != nil {
					require.ErrorIs(t, err, c.is)
				}
				require.ErrorContains(t, err, c.says)
				require.NotContains(t, err.Error(), "secret")
				require.NotContains(t, err.Error(), "\n", "one error")
			}
			t.Run("in Run's error", func(t *testing.T) {
				bubble(t, func(t *testing.T, x *exchange) {
					x.plays(c.script)
					check(t, x.run(&handler.Funcs{Start: connects(t, "amqp://a", c.opts...)}))
				})
			})
			t.Run("in OnTransportError", func(t *testing.T) {
				bubble(t, func(t *testing.T, x *exchange) {
					x.plays(c.script)
					seen := failures{t: t}
					check(t, x.run(&handler.Funcs{Start: connects(t, "", append(c.opts, connection.URLs("amqp://a", "amqp://b"))...), TransportError: seen.take}))
					require.Len(t, seen.all, 1)
					require.Negative(t, seen.all[0].Next)
					check(t, seen.all[0])
				})
			})
		})
	}
}

// What a peer says when it closes decides whether it is asked again.
func TestWhatAPeerClosesWith(t *testing.T) {
	closes := func(condition string) func(p *amqptest.Peer) {
		return func(p *amqptest.Peer) {
			p.AnswerOpen(nil)
			p.Send(f(0, "close", m{"error": told(condition, nil)}))
			p.Await("answered", f(0, "close", nil))
		}
	}
	for condition, again := range map[string]bool{
		"amqp:connection:forced": true, "amqp:internal-error": true, "amqp:resource-limit-exceeded": true,
		"amqp:unauthorized-access": false, "amqp:not-allowed": false, "amqp:connection:framing-error": false, "acme:special": false,
	} {
		t.Run(condition, func(t *testing.T) {
			bubble(t, func(t *testing.T, x *exchange) {
				scripts := []func(p *amqptest.Peer){closes(condition)}
				if again {
					scripts = append(scripts, func(p *amqptest.Peer) {
						p.AnswerOpen(nil)
						p.Expect("enough", f(0, "close", nil))
						p.Send(f(0, "close", nil))
					})
				}
				x.plays(scripts...)
				var j journal
				err := x.run(j.handler(handler.Funcs{
					Start: connects(t, "amqp://a"),
					Disconnected: func(e *handler.Event) {
						if j.count("Disconnected") == 1 && again {
							var condition *amqp.Error
							require.ErrorAs(t, e.Err(), &condition)
						}
					},
					Reconnected: func(e *handler.Event) { e.Connection().Close() },
				}))
				want := []string{"Start", "ConnectionOpened", "ConnectionError", "ConnectionClosed", "Disconnected", "Stop"}
				if again {
					require.NoError(t, err)
					want = []string{"Start", "ConnectionOpened", "Disconnected", "Reconnected", "ConnectionClosed", "Disconnected", "Stop"}
				} else {
					require.ErrorContains(t, err, condition)
				}
				require.Equal(t, want, j.all())
			})
		})
	}
}

// A close without an error is a goodbye.
func TestAPeerThatSaysGoodbye(t *testing.T) {
	bubble(t, func(t *testing.T, x *exchange) {
		x.plays(func(p *amqptest.Peer) {
			p.AnswerOpen(nil)
			p.Send(f(0, "close", nil))
			p.Expect("answered", f(0, "close", nil))
		})
		require.NoError(t, x.run(&handler.Funcs{Start: connects(t, "amqp://a")}))
	})
}

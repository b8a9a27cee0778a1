package container_test

import (
	"testing"
	"time"

	"github.com/Azure/go-amqp"
	"github.com/cenkalti/backoff/v4"
	"github.com/stretchr/testify/require"

	"github.com/hadron-mq/hadron/connection"
	"github.com/hadron-mq/hadron/delivery"
	"github.com/hadron-mq/hadron/handler"
	"github.com/hadron-mq/hadron/internal/amqptest"
)

// redirects is a peer that opens and sends the client elsewhere.
func redirects(to m) func(p *amqptest.Peer) {
	return func(p *amqptest.Peer) {
		p.AnswerOpen(nil)
		p.Send(f(0, "close", m{"error": told("amqp:connection:redirect", to)}))
		p.Await("answered", f(0, "close", nil))
	}
}

// welcomes is a peer that opens under this name, and closes when the client does.
func welcomes(hostname string) func(p *amqptest.Peer) {
	return func(p *amqptest.Peer) {
		open := p.AnswerOpen(nil)
		if hostname != "" && open.Fields["hostname"] != hostname {
			p.Expect("hostname "+hostname, open)
		}
		p.Await("enough", f(0, "close", nil))
		p.Send(f(0, "close", nil))
	}
}

// closer closes a connection that is open for the second time.
func closer() *handler.Funcs {
	return &handler.Funcs{Reconnected: func(e *handler.Event) { e.Connection().Close() }}
}

func TestARedirectIsFollowed(t *testing.T) {
	bubble(t, func(t *testing.T, x *exchange) {
		x.plays(redirects(m{"network-host": "b", "port": uint16(7000), "hostname": "virtual"}), redirects(m{"network-host": "c", "port": uint16(7001)}), welcomes("c"))
		h := closer()
		h.Start = connects(t, "amqp://a")
		opened := 0
		h.Reconnected = func(e *handler.Event) {
			if opened++; opened == 2 {
				e.Connection().Close()
			}
		}
		require.NoError(t, x.run(h))
		require.Equal(t, []string{"a:5672", "b:7000", "c:7001"}, x.where())
		require.Equal(t, seconds(0, 0, 0), x.when(), "at once")
	})
}

func TestAVirtualHostOfARedirect(t *testing.T) {
	bubble(t, func(t *testing.T, x *exchange) {
		x.plays(redirects(m{"network-host": "b", "port": uint16(7000), "hostname": "virtual"}), welcomes("virtual"))
		h := closer()
		h.Start = connects(t, "amqp://a")
		require.NoError(t, x.run(h))
	})
}

func TestWhereARedirectIsNotFollowed(t *testing.T) {
	for name, c := range map[string]struct {
		to   m
		opts []connection.Option
	}{
		"nowhere":             {to: m{"port": uint16(1)}},
		"a port that is no":   {to: m{"network-host": "b", "port": uint32(70000)}},
		"a scheme that is no": {to: m{"network-host": "b", "scheme": "gopher"}},
		"a socket":            {to: m{"network-host": "b", "scheme": "unix"}},
		"no reconnect":        {to: m{"network-host": "b"}, opts: []connection.Option{connection.NoReconnect()}},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T, x *exchange) {
				x.plays(redirects(c.to))
				err := x.run(&handler.Funcs{Start: connects(t, "amqp://a", c.opts...)})
				var condition *amqp.Error
				require.ErrorAs(t, err, &condition)
				require.Equal(t, amqp.ErrCondConnectionRedirect, condition.Condition)
			})
		})
	}
}

func TestRedirectsWithoutEnd(t *testing.T) {
	bubble(t, func(t *testing.T, x *exchange) {
		there, back := redirects(m{"network-host": "b"}), redirects(m{"network-host": "a"})
		x.plays(there, back, there, back, there, back, there, back, there)
		err := x.run(&handler.Funcs{Start: connects(t, "amqp://a")})
		var condition *amqp.Error
		require.ErrorAs(t, err, &condition)
		require.Equal(t, amqp.ErrCondConnectionRedirect, condition.Condition)
		require.Equal(t, time.Duration(0), time.Since(x.began))
	})
}

// A place that is not there, or that is lost, is given up for what was known before, with the delays of the policy.
func TestARedirectToAPlaceThatFails(t *testing.T) {
	bubble(t, func(t *testing.T, x *exchange) {
		away := redirects(m{"network-host": "b"})
		scripts := []func(p *amqptest.Peer){away, nil, away, func(p *amqptest.Peer) { p.AnswerOpen(nil) }, away, nil, welcomes("a")}
		x.plays(scripts...)
		for i, s := range scripts {
			if s == nil {
				scripts[i] = func(*amqptest.Peer) {}
			}
		}
		n := 0
		require.NoError(t, x.run(&handler.Funcs{Start: connects(t, "amqp://a"), Reconnected: func(e *handler.Event) {
			if n++; n == 4 {
				e.Connection().Close()
			}
		}}))
		require.Equal(t, []string{"a:5672", "b:5672", "a:5672", "b:5672", "a:5672", "b:5672", "a:5672"}, x.where())
		require.Equal(t, seconds(0, 0, 0, 0, 0.1, 0.1, 0.3), x.when())
	})
}

// A peer's failover list adds places to our own, which are tried after them.
func TestAFailoverListIsLearned(t *testing.T) {
	list := amqptest.List{
		amqptest.Map{{amqptest.Symbol("network-host"), "b"}, {amqptest.Symbol("port"), uint16(7000)}},
		amqptest.Map{{amqptest.Symbol("hostname"), "c"}, {amqptest.Symbol("scheme"), "amqps"}},
		amqptest.Map{{amqptest.Symbol("port"), uint16(7000)}},                                         // nowhere
		amqptest.Map{{amqptest.Symbol("network-host"), "a"}, {amqptest.Symbol("port"), uint16(5672)}}, // known
		amqptest.Map{{amqptest.Symbol("network-host"), "b"}, {amqptest.Symbol("port"), uint16(7000)}}, // twice
		"nonsense",
	}
	bubble(t, func(t *testing.T, x *exchange) {
		scripts := []func(p *amqptest.Peer){func(p *amqptest.Peer) { p.AnswerOpen(m{"properties": m{"failover-server-list": list}}) }}
		for range 7 {
			scripts = append(scripts, func(p *amqptest.Peer) {})
		}
		x.plays(scripts...)
		seen := failures{t: t, last: 7}
		require.NoError(t, x.run(&handler.Funcs{
			Start: connects(t, "", connection.URLs("amqp://a", "amqp://z"), connection.RetryIf(func(error) bool { return true })), TransportError: seen.take}))
		require.Equal(t, []string{"a:5672", "a:5672", "z:5672", "b:7000", "c:5671", "a:5672", "z:5672", "b:7000"}, x.where())
		require.Equal(t, seconds(0, 0, 0, 0, 0, 0.1, 0.1, 0.1), x.when())
	})
}

// worker sends one message a step on a sender to "q", which the peer moves about.
type worker struct {
	t      *testing.T
	script []string // what happened
	opts   []connection.Option
	sent   *delivery.Delivery
	last   func(w *worker, e *handler.Event)
}

func (w *worker) handler() *handler.Funcs {
	note := func(what string) { w.script = append(w.script, what) }
	var conn *connection.Connection
	return &handler.Funcs{
		Start: func(e *handler.Event) {
			var err error
			conn, err = e.Container().Connect("amqp://a", w.opts...)
			require.NoError(w.t, err)
			s, err := e.Container().CreateSender(conn, "q")
			require.NoError(w.t, err)
			w.sent, err = s.Send(amqp.NewMessage([]byte("x")))
			require.NoError(w.t, err)
		},
		ConnectionOpened: func(*handler.Event) { note("connection") },
		SessionOpened:    func(*handler.Event) { note("session") },
		LinkOpened: func(e *handler.Event) {
			require.Same(w.t, conn, e.Connection(), "the one that the application made")
			note("link to " + e.Sender().Address())
		},
		Reconnected: func(e *handler.Event) {
			if e.Sender() == nil {
				note("all is back")
				return
			}
			require.Same(w.t, conn, e.Connection())
			note("back at " + e.Sender().Address())
		},
		Accepted: func(e *handler.Event) {
			require.Same(w.t, w.sent, e.Delivery())
			note("accepted")
			w.last(w, e)
		},
		LinkError:    func(e *handler.Event) { note("error"); w.last(w, e) },
		LinkClosed:   func(*handler.Event) { note("closed") },
		Released:     func(*handler.Event) { note("released") },
		Disconnected: func(*handler.Event) { note("disconnected") },
	}
}

func closes(_ *worker, e *handler.Event) { e.Connection().Close() }

// attached plays a peer's side of a session with one sender, up to its attach to an address.
func attached(p *amqptest.Peer, address string) {
	p.AnswerOpen(nil)
	p.Expect("a session", f(0, "begin", nil))
	p.Send(f(0, "begin", m{"remote-channel": 0, "next-outgoing-id": 0, "incoming-window": 100, "outgoing-window": 100}))
	attachedTo(p, address)
}

func attachedTo(p *amqptest.Peer, address string) {
	a := p.Expect("a sender", f(0, "attach", m{"role": false, "target": amqptest.D{Name: "target", Fields: m{"address": address}}}))
	p.Send(f(0, "attach", m{"name": a.Fields["name"], "role": true, "handle": 0, "target": amqptest.D{Name: "target", Fields: m{"address": address}},
		"source": amqptest.D{Name: "source"}}))
}

// accepts gives credit for a message, takes it, and waits for the end.
func accepts(p *amqptest.Peer) {
	p.Send(f(0, "flow", m{"next-incoming-id": 0, "incoming-window": 100, "next-outgoing-id": 0, "outgoing-window": 100,
		"handle": 0, "delivery-count": 0, "link-credit": 1}))
	d := p.Expect("the message", f(0, "transfer", nil))
	p.Send(f(0, "disposition", m{"role": true, "first": d.Fields["delivery-id"], "settled": true, "state": amqptest.D{Name: "accepted"}}))
}

func ends(p *amqptest.Peer) {
	p.Await("enough", f(0, "close", nil))
	p.Send(f(0, "close", nil))
}

func elsewhere(to m) amqptest.Frame {
	return f(0, "detach", m{"handle": 0, "closed": true, "error": told("amqp:link:redirect", to)})
}

// moves sends the link elsewhere.
func moves(p *amqptest.Peer, to m) {
	p.Send(elsewhere(to))
	p.Await("answered", f(0, "detach", m{"closed": true}))
}

func TestALinkIsRedirectedOnItsConnection(t *testing.T) {
	bubble(t, func(t *testing.T, x *exchange) {
		x.plays(func(p *amqptest.Peer) {
			attached(p, "q")
			moves(p, m{"address": "q2"})
			attachedTo(p, "q2")
			moves(p, m{"address": "q3", "network-host": "a", "port": uint16(5672)}) // the same place
			attachedTo(p, "q3")
			accepts(p)
			ends(p)
		})
		w := worker{t: t, last: closes}
		require.NoError(t, x.run(w.handler()))
		require.Equal(t, []string{"connection", "session", "link to q", "back at q2", "back at q3", "accepted", "disconnected"}, w.script)
	})
}

func TestALinkIsRedirectedElsewhere(t *testing.T) {
	bubble(t, func(t *testing.T, x *exchange) {
		x.plays(func(p *amqptest.Peer) {
			attached(p, "q")
			moves(p, m{"address": "q2", "network-host": "b", "port": uint16(7000)})
			ends(p)
		}, func(p *amqptest.Peer) {
			attached(p, "q2")
			accepts(p)
			ends(p)
		})
		w := worker{t: t, last: closes}
		require.NoError(t, x.run(w.handler()))
		require.Equal(t, []string{"a:5672", "b:7000"}, x.where())
		require.Equal(t, []string{"connection", "session", "link to q", "back at q2", "accepted", "disconnected"}, w.script)
	})
}

// The connection that a link was sent to is lost: the link goes back to where it was sent from, and may be sent away again.
func TestALinkComesBack(t *testing.T) {
	bubble(t, func(t *testing.T, x *exchange) {
		x.plays(func(p *amqptest.Peer) {
			attached(p, "q")
			moves(p, m{"address": "q2", "network-host": "b"})
			attachedTo(p, "q")
			moves(p, m{"address": "q3", "network-host": "c"})
			attachedTo(p, "q")
			accepts(p)
			ends(p)
		}, func(p *amqptest.Peer) {
			attached(p, "q2")
		}, func(p *amqptest.Peer) {
			attached(p, "q3")
			p.Send(f(0, "close", m{"error": told("amqp:connection:forced", nil)}))
			p.Await("answered", f(0, "close", nil))
		})
		w := worker{t: t, last: closes}
		require.NoError(t, x.run(w.handler()))
		require.Equal(t, []string{"a:5672", "b:5672", "c:5672"}, x.where())
		require.Equal(t, []string{"connection", "session", "link to q", "back at q2", "back at q", "back at q3", "back at q", "accepted", "disconnected"}, w.script)
		require.Equal(t, 100*time.Millisecond, time.Since(x.began), "the policy's delays: none, and the first")
	})
}

// A place that will do no better ends the link, and only that.
func TestALinkIsRedirectedToNoGood(t *testing.T) {
	says := map[string]string{"no AMQP": "not an AMQP 1.0 peer", "not allowed": "amqp:not-allowed"}
	for name, script := range map[string]func(p *amqptest.Peer){
		"no AMQP": func(p *amqptest.Peer) {
			p.ExpectHeader(amqptest.HeaderAMQP)
			p.SendBytes([]byte("HTTP/1.1 400 Bad Request\r\n\r\n"))
		},
		"not allowed": func(p *amqptest.Peer) {
			p.AnswerOpen(nil)
			p.Send(f(0, "close", m{"error": told("amqp:not-allowed", nil)}))
			p.Await("answered", f(0, "close", nil))
		},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T, x *exchange) {
				x.plays(func(p *amqptest.Peer) {
					attached(p, "q")
					moves(p, m{"network-host": "b"})
					ends(p)
				}, script)
				w := worker{t: t, last: func(*worker, *handler.Event) {}}
				h := w.handler()
				closed := h.LinkClosed
				h.LinkClosed = func(e *handler.Event) { closed(e); e.Connection().Close() }
				require.ErrorContains(t, x.run(h), says[name])
				require.Equal(t, []string{"connection", "session", "link to q", "error", "released", "closed", "disconnected"}, w.script)
			})
		})
	}
}

func TestALinkIsRedirectedWithoutEnd(t *testing.T) {
	bubble(t, func(t *testing.T, x *exchange) {
		x.plays(func(p *amqptest.Peer) {
			attached(p, "q")
			for range 8 {
				moves(p, m{"address": "q"})
				attachedTo(p, "q")
			}
			p.Send(elsewhere(m{"address": "q"}))
			ends(p)
		})
		w := worker{t: t, last: closes}
		require.ErrorContains(t, x.run(w.handler()), "amqp:link:redirect")
		require.Contains(t, w.script, "error")
	})
}

func TestALinkRedirectedToNowhereEndsInAnError(t *testing.T) {
	bubble(t, func(t *testing.T, x *exchange) {
		x.plays(func(p *amqptest.Peer) {
			attached(p, "q")
			p.Send(elsewhere(m{"port": uint16(5)}))
			ends(p)
		})
		w := worker{t: t, last: closes, opts: []connection.Option{connection.Reconnect(backoff.NewConstantBackOff(0))}}
		require.ErrorContains(t, x.run(w.handler()), "amqp:link:redirect")
		require.Equal(t, []string{"connection", "session", "link to q", "error"}, w.script[:4])
	})
}

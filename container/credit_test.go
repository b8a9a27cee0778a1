package container_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/hadron-mq/hadron/connection"
	"github.com/hadron-mq/hadron/handler"
	"github.com/hadron-mq/hadron/internal/amqptest"
	"github.com/hadron-mq/hadron/receiver"
	"github.com/hadron-mq/hadron/sender"
)

// play runs a handler against a scripted listener.
func play(t *testing.T, script func(p *amqptest.Peer), then func(e *handler.Event, conn *connection.Connection), h *handler.Funcs, opts ...connection.Option) error {
	t.Helper()
	url := amqptest.Serve(t, script)
	h.Start = func(e *handler.Event) {
		conn, err := e.Container().Connect(url, append([]connection.Option{connection.SASLEnabled(false), connection.NoReconnect()}, opts...)...)
		require.NoError(t, err)
		then(e, conn)
	}
	return run(t, h)
}

// answerSession plays a listener's side up to the client's session.
func answerSession(p *amqptest.Peer) {
	p.AnswerOpen(nil)
	p.Expect("the client begins", f(0, "begin", nil))
	p.Send(f(0, "begin", m{"remote-channel": 0, "next-outgoing-id": 0, "incoming-window": 10000, "outgoing-window": 10000}))
}

// answerReceiver plays it up to the client's receiver.
func answerReceiver(p *amqptest.Peer) {
	answerSession(p)
	attach := p.Expect("the client's receiver", f(0, "attach", m{"role": true, "handle": 0}))
	p.Send(f(0, "attach", m{"name": attach.Fields["name"], "handle": 0, "role": false, "source": attach.Fields["source"], "initial-delivery-count": 0}))
}

// answerSender plays it up to the client's sender, and gives it credit.
func answerSender(p *amqptest.Peer, credit int) {
	answerSession(p)
	attach := p.Expect("the client's sender", f(0, "attach", m{"role": false, "handle": 0}))
	p.Send(f(0, "attach", m{"name": attach.Fields["name"], "handle": 0, "role": true, "target": attach.Fields["target"]}))
	if credit > 0 {
		p.Send(give(0, credit))
	}
}

// give gives credit for a client's sender.
func give(count, credit int) amqptest.Frame {
	return f(0, "flow", m{"next-incoming-id": count, "incoming-window": 10000, "next-outgoing-id": 0, "outgoing-window": 10000,
		"handle": 0, "delivery-count": count, "link-credit": credit})
}

// transfer is a message in one frame.
func transfer(id int, fields m, sections ...any) amqptest.Frame {
	all := m{"handle": 0, "delivery-id": id, "delivery-tag": []byte{byte(id)}, "message-format": 0}
	for name, v := range fields {
		all[name] = v
	}
	return f(0, "transfer", all, amqptest.Sections(sections...))
}

// value is the section of a body that is one value.
func value(v any) amqptest.D { return amqptest.D{Name: "amqp-value", Value: v} }

// expectEnd plays the end of a conversation that the client closes.
func expectEnd(p *amqptest.Peer) {
	p.Await("the client closes", f(0, "close", m{"error": nil}))
	p.Send(f(0, "close", nil))
	p.ExpectEOF("nothing more")
}

func receive(t *testing.T, opts ...receiver.Option) func(e *handler.Event, conn *connection.Connection) {
	return func(e *handler.Event, conn *connection.Connection) {
		_, err := e.Container().CreateReceiver(conn, "q", opts...)
		require.NoError(t, err)
	}
}

func send(t *testing.T, opts ...sender.Option) func(e *handler.Event, conn *connection.Connection) {
	return func(e *handler.Event, conn *connection.Connection) {
		_, err := e.Container().CreateSender(conn, "q", opts...)
		require.NoError(t, err)
	}
}

func accepted() amqptest.D { return amqptest.D{Name: "accepted"} }

func TestPrefetchWindow(t *testing.T) {
	got := 0
	require.NoError(t, play(t, func(p *amqptest.Peer) {
		answerReceiver(p)
		p.Expect("the whole window at once", f(0, "flow", m{"handle": 0, "delivery-count": 0, "link-credit": 4}))
		p.Send(transfer(0, nil, value("a")))
		p.Expect("accepted, settled", f(0, "disposition", m{"role": true, "first": 0, "settled": true, "state": accepted()}))
		p.Send(transfer(1, nil, value("b")))
		p.Expect("accepted, settled", f(0, "disposition", m{"first": 1, "role": true, "settled": true, "state": accepted()}))
		p.Expect("topped up when half of it is used", f(0, "flow", m{"handle": 0, "delivery-count": 2, "link-credit": 4}))
		p.Send(transfer(2, nil, value("c")), transfer(3, nil, value("d")), transfer(4, nil, value("e")))
		p.Expect("a turn's outcomes are one frame, also where it ends in a close", f(0, "disposition", m{"first": 2, "last": 4, "role": true, "settled": true, "state": accepted()}))
		expectEnd(p)
	}, receive(t, receiver.Credit(4)), &handler.Funcs{
		Message: func(e *handler.Event) {
			if got++; got == 5 {
				e.Connection().Close()
			}
		},
	}))
}

func TestTheWindowHoldsWhatIsNotSettled(t *testing.T) {
	require.NoError(t, play(t, func(p *amqptest.Peer) {
		answerReceiver(p)
		p.Expect("the window", f(0, "flow", m{"handle": 0, "link-credit": 2}))
		p.Send(transfer(0, nil, value("a")), transfer(1, nil, value("b")))
		p.Expect("settled by the timer", f(0, "disposition", m{"role": true, "first": 0, "settled": true, "state": amqptest.D{Name: "released"}}))
		p.Expect("only then is there credit", f(0, "flow", m{"handle": 0, "delivery-count": 2, "link-credit": 1}))
		expectEnd(p)
	}, receive(t, receiver.Credit(2), receiver.ManualAccept()), &handler.Funcs{
		Message: func(e *handler.Event) {
			if e.Message().Value == "b" {
				return
			}
			d, conn := e.Delivery(), e.Connection()
			_, _ = e.Container().Schedule(0, &handler.Funcs{Timer: func(e *handler.Event) {
				require.NoError(t, d.Release())
				_, _ = e.Container().Schedule(0, &handler.Funcs{Timer: func(*handler.Event) { conn.Close() }})
			}})
		},
	}))
}

func TestManualCredit(t *testing.T) {
	var got []any
	require.NoError(t, play(t, func(p *amqptest.Peer) {
		answerReceiver(p)
		p.Expect("what the handler gave", f(0, "flow", m{"handle": 0, "delivery-count": 0, "link-credit": 3}))
		p.Send(transfer(0, nil, value("a")))
		p.Expect("accepted", f(0, "disposition", m{"first": 0, "role": true, "settled": true}))
		p.Send(transfer(1, nil, value("b")))
		p.Expect("accepted", f(0, "disposition", m{"first": 1, "role": true, "settled": true}))
		p.Expect("more is added to what is left; drained in the same turn", f(0, "flow", m{"handle": 0, "delivery-count": 2, "link-credit": 6, "drain": true}))
		p.Send(transfer(2, nil, value("c")), f(0, "flow", m{"next-incoming-id": 0, "incoming-window": 10, "next-outgoing-id": 3, "outgoing-window": 10,
			"handle": 0, "delivery-count": 8, "link-credit": 0, "available": 0, "drain": true}))
		p.Expect("accepted", f(0, "disposition", m{"first": 2, "role": true, "settled": true}))
		expectEnd(p)
	}, receive(t, receiver.ManualCredit()), &handler.Funcs{
		LinkOpened: func(e *handler.Event) {
			require.Zero(t, e.Receiver().Credit())
			e.Receiver().AddCredit(3)
		},
		Message: func(e *handler.Event) {
			if got = append(got, e.Message().Value); len(got) == 2 {
				require.Equal(t, 1, e.Receiver().Credit())
				e.Receiver().AddCredit(5)
				e.Receiver().Drain()
			}
		},
		Drained: func(e *handler.Event) {
			require.Zero(t, e.Receiver().Credit())
			require.Equal(t, []any{"a", "b", "c"}, got, "what there was came before")
			e.Connection().Close()
		},
	}))
}

func TestDrainBetweenHadrons(t *testing.T) {
	var draining []bool
	words := []string{"one", "two", "three"}
	producer := &handler.Funcs{
		Sendable: func(e *handler.Event) {
			draining = append(draining, e.Sender().Draining())
			if len(words) > 0 {
				_, err := e.Sender().Send(text(words[0]))
				require.NoError(t, err)
				words = words[1:]
			}
		},
	}
	n := listen(t, producer)
	var got []string
	require.NoError(t, run(t, &handler.Funcs{
		Start:      receiving(t, n, receiver.ManualCredit()),
		LinkOpened: func(e *handler.Event) { e.Receiver().AddCredit(10); e.Receiver().Drain() },
		Message:    func(e *handler.Event) { got = append(got, string(e.Message().GetData())) },
		Drained: func(e *handler.Event) {
			require.Equal(t, []string{"one", "two", "three"}, got, "one message a turn, and the drain waits for the last")
			e.Connection().Close()
		},
	}))
	require.NoError(t, n.stop())
	require.Contains(t, draining, true)
}

func TestDrainWithAWindow(t *testing.T) {
	drained := false
	n := listen(t, produce([]string{"one", "two"}, make(chan string, 2)))
	require.NoError(t, run(t, &handler.Funcs{
		Start:      receiving(t, n, receiver.Credit(1)),
		LinkOpened: func(e *handler.Event) { e.Receiver().Drain() },
		Drained:    func(e *handler.Event) { drained = true },
		Message: func(e *handler.Event) {
			if string(e.Message().GetData()) == "two" {
				require.True(t, drained, "the window is given again after the drain")
				e.Connection().Close()
			}
		},
	}))
}

func TestQueueLimit(t *testing.T) {
	var accepted []string
	require.NoError(t, play(t, func(p *amqptest.Peer) {
		answerSender(p, 0)
		p.Send(give(0, 2))
		p.Expect("queued messages go first, in order", f(0, "transfer", m{"delivery-id": 0}))
		p.Expect("the second", f(0, "transfer", m{"delivery-id": 1}))
		p.Send(f(0, "disposition", m{"role": true, "first": 0, "last": 1, "settled": true, "state": amqptest.D{Name: "accepted"}}))
		expectEnd(p)
	}, send(t, sender.QueueLimit(2)), &handler.Funcs{
		LinkOpened: func(e *handler.Event) {
			s := e.Sender()
			require.Zero(t, s.Credit())
			for _, word := range []string{"a", "b"} {
				d, err := s.Send(text(word))
				require.NoError(t, err)
				d.SetContext(word)
			}
			require.Equal(t, 2, s.Queued())
			_, err := s.Send(text("c"))
			require.ErrorIs(t, err, sender.ErrQueueFull)
			require.ErrorContains(t, err, `sender: send to "q": 2 messages`)
		},
		Accepted: func(e *handler.Event) {
			if accepted = append(accepted, e.Delivery().Context().(string)); len(accepted) == 2 {
				require.Zero(t, e.Sender().Queued())
				e.Connection().Close()
			}
		},
	}))
	require.Equal(t, []string{"a", "b"}, accepted)
}

func TestQueuedMessagesOfALinkThatCloses(t *testing.T) {
	for _, what := range []string{"link", "session", "connection", "peer"} {
		t.Run(what, func(t *testing.T) {
			n := listen(t, &handler.Funcs{
				LinkOpening: func(e *handler.Event) { _ = e.Receiver().Open(receiver.ManualCredit()) },
				LinkOpened: func(e *handler.Event) {
					if what == "peer" {
						e.Receiver().Close()
					}
				},
			})
			var released []any
			err := run(t, &handler.Funcs{
				Start: sending(t, n),
				LinkOpened: func(e *handler.Event) {
					for i := range 3 {
						d, err := e.Sender().Send(text("never leaves"))
						require.NoError(t, err)
						d.SetContext(i)
					}
					switch what {
					case "link":
						e.Sender().Close()
					case "session":
						e.Session().Close()
					case "connection":
						e.Connection().Close()
					}
					if what != "peer" {
						_, err := e.Sender().Send(text("too late"))
						require.ErrorIs(t, err, sender.ErrClosed)
						require.ErrorIs(t, err, connection.ErrClosed)
					}
				},
				Released: func(e *handler.Event) {
					if released = append(released, e.Delivery().Context()); len(released) == 3 {
						e.Connection().Close()
					}
				},
			})
			if what == "peer" {
				require.ErrorContains(t, err, "was closed by the peer")
			} else {
				require.NoError(t, err)
			}
			require.Equal(t, []any{0, 1, 2}, released, "no message is forgotten in silence")
		})
	}
}

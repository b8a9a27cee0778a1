package container_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/Azure/go-amqp"
	"github.com/stretchr/testify/require"

	"github.com/hadron-mq/hadron/connection"
	"github.com/hadron-mq/hadron/delivery"
	"github.com/hadron-mq/hadron/handler"
	"github.com/hadron-mq/hadron/internal/amqptest"
	"github.com/hadron-mq/hadron/receiver"
	"github.com/hadron-mq/hadron/sender"
)

// begins plays a peer's side up to a session.
func begins(p *amqptest.Peer) (open amqptest.Frame) {
	open = p.AnswerOpen(nil)
	p.Expect("a session", f(0, "begin", m{"remote-channel": nil}))
	p.Send(f(0, "begin", m{"remote-channel": 0, "next-outgoing-id": 0, "incoming-window": 100, "outgoing-window": 100}))
	return open
}

// answers takes a link's attach and answers it, and gives credit to a sender.
func answers(p *amqptest.Peer, why string, want m, source m, credit int) {
	a := p.Expect(why, f(0, "attach", want))
	sends, _ := a.Fields["role"].(bool)
	answer := m{"name": a.Fields["name"], "role": !sends, "handle": a.Fields["handle"], "source": amqptest.D{Name: "source", Fields: source},
		"target": a.Fields["target"]}
	if sends {
		answer["initial-delivery-count"] = 0
	}
	p.Send(f(0, "attach", answer))
	if credit > 0 {
		p.Send(f(0, "flow", m{"next-incoming-id": 0, "incoming-window": 100, "next-outgoing-id": 0, "outgoing-window": 100,
			"handle": a.Fields["handle"], "delivery-count": 0, "link-credit": credit}))
	}
}

// bodies wants messages with these bodies, and gives the delivery-id of the last.
func bodies(p *amqptest.Peer, want ...string) (last any) {
	for _, body := range want {
		last = p.Expect(body, f(0, "transfer", nil, amqptest.Sections(amqptest.D{Name: "data", Value: []byte(body)}))).Fields["delivery-id"]
	}
	return last
}

func acceptTo(p *amqptest.Peer, first int, last any) {
	p.Send(f(0, "disposition", m{"role": true, "first": first, "last": last, "settled": true, "state": amqptest.D{Name: "accepted"}}))
}

// What was sent and has no outcome is sent again, in order and before what waits, and its delivery is the same.
func TestWhatHasNoOutcomeIsSentAgain(t *testing.T) {
	bubble(t, func(t *testing.T, x *exchange) {
		x.plays(func(p *amqptest.Peer) {
			begins(p)
			answers(p, "the sender", m{"name": "out", "role": false}, nil, 3)
			bodies(p, "0", "1", "2")
			acceptTo(p, 1, 1) // and goes
		}, func(p *amqptest.Peer) {
			require.Equal(t, "client", begins(p).Fields["container-id"])
			answers(p, "the same sender", m{"name": "out", "role": false, "initial-delivery-count": 0}, nil, 10)
			last := bodies(p, "0", "2", "3", "4", "5")
			acceptTo(p, 0, last)
			ends(p)
		})
		var s *sender.Sender
		sent := make(map[*delivery.Delivery]int)
		var accepted []int
		var j journal
		send := func() {
			d, err := s.Send(amqp.NewMessage(fmt.Append(nil, len(sent))))
			require.NoError(t, err)
			sent[d] = len(sent)
		}
		require.NoError(t, x.run(j.handler(handler.Funcs{
			Start: func(e *handler.Event) {
				conn, err := e.Container().Connect("amqp://a")
				require.NoError(t, err)
				s, err = e.Container().CreateSender(conn, "q", sender.Name("out"))
				require.NoError(t, err)
				for range 5 {
					send()
				}
			},
			Disconnected: func(e *handler.Event) {
				if e.Err() != nil {
					require.Equal(t, 4, s.Queued())
					require.Zero(t, s.Unsettled())
					require.False(t, s.Active())
					send() // while away
				}
			},
			LinkOpened: func(e *handler.Event) { require.Same(t, s, e.Sender()) },
			Accepted: func(e *handler.Event) {
				n, ok := sent[e.Delivery()]
				require.True(t, ok, "a delivery that Send returned")
				if accepted = append(accepted, n); len(accepted) == 6 {
					e.Connection().Close()
				}
			},
		})))
		require.Equal(t, []int{1, 0, 2, 3, 4, 5}, accepted, "one outcome each")
		require.Zero(t, s.Unsettled())
		require.Zero(t, j.count("Released"))
		require.Equal(t, 1, j.count("Reconnected"))
		require.Zero(t, j.count("TransportError"))
	})
}

func TestFailInFlight(t *testing.T) {
	bubble(t, func(t *testing.T, x *exchange) {
		x.plays(func(p *amqptest.Peer) {
			begins(p)
			answers(p, "the sender", m{"role": false}, nil, 2)
			bodies(p, "0", "1")
		}, func(p *amqptest.Peer) {
			begins(p)
			answers(p, "the sender", m{"role": false}, nil, 2)
			acceptTo(p, 0, bodies(p, "2"))
			ends(p)
		})
		var script []string
		sent := make(map[*delivery.Delivery]int)
		note := func(what string, e *handler.Event) { script = append(script, fmt.Sprint(what, sent[e.Delivery()])) }
		require.NoError(t, x.run(&handler.Funcs{
			Start: func(e *handler.Event) {
				conn, err := e.Container().Connect("amqp://a")
				require.NoError(t, err)
				s, err := e.Container().CreateSender(conn, "q", sender.FailInFlight())
				require.NoError(t, err)
				for i := range 3 {
					d, err := s.Send(amqp.NewMessage(fmt.Append(nil, i)))
					require.NoError(t, err)
					sent[d] = i
				}
			},
			Released: func(e *handler.Event) { note("released ", e) },
			Accepted: func(e *handler.Event) { note("accepted ", e); e.Connection().Close() },
		}))
		require.Equal(t, []string{"released 0", "released 1", "accepted 2"}, script)
	})
}

func TestWhatCameOnALostConnectionCannotBeSettled(t *testing.T) {
	transfer := func(p *amqptest.Peer, body string) {
		p.Send(f(0, "transfer", m{"handle": 0, "delivery-id": 0, "delivery-tag": []byte("t"), "message-format": 0}, amqptest.Sections(amqptest.D{Name: "data", Value: []byte(body)})))
	}
	bubble(t, func(t *testing.T, x *exchange) {
		x.plays(func(p *amqptest.Peer) {
			begins(p)
			answers(p, "the receiver", m{"name": "in", "role": true}, nil, 0)
			p.Await("credit", f(0, "flow", m{"link-credit": 5}))
			transfer(p, "one")
		}, func(p *amqptest.Peer) {
			begins(p)
			answers(p, "the receiver", m{"name": "in", "role": true}, nil, 0)
			p.Await("all its credit again", f(0, "flow", m{"link-credit": 5}))
			transfer(p, "one again")
			p.Await("only this is settled", f(0, "disposition", m{"first": 0, "settled": true, "state": amqptest.D{Name: "accepted"}}))
			ends(p)
		})
		var first *delivery.Delivery
		require.NoError(t, x.run(&handler.Funcs{
			Start: func(e *handler.Event) {
				conn, err := e.Container().Connect("amqp://a")
				require.NoError(t, err)
				_, err = e.Container().CreateReceiver(conn, "q", receiver.Name("in"), receiver.Credit(5), receiver.ManualAccept())
				require.NoError(t, err)
			},
			Message: func(e *handler.Event) {
				if first == nil {
					first = e.Delivery()
					return
				}
				for _, settle := range []func() error{first.Accept, first.Release, first.Settle} {
					require.ErrorIs(t, settle(), delivery.ErrLost)
				}
				require.False(t, first.Settled())
				require.NoError(t, e.Delivery().Accept())
				e.Connection().Close()
			},
			Disconnected: func(*handler.Event) { require.ErrorIs(t, first.Accept(), delivery.ErrLost) },
		}))
	})
}

// The subscription is found again by the container's name and the link's; the address that was made up is asked for anew.
func TestSubscriptionsAndDynamicAddresses(t *testing.T) {
	bubble(t, func(t *testing.T, x *exchange) {
		peer := func(made string, last bool) func(p *amqptest.Peer) {
			return func(p *amqptest.Peer) {
				require.Equal(t, "client", begins(p).Fields["container-id"])
				answers(p, "the subscription", m{"name": "news", "role": true, "source": amqptest.D{Name: "source",
					Fields: m{"address": "topic", "durable": uint32(2), "expiry-policy": "never"}}}, m{"address": "topic"}, 0)
				answers(p, "a node", m{"name": "replies", "role": true, "source": amqptest.D{Name: "source", Fields: m{"dynamic": true, "address": nil}}},
					m{"dynamic": true, "address": made}, 0)
				p.Expect("credit", f(0, "flow", m{"handle": 0}))
				if last {
					ends(p)
					return
				}
				p.Expect("credit", f(0, "flow", m{"handle": 1}))
			}
		}
		x.plays(peer("made-up-1", false), peer("made-up-2", true))
		var made []string
		var replies *receiver.Receiver
		require.NoError(t, x.run(&handler.Funcs{
			Start: func(e *handler.Event) {
				conn, err := e.Container().Connect("amqp://a")
				require.NoError(t, err)
				_, err = e.Container().CreateReceiver(conn, "topic", receiver.DurableSubscription("news"))
				require.NoError(t, err)
				_, err = e.Container().CreateReceiver(conn, "", receiver.Name("replies"), receiver.Dynamic())
				require.NoError(t, err)
			},
			LinkOpened: func(e *handler.Event) {
				if e.Receiver().Name() == "replies" {
					replies = e.Receiver()
					made = append(made, replies.Address())
				}
			},
			Reconnected: func(e *handler.Event) {
				require.Nil(t, e.Receiver(), "all is back")
				made = append(made, replies.Address())
				e.Connection().Close()
			},
		}))
		require.Equal(t, []string{"made-up-1", "made-up-2"}, made)
	})
}

func TestWhatWaitsIsBounded(t *testing.T) {
	bubble(t, func(t *testing.T, x *exchange) {
		x.plays(func(p *amqptest.Peer) {
			begins(p)
			answers(p, "the sender", m{"role": false}, nil, 3)
			bodies(p, "0", "1")
		}, func(p *amqptest.Peer) {
			begins(p)
			answers(p, "the sender", m{"role": false}, nil, 10)
			acceptTo(p, 0, bodies(p, "0", "1", "2", "3", "4"))
			ends(p)
		})
		var s *sender.Sender
		n, accepted := 0, 0
		send := func() error {
			_, err := s.Send(amqp.NewMessage(fmt.Append(nil, n)))
			if err == nil {
				n++
			}
			return err
		}
		require.NoError(t, x.run(&handler.Funcs{
			Start: func(e *handler.Event) {
				conn, err := e.Container().Connect("amqp://a")
				require.NoError(t, err)
				s, err = e.Container().CreateSender(conn, "q", sender.QueueLimit(5))
				require.NoError(t, err)
				require.NoError(t, send())
				require.NoError(t, send())
			},
			Disconnected: func(e *handler.Event) {
				if e.Err() == nil {
					return
				}
				for range 3 { // beside the two that are sent again
					require.NoError(t, send())
				}
				require.ErrorIs(t, send(), sender.ErrQueueFull)
			},
			Accepted: func(e *handler.Event) {
				if accepted++; accepted == 5 {
					e.Connection().Close()
				}
			},
		}))
	})
}

// A link that the peer detaches for a while is attached again, with the policy's delays, and the connection goes on.
func TestALinkIsAttachedAgain(t *testing.T) {
	for _, condition := range []string{"amqp:link:detach-forced", "amqp:connection:forced", "amqp:internal-error", "amqp:resource-limit-exceeded"} {
		t.Run(condition, func(t *testing.T) {
			bubble(t, func(t *testing.T, x *exchange) {
				var at []time.Duration
				x.plays(func(p *amqptest.Peer) {
					begins(p)
					answers(p, "the other", m{"name": "other"}, nil, 0)
					answers(p, "the sender", m{"name": "out"}, nil, 1)
					bodies(p, "0")
					for range 5 {
						p.Send(f(0, "detach", m{"handle": 1, "closed": true, "error": told(condition, nil)}))
						p.Expect("answered", f(0, "detach", m{"handle": 1, "closed": true}))
						answers(p, "again", m{"name": "out", "initial-delivery-count": 0}, nil, 0)
						at = append(at, time.Since(x.began))
					}
					p.Send(f(0, "flow", m{"next-incoming-id": 1, "incoming-window": 100, "next-outgoing-id": 0, "outgoing-window": 100,
						"handle": 1, "delivery-count": 0, "link-credit": 9}))
					d := p.Expect("again", f(0, "transfer", m{"delivery-id": 1}))
					acceptTo(p, 1, d.Fields["delivery-id"])
					p.Send(f(0, "detach", m{"handle": 1, "closed": true, "error": told(condition, nil)}))
					p.Expect("answered", f(0, "detach", m{"handle": 1, "closed": true}))
					answers(p, "at once, for it has worked", m{"name": "out"}, nil, 0)
					at = append(at, time.Since(x.began))
					ends(p)
				})
				var j journal
				var sent *delivery.Delivery
				back := 0
				require.NoError(t, x.run(j.handler(handler.Funcs{
					Start: func(e *handler.Event) {
						conn, err := e.Container().Connect("amqp://a")
						require.NoError(t, err)
						_, err = e.Container().CreateSender(conn, "q", sender.Name("other"))
						require.NoError(t, err)
						s, err := e.Container().CreateSender(conn, "q", sender.Name("out"))
						require.NoError(t, err)
						sent, err = s.Send(amqp.NewMessage([]byte("0")))
						require.NoError(t, err)
					},
					Reconnected: func(e *handler.Event) {
						require.Equal(t, "out", e.Sender().Name(), "a link alone")
						if back++; back == 6 {
							e.Connection().Close()
						}
					},
					Accepted: func(e *handler.Event) { require.Same(t, sent, e.Delivery()) },
				})))
				require.Equal(t, seconds(0, 0.1, 0.3, 0.7, 1.5, 1.5), at)
				require.Equal(t, 1, j.count("Accepted"))
				require.Equal(t, 2, j.count("LinkOpened"), "once for each")
				for _, none := range []string{"LinkError", "LinkClosed", "LinkClosing", "TransportError", "Released"} {
					require.Zero(t, j.count(none), none)
				}
			})
		})
	}
}

// Links that are detached together wait together: one delay for all.
func TestLinksAreAttachedAgainTogether(t *testing.T) {
	bubble(t, func(t *testing.T, x *exchange) {
		const links = 50
		x.plays(func(p *amqptest.Peer) {
			begins(p)
			for range links {
				answers(p, "a link", nil, nil, 0)
			}
			for range 3 {
				var all []amqptest.Frame
				for i := range links {
					all = append(all, f(0, "detach", m{"handle": i, "closed": true, "error": told("amqp:link:detach-forced", nil)}))
				}
				p.Send(all...)
				for range links {
					a := p.Await("again", f(0, "attach", nil))
					p.Send(f(0, "attach", m{"name": a.Fields["name"], "role": true, "handle": a.Fields["handle"], "target": a.Fields["target"]}))
				}
			}
			ends(p)
		})
		back := 0
		require.NoError(t, x.run(&handler.Funcs{
			Start: func(e *handler.Event) {
				conn, err := e.Container().Connect("amqp://a", connection.ConnectTimeout(time.Second))
				require.NoError(t, err)
				for range links {
					_, err = e.Container().CreateSender(conn, "q")
					require.NoError(t, err)
				}
			},
			Reconnected: func(e *handler.Event) {
				if back++; back == 3*links {
					e.Connection().Close()
				}
			},
		}))
		require.Less(t, time.Since(x.began), 5*time.Second, "six delays at most, where the detaches come in two chunks")
	})
}

// The connection is lost while a link waits to be attached again: it comes back with the connection.
func TestALinkThatWaitsWhenTheConnectionIsLost(t *testing.T) {
	bubble(t, func(t *testing.T, x *exchange) {
		x.plays(func(p *amqptest.Peer) {
			begins(p)
			answers(p, "the link", m{"name": "out"}, nil, 0)
			for range 3 {
				p.Send(f(0, "detach", m{"handle": 0, "closed": true, "error": told("amqp:link:detach-forced", nil)}))
				p.Expect("answered", f(0, "detach", nil))
				answers(p, "again", m{"name": "out"}, nil, 0)
			}
			p.Send(f(0, "detach", m{"handle": 0, "closed": true, "error": told("amqp:link:detach-forced", nil)}))
			p.Expect("answered", f(0, "detach", nil))
		}, func(p *amqptest.Peer) {
			begins(p)
			answers(p, "back with the connection", m{"name": "out"}, nil, 0)
			ends(p)
		})
		require.NoError(t, x.run(&handler.Funcs{
			Start: func(e *handler.Event) {
				conn, err := e.Container().Connect("amqp://a")
				require.NoError(t, err)
				_, err = e.Container().CreateSender(conn, "q", sender.Name("out"))
				require.NoError(t, err)
			},
			Reconnected: func(e *handler.Event) {
				if e.Sender() == nil { // all of it is back
					e.Connection().Close()
				}
			},
		}))
	})
}

func TestALinkThatIsNotAttachedAgain(t *testing.T) {
	for name, c := range map[string]struct {
		condition string
		opts      []connection.Option
	}{
		"not retryable": {condition: "amqp:unauthorized-access"},
		"deleted":       {condition: "amqp:resource-deleted"},
		"no reconnect":  {condition: "amqp:link:detach-forced", opts: []connection.Option{connection.NoReconnect()}},
		"by RetryIf":    {condition: "amqp:link:detach-forced", opts: []connection.Option{connection.RetryIf(func(error) bool { return false })}},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T, x *exchange) {
				x.plays(func(p *amqptest.Peer) {
					begins(p)
					answers(p, "the link", nil, nil, 0)
					p.Send(f(0, "detach", m{"handle": 0, "closed": true, "error": told(c.condition, nil)}))
					p.Expect("answered", f(0, "detach", m{"closed": true}))
					ends(p)
				})
				var j journal
				require.NoError(t, x.run(j.handler(handler.Funcs{
					Start: func(e *handler.Event) {
						conn, err := e.Container().Connect("amqp://a", c.opts...)
						require.NoError(t, err)
						_, err = e.Container().CreateSender(conn, "q")
						require.NoError(t, err)
					},
					LinkError: func(e *handler.Event) {
						var told *amqp.Error
						require.ErrorAs(t, e.Err(), &told)
						require.EqualValues(t, c.condition, told.Condition)
						e.Resolve()
					},
					LinkClosed: func(e *handler.Event) { e.Connection().Close() },
				})))
				require.Equal(t, []string{"Start", "ConnectionOpened", "SessionOpened", "LinkOpened", "LinkError", "LinkClosed",
					"ConnectionClosed", "Disconnected", "Stop"}, j.all())
			})
		})
	}
}

// Who closes a link and waits for the answer hears of the end, also where the connection is lost in between, or was away all the time.
func TestALinkIsClosedAsItsConnectionIsLost(t *testing.T) {
	bubble(t, func(t *testing.T, x *exchange) {
		x.plays(func(p *amqptest.Peer) {
			begins(p)
			answers(p, "a link", m{"name": "one"}, nil, 0)
			answers(p, "a link", m{"name": "two"}, nil, 0)
			p.Await("closing", f(0, "detach", nil)) // and goes
		}, func(p *amqptest.Peer) {
			begins(p)
			ends(p)
		})
		var closed []string
		var two *sender.Sender
		require.NoError(t, x.run(&handler.Funcs{
			Start: func(e *handler.Event) {
				conn, err := e.Container().Connect("amqp://a")
				require.NoError(t, err)
				_, err = e.Container().CreateSender(conn, "q", sender.Name("one"))
				require.NoError(t, err)
				two, err = e.Container().CreateSender(conn, "q", sender.Name("two"))
				require.NoError(t, err)
			},
			LinkOpened: func(e *handler.Event) {
				if e.Sender() != two {
					e.Sender().Close()
				}
			},
			LinkClosed:   func(e *handler.Event) { closed = append(closed, e.Sender().Name()) },
			Disconnected: func(*handler.Event) { two.Close() },
			Reconnected: func(e *handler.Event) {
				require.Equal(t, []string{"one", "two"}, closed)
				e.Connection().Close()
			},
		}))
	})
}

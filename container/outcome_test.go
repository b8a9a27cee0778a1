package container_test

import (
	"fmt"
	"testing"

	"github.com/Azure/go-amqp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/hadron-mq/hadron/connection"
	"github.com/hadron-mq/hadron/delivery"
	"github.com/hadron-mq/hadron/handler"
	"github.com/hadron-mq/hadron/receiver"
	"github.com/hadron-mq/hadron/sender"
)

// text is a message with a body of text.
func text(s string) *amqp.Message { return amqp.NewMessage([]byte(s)) }

// connect returns a Start that connects to the node and then does what the test wants on the connection.
func connect(t testing.TB, n *node, then func(e *handler.Event, conn *connection.Connection)) func(e *handler.Event) {
	return func(e *handler.Event) {
		conn, err := e.Container().Connect(n.url)
		require.NoError(t, err)
		then(e, conn)
	}
}

// sending is a Start that connects and makes a sender.
func sending(t testing.TB, n *node, opts ...sender.Option) func(e *handler.Event) {
	return connect(t, n, func(e *handler.Event, conn *connection.Connection) {
		_, err := e.Container().CreateSender(conn, "q", opts...)
		require.NoError(t, err)
	})
}

// receiving is a Start that connects and makes a receiver.
func receiving(t testing.TB, n *node, opts ...receiver.Option) func(e *handler.Event) {
	return connect(t, n, func(e *handler.Event, conn *connection.Connection) {
		_, err := e.Container().CreateReceiver(conn, "q", opts...)
		require.NoError(t, err)
	})
}

func TestOutcomes(t *testing.T) {
	for _, rcv := range receiverModes {
		t.Run(receiverMode(rcv), func(t *testing.T) {
			var there journal
			n := listen(t, &handler.Funcs{
				Message: func(e *handler.Event) {
					e.Delivery().SetContext(string(e.Message().GetData()))
					assert.NoError(t, obey(e))
					// Settled second means: settled once the sender has (§2.6.12).
					assert.Equal(t, rcv == amqp.ReceiverSettleModeFirst, e.Delivery().Settled())
					if rcv == amqp.ReceiverSettleModeFirst {
						assert.ErrorIs(t, e.Delivery().Accept(), delivery.ErrSettled)
					}
				},
				Settled: func(e *handler.Event) {
					there.note(fmt.Sprintf("settled %v: %v, %v", e.Delivery().Context(), e.Delivery().Settled(), e.Receiver().Unsettled()))
					if e.Delivery().Context() == "modify" {
						e.Connection().Close()
					}
				},
				ConnectionClosed: func(*handler.Event) { there.note("closed") },
			})
			sent := map[*delivery.Delivery]string{}
			var here []string
			outcome := func(name string) func(*handler.Event) {
				return func(e *handler.Event) {
					require.Contains(t, sent, e.Delivery(), "the delivery is the one that Send returned")
					here = append(here, name+" "+sent[e.Delivery()])
					require.NotNil(t, e.Sender())
					for _, c := range conditions {
						if c.word == sent[e.Delivery()] {
							require.Equal(t, c.state, e.Delivery().RemoteState())
						}
					}
					require.Nil(t, e.Message())
					if name == "settled" && len(sent) == len(conditions) {
						delete(sent, e.Delivery())
					}
				}
			}
			done := 0
			require.NoError(t, run(t, &handler.Funcs{
				Start: sending(t, n, sender.ReceiverSettleMode(rcv)),
				Sendable: func(e *handler.Event) {
					if len(sent) > 0 || done > 0 {
						return
					}
					for _, c := range conditions {
						d, err := e.Sender().Send(text(c.word))
						require.NoError(t, err)
						require.False(t, d.Settled())
						require.Nil(t, d.RemoteState())
						sent[d] = c.word
					}
					require.Equal(t, 4, e.Sender().Unsettled())
				},
				Accepted: outcome("accepted"), Rejected: outcome("rejected"), Released: outcome("released"),
				Modified: func(e *handler.Event) {
					outcome("modified")(e)
					done++
				},
				Settled: func(e *handler.Event) {
					here = append(here, "settled "+sent[e.Delivery()])
					if sent[e.Delivery()] == "modify" {
						e.Connection().Close()
					}
				},
			}))
			there.wait(t, "closed")
			if rcv == amqp.ReceiverSettleModeFirst {
				require.Equal(t, []string{"accepted accept", "settled accept", "rejected reject", "settled reject",
					"released release", "settled release", "modified modify", "settled modify"}, here)
				require.Equal(t, []string{"closed"}, there.all())
			} else {
				require.Equal(t, []string{"accepted accept", "rejected reject", "released release", "modified modify"}, here)
				require.Equal(t, []string{"settled accept: true, 3", "settled reject: true, 2", "settled release: true, 1", "settled modify: true, 0", "closed"}, there.all())
			}
		})
	}
}

func TestManualAccept(t *testing.T) {
	n := listen(t, produce([]string{"one", "two", "three"}, make(chan string, 3)))
	var kept []*delivery.Delivery
	require.NoError(t, run(t, &handler.Funcs{
		Start: receiving(t, n, receiver.ManualAccept()),
		Message: func(e *handler.Event) {
			kept = append(kept, e.Delivery())
			require.Equal(t, len(kept), e.Receiver().Unsettled())
			if len(kept) < 3 {
				return
			}
			for _, d := range kept {
				require.False(t, d.Settled(), "nothing is accepted but by the application")
				require.NoError(t, d.Accept())
			}
			require.Zero(t, e.Receiver().Unsettled())
			e.Connection().Close()
		},
	}))
	require.Len(t, kept, 3)
}

func TestSettledMessages(t *testing.T) {
	for name, c := range map[string]struct {
		opts []sender.Option
		send func(s *sender.Sender) (*delivery.Delivery, error)
	}{
		"AtMostOnce":         {[]sender.Option{sender.AtMostOnce()}, func(s *sender.Sender) (*delivery.Delivery, error) { return s.Send(text("x")) }},
		"SendSettled, mixed": {[]sender.Option{sender.SettleMode(amqp.SenderSettleModeMixed)}, func(s *sender.Sender) (*delivery.Delivery, error) { return s.SendSettled(text("x")) }},
		"SendEncoded, at most": {[]sender.Option{sender.AtMostOnce()}, func(s *sender.Sender) (*delivery.Delivery, error) {
			b, err := text("x").MarshalBinary()
			if err != nil {
				return nil, err
			}
			return s.SendEncoded(b, 0)
		}},
	} {
		t.Run(name, func(t *testing.T) {
			got := make(chan bool, 2)
			n := listen(t, &handler.Funcs{Message: func(e *handler.Event) { got <- e.Delivery().RemoteSettled() }})
			outcomes := 0
			count := func(*handler.Event) { outcomes++ }
			require.NoError(t, run(t, &handler.Funcs{
				Start: sending(t, n, c.opts...),
				Sendable: func(e *handler.Event) {
					d, err := c.send(e.Sender())
					require.NoError(t, err)
					require.True(t, d.Settled())
					require.Zero(t, e.Sender().Unsettled())
					e.Connection().Close()
				},
				Accepted: count, Settled: count,
			}))
			require.True(t, within(t, got, "the message"))
			require.Zero(t, outcomes, "nobody hears of it again")
		})
	}
}

func TestSettlingAgainstTheLinksMode(t *testing.T) {
	n := listen(t, &handler.Funcs{})
	require.NoError(t, run(t, &handler.Funcs{
		Start: sending(t, n),
		LinkOpened: func(e *handler.Event) {
			_, err := e.Sender().SendSettled(text("x"))
			require.ErrorContains(t, err, "settle mode unsettled")
			e.Connection().Close()
		},
	}))
}

func TestMixedSettling(t *testing.T) {
	var there journal
	n := listen(t, &handler.Funcs{
		Message: func(e *handler.Event) {
			there.note(fmt.Sprintf("%s %v", e.Message().GetData(), e.Delivery().RemoteSettled()))
		},
	})
	require.NoError(t, run(t, &handler.Funcs{
		Start: sending(t, n, sender.SettleMode(amqp.SenderSettleModeMixed)),
		LinkOpened: func(e *handler.Event) {
			s := e.Sender()
			for _, send := range []func(*amqp.Message) (*delivery.Delivery, error){s.SendSettled, s.Send, s.SendSettled} {
				_, err := send(text("m"))
				require.NoError(t, err)
			}
			_, err := s.Send(text("last"))
			require.NoError(t, err)
		},
		Accepted: func(e *handler.Event) {
			if e.Sender().Unsettled() == 0 || e.Sender().Queued() == 0 && len(there.all()) == 4 {
				e.Connection().Close()
			}
		},
	}))
	require.Equal(t, []string{"m true", "m false", "m true", "last false"}, there.all())
}

func TestDeliveriesOfAClosedLink(t *testing.T) {
	n := listen(t, produce([]string{"one"}, make(chan string, 3)))
	require.NoError(t, run(t, &handler.Funcs{
		Start: receiving(t, n, receiver.ManualAccept()),
		Message: func(e *handler.Event) {
			e.Receiver().Close()
			require.ErrorIs(t, e.Delivery().Accept(), delivery.ErrLost)
			e.Connection().Close()
		},
	}))
}

func TestClosingInOnMessage(t *testing.T) {
	for name, c := range map[string]struct {
		does    func(e *handler.Event)
		outcome string // of the message that the handler was shown
	}{
		"the connection":         {func(e *handler.Event) { e.Connection().Close() }, "Accepted"},
		"the session":            {func(e *handler.Event) { e.Session().Close() }, "Accepted"},
		"the link":               {func(e *handler.Event) { e.Receiver().Close() }, "Accepted"},
		"the container":          {func(e *handler.Event) { e.Container().Stop() }, "Accepted"},
		"after an outcome":       {func(e *handler.Event) { _ = e.Delivery().Release(); e.Connection().Close() }, "Released"},
		"the link with an error": {func(e *handler.Event) { e.Receiver().CloseWithError(spoilt) }, ""},
	} {
		t.Run(name, func(t *testing.T) {
			var there journal
			outcome := ""
			tell := func(name string) func(*handler.Event) { return func(*handler.Event) { outcome = name } }
			n := listen(t, there.handler(handler.Funcs{
				Sendable: func(e *handler.Event) {
					if there.count("Sendable") == 1 {
						_, _ = e.Sender().Send(text("x"))
					}
				},
				Accepted: tell("Accepted"), Released: tell("Released"),
				LinkClosed:    func(e *handler.Event) { e.Connection().Close() },
				SessionClosed: func(e *handler.Event) { e.Connection().Close() },
			}))
			require.NoError(t, run(t, &handler.Funcs{Start: receiving(t, n), Message: c.does}))
			there.wait(t, "Disconnected")
			require.NoError(t, n.stop())
			require.Equal(t, c.outcome, outcome)
		})
	}
}

package container_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/Azure/go-amqp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/hadron-mq/hadron/handler"
)

// goamqp connects a go-amqp client to a node.
func goamqp(t testing.TB, n *node, opts *amqp.ConnOptions) (context.Context, *amqp.Conn) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	t.Cleanup(cancel)
	conn, err := amqp.Dial(ctx, n.url, opts)
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close() })
	return ctx, conn
}

func goamqpSession(t testing.TB, n *node, opts *amqp.ConnOptions) (context.Context, *amqp.Session) {
	t.Helper()
	ctx, conn := goamqp(t, n, opts)
	s, err := conn.NewSession(ctx, nil)
	require.NoError(t, err)
	return ctx, s
}

func senderMode(mode amqp.SenderSettleMode) string {
	return map[amqp.SenderSettleMode]string{amqp.SenderSettleModeMixed: "mixed", amqp.SenderSettleModeSettled: "settled", amqp.SenderSettleModeUnsettled: "unsettled"}[mode]
}

func receiverMode(mode amqp.ReceiverSettleMode) string {
	return map[amqp.ReceiverSettleMode]string{amqp.ReceiverSettleModeFirst: "first", amqp.ReceiverSettleModeSecond: "second"}[mode]
}

var (
	senderModes   = []amqp.SenderSettleMode{amqp.SenderSettleModeMixed, amqp.SenderSettleModeSettled, amqp.SenderSettleModeUnsettled}
	receiverModes = []amqp.ReceiverSettleMode{amqp.ReceiverSettleModeFirst, amqp.ReceiverSettleModeSecond}
	spoilt        = &amqp.Error{Condition: "test:spoilt", Description: "smells"}
	annotations   = amqp.Annotations{"x-why": "no"}
)

// conditions maps the word that a test's message holds to its outcome, as go-amqp tells it.
var conditions = []struct {
	word  string
	state amqp.DeliveryState
}{
	{"accept", &amqp.StateAccepted{}},
	{"reject", &amqp.StateRejected{Error: spoilt}},
	{"release", &amqp.StateReleased{}},
	{"modify", &amqp.StateModified{DeliveryFailed: true, UndeliverableHere: true, MessageAnnotations: annotations}},
}

// obey gives a message the outcome that it asks for.
func obey(e *handler.Event) error {
	d := e.Delivery()
	switch string(e.Message().GetData()) {
	case "reject":
		return d.Reject(spoilt)
	case "release":
		return d.Release()
	case "modify":
		return d.Modify(true, true, annotations)
	default:
		return d.Accept()
	}
}

func TestGoAMQPSends(t *testing.T) {
	for _, snd := range senderModes {
		for _, rcv := range receiverModes {
			t.Run(senderMode(snd)+" "+receiverMode(rcv), func(t *testing.T) {
				type arrival struct {
					word             string
					settled          bool
					settledAfterward error
				}
				arrived := make(chan arrival, 10)
				forgotten := make(chan string, 10)
				n := listen(t, &handler.Funcs{
					Message: func(e *handler.Event) {
						was := e.Delivery().RemoteSettled()
						word := string(e.Message().GetData())
						e.Delivery().SetContext(word)
						arrived <- arrival{word, was, obey(e)}
					},
					Settled: func(e *handler.Event) { forgotten <- e.Delivery().Context().(string) },
				})
				ctx, session := goamqpSession(t, n, nil)
				sender, err := session.NewSender(ctx, "q", &amqp.SenderOptions{SettlementMode: &snd, RequestedReceiverSettleMode: &rcv})
				require.NoError(t, err)
				require.Equal(t, "q", sender.Address())

				if snd != amqp.SenderSettleModeUnsettled {
					for _, c := range conditions {
						require.NoError(t, sender.Send(ctx, amqp.NewMessage([]byte(c.word)), &amqp.SendOptions{Settled: true}))
						require.Equal(t, arrival{c.word, true, nil}, within(t, arrived, "the settled message"))
					}
				}
				if snd != amqp.SenderSettleModeSettled {
					for _, c := range conditions {
						receipt, err := sender.SendWithReceipt(ctx, amqp.NewMessage([]byte(c.word)), nil)
						require.NoError(t, err)
						require.Equal(t, arrival{c.word, false, nil}, within(t, arrived, "the message"))
						state, err := receipt.Wait(ctx)
						require.NoError(t, err)
						require.Equal(t, c.state, state)
						if rcv == amqp.ReceiverSettleModeSecond {
							require.Equal(t, c.word, within(t, forgotten, "the sender's settling"))
						}
					}
				}
				require.NoError(t, sender.Close(ctx))
				require.NoError(t, n.stop())
				require.Empty(t, n.log.String())
			})
		}
	}
}

// produce returns a handler that sends the words as credit comes, and tells of their outcomes.
func produce(words []string, outcomes chan<- string) *handler.Funcs {
	next := 0
	tell := func(e *handler.Event) {
		outcomes <- fmt.Sprintf("%v %T", e.Delivery().Context(), e.Delivery().RemoteState())
	}
	return &handler.Funcs{
		Sendable: func(e *handler.Event) {
			for ; next < len(words) && e.Sender().Credit() > 0; next++ {
				d, err := e.Sender().Send(amqp.NewMessage([]byte(words[next])))
				if err == nil {
					d.SetContext(words[next])
				}
			}
		},
		Accepted: tell, Rejected: tell, Released: tell, Modified: tell,
	}
}

func TestGoAMQPReceives(t *testing.T) {
	var words []string
	for _, c := range conditions {
		words = append(words, c.word)
	}
	for _, snd := range senderModes {
		for _, rcv := range receiverModes {
			t.Run(senderMode(snd)+" "+receiverMode(rcv), func(t *testing.T) {
				outcomes := make(chan string, 10)
				n := listen(t, produce(words, outcomes))
				ctx, session := goamqpSession(t, n, nil)
				receiver, err := session.NewReceiver(ctx, "q", &amqp.ReceiverOptions{SettlementMode: &rcv, RequestedSenderSettleMode: &snd})
				require.NoError(t, err)
				require.Equal(t, "q", receiver.Address())

				for _, c := range conditions {
					message, err := receiver.Receive(ctx, nil)
					require.NoError(t, err)
					require.Equal(t, c.word, string(message.GetData()))
					switch c.word {
					case "accept":
						err = receiver.AcceptMessage(ctx, message)
					case "reject":
						err = receiver.RejectMessage(ctx, message, spoilt)
					case "release":
						err = receiver.ReleaseMessage(ctx, message)
					case "modify":
						err = receiver.ModifyMessage(ctx, message, &amqp.ModifyMessageOptions{DeliveryFailed: true, UndeliverableHere: true, Annotations: annotations})
					}
					if c.word == "reject" && rcv == amqp.ReceiverSettleModeSecond && snd != amqp.SenderSettleModeSettled {
						// go-amqp takes the state in the sender's settling for an answer.
						require.ErrorContains(t, err, spoilt.Description)
					} else {
						require.NoError(t, err)
					}
					if snd != amqp.SenderSettleModeSettled {
						require.Equal(t, fmt.Sprintf("%s %T", c.word, c.state), within(t, outcomes, "the outcome"))
					}
				}
				require.NoError(t, receiver.Close(ctx))
				require.NoError(t, n.stop())
				require.Empty(t, outcomes)
				require.Empty(t, n.log.String())
			})
		}
	}
}

func TestGoAMQPDrains(t *testing.T) {
	n := listen(t, produce([]string{"one", "two", "three"}, make(chan string, 10)))
	ctx, session := goamqpSession(t, n, nil)
	receiver, err := session.NewReceiver(ctx, "q", &amqp.ReceiverOptions{Credit: -1})
	require.NoError(t, err)

	require.NoError(t, receiver.IssueCredit(10))
	for _, word := range []string{"one", "two", "three"} {
		message, err := receiver.Receive(ctx, nil)
		require.NoError(t, err)
		require.Equal(t, word, string(message.GetData()))
		require.NoError(t, receiver.AcceptMessage(ctx, message))
	}
	require.NoError(t, receiver.DrainCredit(ctx, nil), "what is left is taken back")
	require.Nil(t, receiver.Prefetched())

	require.NoError(t, receiver.IssueCredit(5), "credit can be given again")
	require.NoError(t, receiver.DrainCredit(ctx, nil), "and drained where there is nothing")
	require.NoError(t, receiver.Close(ctx))
}

func TestGoAMQPSeesWhyItIsClosed(t *testing.T) {
	n := listen(t, &handler.Funcs{
		Message: func(e *handler.Event) {
			why := &amqp.Error{Condition: amqp.ErrCondResourceDeleted, Description: "gone fishing"}
			switch string(e.Message().GetData()) {
			case "link":
				e.Receiver().CloseWithError(why)
			case "session":
				e.Session().CloseWithError(why)
			case "connection":
				e.Connection().CloseWithError(why)
			}
		},
	})
	for _, what := range []string{"link", "session", "connection"} {
		t.Run(what, func(t *testing.T) {
			ctx, conn := goamqp(t, n, nil)
			session, err := conn.NewSession(ctx, nil)
			require.NoError(t, err)
			sender, err := session.NewSender(ctx, "q", nil)
			require.NoError(t, err)
			err = sender.Send(ctx, amqp.NewMessage([]byte(what)), nil)
			var why *amqp.Error
			require.ErrorAs(t, err, &why)
			assert.Equal(t, amqp.ErrCondResourceDeleted, why.Condition)
			assert.Equal(t, "gone fishing", why.Description)
		})
	}
}

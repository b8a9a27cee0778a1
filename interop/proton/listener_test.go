package proton_test

import (
	"testing"

	"github.com/Azure/go-amqp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/hadron-mq/hadron/handler"
	"github.com/hadron-mq/hadron/receiver"
	"github.com/hadron-mq/hadron/sender"
)

// TestListener holds Hadron's client to the broker on Proton C++.
func TestListener(t *testing.T) {
	broker := startBroker(t, nil)

	t.Run("a thousand messages", func(t *testing.T) {
		_, err := exchange(t, broker.url, 1000, 100)
		require.NoError(t, err)
	})
	t.Run("large messages", func(t *testing.T) {
		_, err := exchange(t, broker.url, 3, 5_000_000)
		require.NoError(t, err)
	})
	t.Run("empty messages", func(t *testing.T) {
		_, err := exchange(t, broker.url, 3, 0)
		require.NoError(t, err)
	})
	t.Run("outcomes that it gives", func(t *testing.T) { testOutcomesHeard(t, broker) })
	t.Run("outcomes that it gets", func(t *testing.T) { testOutcomesGiven(t, broker) })
	t.Run("a dynamic reply address", func(t *testing.T) { testReply(t, broker) })
}

// connect connects to the broker and makes links to and from addresses.
func (b *broker) connect(t *testing.T, e *handler.Event, to, from string, opts ...receiver.Option) (*sender.Sender, *receiver.Receiver) {
	t.Helper()
	conn, err := e.Container().Connect(b.url)
	require.NoError(t, err)
	r, err := e.Container().CreateReceiver(conn, from, opts...)
	require.NoError(t, err)
	s, err := e.Container().CreateSender(conn, to)
	require.NoError(t, err)
	return s, r
}

// testOutcomesHeard sends messages that ask for an outcome.
func testOutcomesHeard(t *testing.T, broker *broker) {
	var heard []string
	hear := func(outcome string) func(*handler.Event) {
		return func(e *handler.Event) {
			want, _ := e.Delivery().Context().(string)
			assert.Equal(t, want, outcome)
			if heard = append(heard, outcome); len(heard) == 4 {
				e.Connection().Close()
			}
		}
	}
	err := runHadron(t, &handler.Funcs{
		Start: func(e *handler.Event) {
			s, _ := broker.connect(t, e, "outcomes", "nothing")
			for _, settle := range []string{"accept", "reject", "release", "modify"} {
				m := amqp.NewMessage(nil)
				m.ApplicationProperties = map[string]any{"settle": settle}
				d, err := s.Send(m)
				require.NoError(t, err)
				d.SetContext(settle)
			}
		},
		Accepted: hear("accept"),
		Rejected: hear("reject"),
		Released: hear("release"),
		Modified: hear("modify"),
	})
	require.NoError(t, err)
	require.ElementsMatch(t, []string{"accept", "reject", "release", "modify"}, heard)
}

// testOutcomesGiven gives each outcome to one message.
func testOutcomesGiven(t *testing.T, broker *broker) {
	outcomes := []string{"accepted", "rejected", "released", "modified"}
	received := 0
	err := runHadron(t, &handler.Funcs{
		Start: func(e *handler.Event) {
			s, _ := broker.connect(t, e, "given", "given", receiver.ManualAccept())
			for _, outcome := range outcomes {
				_, err := s.Send(&amqp.Message{Value: outcome})
				require.NoError(t, err)
			}
		},
		Accepted: func(*handler.Event) {},
		Message: func(e *handler.Event) {
			require.Equal(t, outcomes[received], e.Message().Value)
			d := e.Delivery()
			settle := []func() error{
				d.Accept,
				func() error { return d.Reject(&amqp.Error{Condition: "example:bad", Description: "not good"}) },
				d.Release,
				func() error { return d.Modify(true, true, amqp.Annotations{"why": "again"}) },
			}[received]
			require.NoError(t, settle())
			if received++; received == len(outcomes) {
				e.Connection().Close()
			}
		},
	})
	require.NoError(t, err)
	broker.Line("outcome rejected")
	broker.Line("outcome released")
	broker.Line("outcome modified")
}

// testReply asks itself a question, with a dynamic node of the broker's to reply to.
func testReply(t *testing.T, broker *broker) {
	var replyTo string
	err := runHadron(t, &handler.Funcs{
		Start: func(e *handler.Event) {
			broker.connect(t, e, "questions", "questions")
		},
		LinkOpened: func(e *handler.Event) {
			switch r := e.Receiver(); {
			case r == nil:
			case r.Address() == "questions":
				_, err := e.Container().CreateReceiver(e.Connection(), "", receiver.Dynamic())
				require.NoError(t, err)
			default:
				replyTo = r.Address()
				require.NotEmpty(t, replyTo)
				s, err := e.Container().CreateSender(e.Connection(), "questions")
				require.NoError(t, err)
				_, err = s.Send(&amqp.Message{Value: "what", Properties: &amqp.MessageProperties{ReplyTo: &replyTo}})
				require.NoError(t, err)
			}
		},
		Message: func(e *handler.Event) {
			if e.Receiver().Address() == replyTo {
				assert.Equal(t, "that", e.Message().Value)
				e.Connection().Close()
				return
			}
			require.Equal(t, "what", e.Message().Value)
			s, err := e.Container().CreateSender(e.Connection(), *e.Message().Properties.ReplyTo)
			require.NoError(t, err)
			_, err = s.Send(&amqp.Message{Value: "that"})
			require.NoError(t, err)
		},
	})
	require.NoError(t, err)
}

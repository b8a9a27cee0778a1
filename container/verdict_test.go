package container_test

import (
	"strings"
	"testing"

	"github.com/Azure/go-amqp"
	"github.com/stretchr/testify/require"

	"github.com/hadron-mq/hadron/connection"
	"github.com/hadron-mq/hadron/handler"
	"github.com/hadron-mq/hadron/internal/amqptest"
	"github.com/hadron-mq/hadron/receiver"
)

// verdict has a receiver give a message an outcome, and returns what the peer hears of it.
func verdict(t *testing.T, settle func(e *handler.Event)) (outcome amqptest.D) {
	t.Helper()
	require.NoError(t, play(t, func(p *amqptest.Peer) {
		p.AnswerOpen(m{"max-frame-size": 1024})
		p.Expect("a session", f(0, "begin", nil))
		p.Send(f(0, "begin", m{"remote-channel": 0, "next-outgoing-id": 0, "incoming-window": 100, "outgoing-window": 100}))
		answers(p, "the receiver", nil, m{"address": "q"}, 0)
		p.Expect("the window", f(0, "flow", nil))
		p.Send(transfer(0, nil, value("x")))
		outcome = p.Expect("an outcome", f(0, "disposition", m{"first": 0, "settled": true})).Fields["state"].(amqptest.D)
		p.Send(f(0, "close", nil))
		p.Expect("closed", f(0, "close", nil))
	}, receive(t), &handler.Funcs{Message: settle}))
	return outcome
}

// What a handler says of a message and cannot be said never turns into an accept.
func TestAVerdictThatCannotBeSaidIsNoAccept(t *testing.T) {
	t.Run("annotations that have no encoding", func(t *testing.T) {
		outcome := verdict(t, func(e *handler.Event) {
			require.Error(t, e.Delivery().Modify(true, true, amqp.Annotations{"x": struct{}{}}))
		})
		require.Equal(t, "modified", outcome.Name)
		require.Equal(t, true, outcome.Fields["delivery-failed"])
		require.Equal(t, true, outcome.Fields["undeliverable-here"])
	})
	t.Run("annotations that fit into no frame", func(t *testing.T) {
		outcome := verdict(t, func(e *handler.Event) {
			require.ErrorContains(t, e.Delivery().Modify(true, false, amqp.Annotations{"x": strings.Repeat("x", 1<<20)}), "fit into a frame")
		})
		require.Equal(t, "modified", outcome.Name)
	})
	t.Run("and then one that can", func(t *testing.T) {
		outcome := verdict(t, func(e *handler.Event) {
			require.Error(t, e.Delivery().Modify(true, true, amqp.Annotations{"x": struct{}{}}))
			require.NoError(t, e.Delivery().Release())
		})
		require.Equal(t, "released", outcome.Name)
	})
	t.Run("a description that is too long is cut", func(t *testing.T) {
		outcome := verdict(t, func(e *handler.Event) {
			require.NoError(t, e.Delivery().Reject(&amqp.Error{Condition: "acme:bad", Description: strings.Repeat("x", 1<<20)}))
		})
		require.Equal(t, "rejected", outcome.Name)
	})
	t.Run("info that has no encoding", func(t *testing.T) {
		outcome := verdict(t, func(e *handler.Event) {
			_ = e.Delivery().Reject(&amqp.Error{Condition: "acme:bad", Info: map[string]any{"x": struct{}{}}})
		})
		require.Equal(t, "rejected", outcome.Name)
	})
	t.Run("no error", func(t *testing.T) {
		outcome := verdict(t, func(e *handler.Event) { require.NoError(t, e.Delivery().Reject(nil)) })
		require.Equal(t, "rejected", outcome.Name)
	})
}

// A message beyond what the link takes closes it, which the attach has announced, and the application and the log are told.
func TestAMessageThatIsTooLargeClosesItsLink(t *testing.T) {
	log := new(logbook)
	var told error
	url := amqptest.Serve(t, func(p *amqptest.Peer) {
		answerSession(p)
		a := p.Expect("the receiver", f(0, "attach", m{"max-message-size": 1000}))
		p.Send(f(0, "attach", m{"name": a.Fields["name"], "role": false, "handle": 0, "initial-delivery-count": 0, "source": a.Fields["source"]}))
		p.Expect("the window", f(0, "flow", nil))
		p.Send(transfer(0, nil, value(strings.Repeat("x", 2000))))
		p.Expect("too large", f(0, "detach", m{"closed": true, "error": amqptest.D{Name: "error", Fields: m{"condition": "amqp:link:message-size-exceeded",
			"description": amqptest.Any}}}))
		p.Send(f(0, "detach", m{"handle": 0, "closed": true}))
		p.Expect("it was all there was", f(0, "close", nil))
		p.Send(f(0, "close", nil))
	})
	err := runLogged(t, log, &handler.Funcs{
		Start: func(e *handler.Event) {
			conn, err := e.Container().Connect(url, connection.SASLEnabled(false))
			require.NoError(t, err)
			_, err = e.Container().CreateReceiver(conn, "q", receiver.MaxMessageSize(1000))
			require.NoError(t, err)
		},
		LinkError: func(e *handler.Event) { told = e.Err() },
	})
	var why *amqp.Error
	require.ErrorAs(t, told, &why)
	require.Equal(t, amqp.ErrCondMessageSizeExceeded, why.Condition)
	require.ErrorIs(t, err, told)
	require.Len(t, errorLines(log), 1)
	require.Contains(t, log.String(), "message of more than 1000 bytes")
	require.Contains(t, log.String(), "role=receiver address=q")
}

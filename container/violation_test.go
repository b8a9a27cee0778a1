package container_test

import (
	"testing"

	"github.com/Azure/go-amqp"
	"github.com/stretchr/testify/require"

	"github.com/hadron-mq/hadron/connection"
	"github.com/hadron-mq/hadron/handler"
	"github.com/hadron-mq/hadron/internal/amqptest"
)

// What a peer breaks is told where it happened: on the link (§2.6.5) or on the session (§2.5.4). The error is not taken for one that the peer has
// given, and the rest of the connection goes on.
func TestWhatThePeerBreaksIsToldWhereItHappened(t *testing.T) {
	var told *amqp.Error
	var j journal
	check := func(says string, condition amqp.ErrCond) func(*handler.Event) {
		return func(e *handler.Event) {
			if told == nil {
				require.ErrorIs(t, e.Err(), connection.ErrViolation)
				require.ErrorAs(t, e.Err(), &told)
				require.Equal(t, condition, told.Condition)
				require.ErrorContains(t, e.Err(), says)
			}
		}
	}
	begun := func(p *amqptest.Peer) {
		p.Open(nil)
		p.Send(f(0, "begin", m{"next-outgoing-id": 0, "incoming-window": 10, "outgoing-window": 10}),
			f(0, "attach", m{"name": "in", "handle": 0, "role": false, "initial-delivery-count": 0}))
		p.Await("the credit", f(0, "flow", m{"handle": 0}))
	}
	t.Run("a link", func(t *testing.T) {
		j, told = journal{}, nil
		n := listen(t, j.handler(handler.Funcs{LinkError: check("delivery-tag of 0 bytes", amqp.ErrCondInvalidField)}))
		p := n.dial()
		begun(p)
		p.Send(f(0, "transfer", m{"handle": 0, "delivery-id": 0}))
		p.Await("the link is closed", f(0, "detach", m{"closed": true, "error": amqptest.D{Name: "error", Fields: m{"condition": "amqp:invalid-field"}}}))
		p.Send(f(0, "detach", m{"handle": 0, "closed": true}))
		j.wait(t, "LinkClosed")
		p.Send(f(0, "close", nil))
		p.Await("the connection went on", f(0, "close", m{"error": nil}))
		require.NotNil(t, told)
		require.Zero(t, j.count("SessionError"))
	})
	t.Run("a session", func(t *testing.T) {
		j, told = journal{}, nil
		n := listen(t, j.handler(handler.Funcs{LinkError: check("handle 5", amqp.ErrCondUnattachedHandle)}))
		p := n.dial()
		begun(p)
		p.Send(f(0, "transfer", m{"handle": 5, "delivery-id": 0, "delivery-tag": "t"}))
		p.Await("the session is ended", f(0, "end", m{"error": amqptest.D{Name: "error", Fields: m{"condition": "amqp:session:unattached-handle"}}}))
		p.Send(f(0, "end", nil))
		j.wait(t, "SessionClosed")
		require.Equal(t, []string{"LinkError", "LinkClosed", "SessionError", "SessionClosed"}, j.all()[len(j.all())-4:])
		p.Send(f(0, "close", nil))
		p.Await("the connection went on", f(0, "close", m{"error": nil}))
		require.NotNil(t, told)
	})
}

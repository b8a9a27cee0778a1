package interop_test

import (
	"testing"

	"github.com/Azure/go-amqp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/hadron-mq/hadron/delivery"
	"github.com/hadron-mq/hadron/interop/artemis"
	"github.com/hadron-mq/hadron/receiver"
	"github.com/hadron-mq/hadron/sender"
)

// testClosedByBroker: an operator ends our connection at the broker, with amqp:connection:forced. It is made again.
func testClosedByBroker(t *testing.T, b broker) {
	c := dial(t, b.URL(artemis.AMQP), asAdmin)
	s, in := c.sender("forced", sender.Queue()), c.receiver("forced", receiver.Queue())
	s.send(text("before"))
	unsettled := in.next("before")

	require.Equal(t, true, b.manage(t, "broker", "closeConsumerConnectionsForAddress", "forced"))
	within(t, c.back, "the connection")

	require.ErrorIs(t, c.do(func() error { return unsettled.delivery.Accept() }), delivery.ErrLost)
	in.next("before").accept()
	s.send(text("after"))
	in.next("after").accept()
}

// testRestart: the broker stops and starts again. Links are back under their names; durable messages and subscriptions have stayed; the
// node that was made up is another one.
func testRestart(t *testing.T, b broker) {
	c := dialAs(t, "steadfast", b.URL(artemis.AMQP), asAdmin)
	s, topic := c.sender("restart.queue", sender.Queue()), c.sender("restart.topic", sender.Topic())
	in := c.receiver("restart.queue", receiver.Queue())
	subscription := c.receiver("restart.topic", receiver.Topic(), receiver.DurableSubscription("kept"))
	temporary := c.receiver("", receiver.Dynamic())
	address := func() (a string) {
		require.NoError(t, c.do(func() error {
			a = temporary.Address()
			return nil
		}))
		return a
	}
	before := address()
	s.send(text("waits"))
	in.next("waits")
	topic.send(text("news"))
	subscription.next("news")

	b.Stop()
	require.NoError(t, c.do(func() error { // there is nobody to take it: it waits
		_, err := s.Send(text("sent while away"))
		assert.Equal(t, 1, s.Queued())
		return err
	}))
	require.NoError(t, b.Restart(t.Context()))
	within(t, c.back, "the connection")
	require.IsType(t, &amqp.StateAccepted{}, within(t, s.outcomes, "the outcome of what waited"))

	in.next("waits").accept()
	in.next("sent while away").accept()
	subscription.next("news").accept()
	after := address()
	require.NotEqual(t, before, after)
	anywhere := c.sender("")
	m := text("to the new node")
	m.Properties = &amqp.MessageProperties{To: &after}
	anywhere.send(m)
	temporary.next("to the new node").accept()
}

package broker_test

import (
	"testing"

	"github.com/Azure/go-amqp"
	"github.com/stretchr/testify/require"

	"github.com/hadron-mq/hadron/broker"
	"github.com/hadron-mq/hadron/handler"
)

// to is a message that says where it goes.
func to(address, body string) *amqp.Message {
	m := amqp.NewMessage([]byte(body))
	m.Annotations = amqp.Annotations{"before": []any{"the", "properties"}}
	m.Properties = &amqp.MessageProperties{To: &address}
	return m
}

func TestTheRelayIsOffered(t *testing.T) {
	run(t, start(t), &handler.Funcs{ConnectionOpened: func(e *handler.Event) {
		require.Contains(t, e.Connection().RemoteOfferedCapabilities(), amqp.Symbol("ANONYMOUS-RELAY"))
		e.Connection().Close()
	}})
}

func TestTheRelayGoesByTo(t *testing.T) {
	c := connect(t, start(t))
	queue := c.receiver("q/ü", nil)
	replies := c.receiver("", &amqp.ReceiverOptions{DynamicAddress: true})
	relay := c.sender("", nil)
	require.NoError(t, relay.Send(c.ctx, to("q/ü", "one"), nil))
	require.NoError(t, relay.Send(c.ctx, to(replies.Address(), "two"), nil))
	c.accept(queue, "one")
	c.accept(replies, "two")
	for range 300 { // more than the relay's window
		require.NoError(t, relay.Send(c.ctx, to("q/ü", "one"), nil))
		c.accept(queue, "one")
	}
}

func TestTheRelayRejectsWhatGoesNowhere(t *testing.T) {
	c := connect(t, start(t, broker.QueueLimit(1)))
	relay := c.sender("", nil)
	requireCondition(t, amqp.ErrCondNotFound, relay.Send(c.ctx, to("nowhere", "one"), nil))
	requireCondition(t, amqp.ErrCondPreconditionFailed, relay.Send(c.ctx, to("", "one"), nil))
	requireCondition(t, amqp.ErrCondPreconditionFailed, relay.Send(c.ctx, amqp.NewMessage([]byte("one")), nil))
	c.receiver("q", &amqp.ReceiverOptions{Credit: -1})
	require.NoError(t, relay.Send(c.ctx, to("q", "one"), nil))
	requireCondition(t, amqp.ErrCondResourceLimitExceeded, relay.Send(c.ctx, to("q", "two"), nil))
	c.accept(c.receiver("q", nil), "one")
}

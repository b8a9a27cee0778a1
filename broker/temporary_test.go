package broker_test

import (
	"testing"

	"github.com/Azure/go-amqp"
	"github.com/stretchr/testify/require"
)

func TestDynamicSourcesAreForReplies(t *testing.T) {
	b := start(t)
	c, server := connect(t, b), connect(t, b)
	replies := c.receiver("", &amqp.ReceiverOptions{DynamicAddress: true})
	others := c.receiver("", &amqp.ReceiverOptions{DynamicAddress: true})
	require.NotEmpty(t, replies.Address())
	require.NotEqual(t, replies.Address(), others.Address())
	server.send(server.sender(replies.Address(), nil), "reply")
	server.send(server.sender(others.Address(), nil), "other")
	c.accept(replies, "reply")
	c.accept(others, "other")
}

func TestDynamicTargetsKeepMessages(t *testing.T) {
	b := start(t)
	c, other := connect(t, b), connect(t, b)
	s := c.sender("", &amqp.SenderOptions{DynamicAddress: true})
	require.NotEmpty(t, s.Address())
	c.send(s, "one")
	other.accept(other.receiver(s.Address(), nil), "one")
}

func TestTemporaryNodesGoWithTheirLinks(t *testing.T) {
	lose := map[string]func(c *client, r *amqp.Receiver){
		"link":       func(c *client, r *amqp.Receiver) { require.NoError(t, r.Close(c.ctx)) },
		"session":    func(c *client, _ *amqp.Receiver) { require.NoError(t, c.session.Close(c.ctx)) },
		"connection": func(c *client, _ *amqp.Receiver) { require.NoError(t, c.conn.Close()) },
	}
	for what, end := range lose {
		t.Run(what, func(t *testing.T) {
			b := start(t)
			c, other := connect(t, b), connect(t, b)
			r := c.receiver("", &amqp.ReceiverOptions{DynamicAddress: true, Credit: -1})
			s := other.sender(r.Address(), nil)
			other.send(s, "one")
			consumer := other.receiver(r.Address(), nil)
			held := other.receive(consumer)
			end(c, r)
			_, err := consumer.Receive(other.ctx, nil)
			requireCondition(t, amqp.ErrCondResourceDeleted, err)
			require.Error(t, consumer.AcceptMessage(other.ctx, held))
			requireCondition(t, amqp.ErrCondResourceDeleted, s.Send(other.ctx, amqp.NewMessage([]byte("two")), nil))
			_, err = other.session.NewSender(other.ctx, r.Address(), nil)
			requireCondition(t, amqp.ErrCondNotFound, err)
			_, err = other.session.NewReceiver(other.ctx, r.Address(), nil)
			requireCondition(t, amqp.ErrCondNotFound, err)
		})
	}
}

func TestTemporaryNodesOutliveOtherLinks(t *testing.T) {
	b := start(t)
	c, other := connect(t, b), connect(t, b)
	r := c.receiver("", &amqp.ReceiverOptions{DynamicAddress: true})
	for range 3 {
		s := other.sender(r.Address(), nil)
		other.send(s, "one")
		require.NoError(t, s.Close(other.ctx))
		c.accept(r, "one")
	}
}

package broker_test

import (
	"testing"

	"github.com/Azure/go-amqp"
	"github.com/stretchr/testify/require"
)

func TestMessagesWaitInOrder(t *testing.T) {
	c := connect(t, start(t))
	c.send(c.sender("q", nil), "one", "two", "three")
	c.accept(c.receiver("q", nil), "one", "two", "three")
	c.none("q")
}

func TestConsumersTakeTurns(t *testing.T) {
	b := start(t)
	c := connect(t, b)
	first := c.receiver("q", &amqp.ReceiverOptions{Credit: 10})
	second := connect(t, b).receiver("q", &amqp.ReceiverOptions{Credit: 10})
	c.send(c.sender("q", nil), "1", "2", "3", "4", "5", "6")
	got := map[string]bool{}
	for range 3 {
		for _, r := range []*amqp.Receiver{first, second} {
			m := c.receive(r)
			got[string(m.GetData())] = true
			require.NoError(t, r.AcceptMessage(c.ctx, m))
		}
	}
	require.Len(t, got, 6)
	c.none("q")
}

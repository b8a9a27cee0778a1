package broker_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/Azure/go-amqp"
	"github.com/stretchr/testify/require"

	"github.com/hadron-mq/hadron/broker"
)

func browse(credit int32) *amqp.ReceiverOptions {
	return &amqp.ReceiverOptions{Credit: credit, SourceDistributionMode: amqp.SourceDistributionModeCopy}
}

func TestBrowsersSeeEachMessageOnceAndTakeNone(t *testing.T) {
	c := connect(t, start(t))
	s := c.sender("q", nil)
	c.send(s, "1", "2", "3")
	b := c.receiver("q", browse(2))
	c.accept(b, "1", "2", "3")
	c.send(s, "4")
	m := c.receive(b)
	require.Equal(t, "4", string(m.GetData()))
	require.NoError(t, b.RejectMessage(c.ctx, m, nil)) // of no consequence
	require.NoError(t, b.Close(c.ctx))
	c.accept(c.receiver("q", browse(10)), "1", "2", "3", "4")
	c.accept(c.receiver("q", nil), "1", "2", "3", "4")
	c.none("q")
}

func TestBrowsersSeeWhatIsBack(t *testing.T) {
	c := connect(t, start(t))
	s := c.sender("q", nil)
	c.send(s, "1", "2", "3", "4")
	r := c.receiver("q", &amqp.ReceiverOptions{Credit: -1})
	require.NoError(t, r.IssueCredit(3))
	held := []*amqp.Message{c.receive(r), c.receive(r), c.receive(r)}
	b := c.receiver("q", browse(1))
	c.accept(b, "4") // the others are not there to be seen
	require.NoError(t, r.AcceptMessage(c.ctx, held[1]))
	require.NoError(t, r.Close(c.ctx))
	c.accept(c.receiver("q", browse(1)), "1", "3", "4")
	c.send(s, "5")
	c.accept(b, "5")
	c.accept(c.receiver("q", nil), "1", "3", "4", "5")
}

// Each of many browsers sees all, on whatever loop it is, and those without credit see nothing and cost nothing.
func TestManyBrowsers(t *testing.T) {
	onLoops(t, func(t *testing.T, loops broker.Option) {
		const browsers, messages = 80, 50
		b := start(t, loops)
		c := connect(t, b)
		var looking []*amqp.Receiver
		clients := []*client{connect(t, b), connect(t, b), connect(t, b)}
		for n := range browsers {
			other := clients[n%len(clients)]
			other.receiver("q", browse(-1)) // without credit
			looking = append(looking, other.receiver("q", browse(messages)))
		}
		s := c.sender("q", nil)
		for n := range messages {
			c.send(s, fmt.Sprint(n))
		}
		for i, r := range looking {
			for n := range messages {
				require.Equal(t, fmt.Sprint(n), string(clients[i%len(clients)].receive(r).GetData()))
			}
		}
		c.accept(c.receiver("q", nil), "0", "1", "2")
	})
}

// TestALargeMessageIsWholeForEverybody: its bytes are shared by all that it is sent to, while consumers give it back with something said of it.
func TestALargeMessageIsWholeForEverybody(t *testing.T) {
	c := connect(t, start(t))
	s := c.sender("q", nil)
	large := strings.Repeat("large ", 100_000)
	c.send(s, large)
	browsers := []*amqp.Receiver{c.receiver("q", browse(1))}
	consumer := c.receiver("q", &amqp.ReceiverOptions{Credit: 1})
	for n := range 3 {
		m := c.receive(consumer)
		require.Equal(t, large, string(m.GetData()))
		require.EqualValues(t, n, m.Header.DeliveryCount)
		require.Len(t, m.Annotations, n)
		require.NoError(t, consumer.ModifyMessage(c.ctx, m, &amqp.ModifyMessageOptions{DeliveryFailed: true, Annotations: amqp.Annotations{fmt.Sprint("x-opt-", n): "said"}}))
		require.NoError(t, consumer.Close(c.ctx))
		browsers = append(browsers, c.receiver("q", browse(1)))
		require.Equal(t, large, string(c.receive(browsers[n+1]).GetData()))
		consumer = c.receiver("q", &amqp.ReceiverOptions{Credit: 1})
	}
	require.NoError(t, consumer.AcceptMessage(c.ctx, c.receive(consumer)))
	require.Equal(t, large, string(c.receive(browsers[0]).GetData()), "who looked first may be the last to read")
	c.none("q")
}

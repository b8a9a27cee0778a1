package broker_test

import (
	"fmt"
	"testing"

	"github.com/Azure/go-amqp"
	"github.com/stretchr/testify/require"

	"github.com/hadron-mq/hadron/broker"
	"github.com/hadron-mq/hadron/handler"
	"github.com/hadron-mq/hadron/receiver"
)

// onLoops runs a conversation with a broker of one loop, and with one whose connections are on different loops.
func onLoops(t *testing.T, converse func(*testing.T, broker.Option)) {
	for _, n := range []int{1, 4} {
		t.Run(fmt.Sprint(n, " loops"), func(t *testing.T) { converse(t, broker.Loops(n)) })
	}
}

var undeliverableHere = &amqp.ModifyMessageOptions{UndeliverableHere: true}

// What one consumer calls undeliverable goes to the others, one after the other, and to each once (§3.4.5).
func TestUndeliverableHereGoesAround(t *testing.T) {
	onLoops(t, func(t *testing.T, loops broker.Option) {
		const consumers, messages = 12, 30
		b := start(t, loops)
		c := connect(t, b)
		s := c.sender("q", nil)
		for n := range messages {
			c.send(s, fmt.Sprint(n))
		}
		for range consumers {
			other := connect(t, b)
			r := other.receiver("q", &amqp.ReceiverOptions{Credit: messages})
			seen := make(map[string]bool)
			for range messages {
				m := other.receive(r)
				require.False(t, seen[string(m.GetData())], "it comes once")
				seen[string(m.GetData())] = true
				require.NoError(t, r.ModifyMessage(other.ctx, m, undeliverableHere))
			}
			other.none("q-of-another")
			require.Nil(t, r.Prefetched())
		}
		last := connect(t, b)
		r := last.receiver("q", nil)
		for range messages {
			require.NoError(t, r.AcceptMessage(last.ctx, last.receive(r)))
		}
		c.none("q")
	})
}

// A consumer that goes has nothing more to say about who may have a message.
func TestUndeliverableHereEndsWithItsLink(t *testing.T) {
	c := connect(t, start(t))
	c.send(c.sender("q", nil), "1", "2")
	r := c.receiver("q", &amqp.ReceiverOptions{Credit: 2})
	for range 2 {
		require.NoError(t, r.ModifyMessage(c.ctx, c.receive(r), undeliverableHere))
	}
	require.NoError(t, r.Close(c.ctx))
	c.accept(c.receiver("q", nil), "1", "2")
}

// A message that a hundred consumers have called undeliverable waits for one that comes later.
func TestWhatAHundredCallUndeliverableWaitsForAnother(t *testing.T) {
	const hundred = 100
	b := start(t)
	c := connect(t, b)
	s := c.sender("q", nil)
	c.send(s, "nobody's")
	bystander := c.receiver("q", &amqp.ReceiverOptions{Credit: -1})
	for range hundred {
		r := c.receiver("q", &amqp.ReceiverOptions{Credit: -1})
		require.NoError(t, r.IssueCredit(1))
		require.NoError(t, r.ModifyMessage(c.ctx, c.receive(r), undeliverableHere))
	}
	c.send(s, "anybody's")
	require.NoError(t, bystander.IssueCredit(1))
	c.accept(bystander, "anybody's")
	require.NoError(t, bystander.IssueCredit(1))
	late := connect(t, b)
	browser := late.receiver("q", browse(1))
	require.Equal(t, "nobody's", string(late.receive(browser).GetData()), "it can be seen")
	r := late.receiver("q", nil)
	m := late.receive(r)
	require.Equal(t, "nobody's", string(m.GetData()))
	require.NoError(t, r.ReleaseMessage(late.ctx, m)) // and is kept for the next one
	require.NoError(t, r.Close(late.ctx))
	late.accept(late.receiver("q", nil), "nobody's")
	late.none("q")
}

// Many links that call many messages undeliverable make work for each of these calls, and for nothing else: it was more than a broker could do.
func TestAFloodOfUndeliverable(t *testing.T) {
	onLoops(t, func(t *testing.T, loops broker.Option) {
		const links, messages = 300, 150
		b := start(t, loops)
		seen := make(map[string]int)
		calls := 0
		run(t, b, &handler.Funcs{
			ConnectionOpened: func(e *handler.Event) {
				s, err := e.Container().CreateSender(e.Connection(), "q")
				require.NoError(t, err)
				for n := range messages {
					_, err := s.Send(amqp.NewMessage(fmt.Append(nil, n)))
					require.NoError(t, err)
				}
				for range links {
					_, err := e.Container().CreateReceiver(e.Connection(), "q", receiver.Credit(messages))
					require.NoError(t, err)
				}
			},
			Message: func(e *handler.Event) {
				seen[string(e.Message().GetData())]++
				require.NoError(t, e.Delivery().Modify(false, true, nil))
				if calls++; calls == messages*100 { // then all wait for somebody else
					e.Connection().Close()
				}
			},
		})
		for n := range messages {
			require.Equal(t, 100, seen[fmt.Sprint(n)])
		}
		c := connect(t, b)
		r := c.receiver("q", nil)
		for range messages {
			require.NoError(t, r.AcceptMessage(c.ctx, c.receive(r)))
		}
		c.none("q")
	})
}

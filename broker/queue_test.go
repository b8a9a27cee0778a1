package broker_test

import (
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/Azure/go-amqp"
	"github.com/stretchr/testify/require"

	"github.com/hadron-mq/hadron/handler"
	"github.com/hadron-mq/hadron/receiver"
)

func TestMessagesWaitInOrder(t *testing.T) {
	c := connect(t, start(t))
	c.send(c.sender("q", nil), "one", "two", "three")
	c.accept(c.receiver("q", nil), "one", "two", "three")
	c.none("q")
}

func TestConsumersTakeTurns(t *testing.T) {
	const consumers, messages = 3, 9
	b := start(t)
	shares := make(map[*receiver.Receiver][]string)
	sent, accepted, opened := 0, 0, 0
	run(t, b, &handler.Funcs{
		ConnectionOpened: func(e *handler.Event) {
			for range consumers {
				_, err := e.Container().CreateReceiver(e.Connection(), "q")
				require.NoError(t, err)
			}
		},
		LinkOpened: func(e *handler.Event) { // what is written first comes first: the consumers' credit before the messages
			if opened++; opened == consumers {
				_, err := e.Container().CreateSender(e.Connection(), "q")
				require.NoError(t, err)
			}
		},
		Sendable: func(e *handler.Event) {
			for ; sent < messages && e.Sender().Credit() > 0; sent++ {
				_, err := e.Sender().Send(amqp.NewMessage([]byte(fmt.Sprint(sent))))
				require.NoError(t, err)
			}
		},
		Message: func(e *handler.Event) {
			shares[e.Receiver()] = append(shares[e.Receiver()], string(e.Message().GetData()))
			if accepted++; accepted == messages {
				e.Connection().Close()
			}
		},
	})
	require.ElementsMatch(t, [][]string{{"0", "3", "6"}, {"1", "4", "7"}, {"2", "5", "8"}}, slices.Collect(maps.Values(shares)))
}

func TestAConsumerWithoutCreditIsPassedOver(t *testing.T) {
	c := connect(t, start(t))
	idle := c.receiver("q", &amqp.ReceiverOptions{Credit: -1})
	c.send(c.sender("q", nil), "one", "two")
	c.accept(c.receiver("q", &amqp.ReceiverOptions{Credit: 2}), "one", "two")
	require.Nil(t, idle.Prefetched())
}

func TestDrainGivesUnusedCreditBack(t *testing.T) {
	c := connect(t, start(t))
	s := c.sender("q", nil)
	c.send(s, "one", "two")
	r := c.receiver("q", &amqp.ReceiverOptions{Credit: -1})
	require.NoError(t, r.IssueCredit(5))
	c.accept(r, "one", "two")
	require.NoError(t, r.DrainCredit(c.ctx, nil))
	c.send(s, "three") // nobody has credit for it
	other := c.receiver("q", nil)
	c.accept(other, "three")
	require.Nil(t, r.Prefetched())
}

func TestAQueueWithoutLinksKeepsItsMessages(t *testing.T) {
	b := start(t)
	first := connect(t, b)
	first.send(first.sender("q", nil), "one", "two")
	require.NoError(t, first.conn.Close())
	second := connect(t, b)
	second.accept(second.receiver("q", nil), "one", "two")
}

func TestAnyCharacterMakesAName(t *testing.T) {
	c := connect(t, start(t))
	for _, name := range []string{"a/b/c", "/", " ", "mit Leerzeichen", "日本語/キュー", "q?x=1&y=%20", "\"'\\", "🦜", "a\nb", "\x00", "$temp"} {
		s := c.sender(name, nil)
		c.send(s, "to "+name)
		c.accept(c.receiver(name, nil), "to "+name)
	}
	c.none("other")
}

func TestMessagesExpire(t *testing.T) {
	c := connect(t, start(t))
	s := c.sender("q", nil)
	brief := amqp.NewMessage([]byte("brief"))
	brief.Header = &amqp.MessageHeader{TTL: time.Millisecond, Priority: 4}
	require.NoError(t, s.Send(c.ctx, brief, nil))
	long := amqp.NewMessage([]byte("long"))
	long.Header = &amqp.MessageHeader{TTL: time.Hour, Durable: true, Priority: 7}
	require.NoError(t, s.Send(c.ctx, long, nil))
	require.Eventually(t, func() bool { // the clock passes the millisecond
		r := c.receiver("q", &amqp.ReceiverOptions{Credit: 1})
		defer func() { require.NoError(t, r.Close(c.ctx)) }()
		m := c.receive(r)
		require.NoError(t, r.ReleaseMessage(c.ctx, m))
		return string(m.GetData()) == "long"
	}, limit, time.Millisecond)
	m := c.receive(c.receiver("q", nil))
	require.Equal(t, "long", string(m.GetData()))
	require.Positive(t, m.Header.TTL)
	require.LessOrEqual(t, m.Header.TTL, time.Hour, "what is left of it")
	require.True(t, m.Header.Durable)
	require.EqualValues(t, 7, m.Header.Priority)
}

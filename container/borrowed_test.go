package container_test

import (
	"fmt"
	"testing"

	"github.com/Azure/go-amqp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/hadron-mq/hadron/delivery"
	"github.com/hadron-mq/hadron/handler"
	"github.com/hadron-mq/hadron/receiver"
)

// numbered sends messages with numbers as their ids and tags, and closes the connection with the last outcome.
func numbered(t *testing.T, n *node, count int) {
	accepted := 0
	require.NoError(t, run(t, &handler.Funcs{
		Start: sending(t, n),
		LinkOpened: func(e *handler.Event) {
			for i := range count {
				text := fmt.Sprint(i)
				_, err := e.Sender().Send(&amqp.Message{DeliveryTag: []byte(text), Properties: &amqp.MessageProperties{MessageID: text}, Data: [][]byte{[]byte(text)}})
				require.NoError(t, err)
			}
		},
		Accepted: func(e *handler.Event) {
			if accepted++; accepted == count {
				e.Connection().Close()
			}
		},
	}))
}

// check says whether a message is the one of a number.
func check(t *testing.T, i int, m *amqp.Message) {
	text := fmt.Sprint(i)
	assert.Equal(t, text, string(m.DeliveryTag))
	assert.Equal(t, text, m.Properties.MessageID)
	assert.Equal(t, text, string(m.GetData()))
}

func TestBorrowedMessagesAreWholeDuringTheCall(t *testing.T) {
	const count = 50
	next := 0
	deliveries := make(map[*delivery.Delivery]bool)
	n := listen(t, &handler.Funcs{
		LinkOpening: func(e *handler.Event) { assert.NoError(t, e.Receiver().Open(receiver.Borrowed())) },
		Message: func(e *handler.Event) {
			check(t, next, e.Message())
			deliveries[e.Delivery()] = true
			next++
		},
	})
	numbered(t, n, count)
	require.NoError(t, n.stop())
	require.Equal(t, count, next)
	require.Len(t, deliveries, 1, "the delivery is lent, too, and used again")
}

// TestWhatIsNotBorrowedIsKept keeps messages and not their deliveries, whose memory is used again.
func TestWhatIsNotBorrowedIsKept(t *testing.T) {
	const count = 50
	var messages []*amqp.Message
	n := listen(t, &handler.Funcs{Message: func(e *handler.Event) { messages = append(messages, e.Message()) }})
	numbered(t, n, count)
	require.NoError(t, n.stop())
	require.Len(t, messages, count)
	for i, m := range messages {
		check(t, i, m)
	}
}

// TestADeliveryThatAHandlerHasIsItsOwn keeps deliveries beyond their calls.
func TestADeliveryThatAHandlerHasIsItsOwn(t *testing.T) {
	const count = 50
	var kept []*delivery.Delivery
	n := listen(t, &handler.Funcs{Message: func(e *handler.Event) { kept = append(kept, e.Delivery()) }})
	numbered(t, n, count)
	require.NoError(t, n.stop())
	require.Len(t, kept, count)
	for i, d := range kept {
		require.Equal(t, fmt.Sprint(i), string(d.Tag()))
		require.True(t, d.Settled())
	}
}

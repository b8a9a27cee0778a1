package broker_test

import (
	"testing"

	"github.com/Azure/go-amqp"
	"github.com/stretchr/testify/require"

	"github.com/hadron-mq/hadron/broker"
	"github.com/hadron-mq/hadron/handler"
	"github.com/hadron-mq/hadron/receiver"
	"github.com/hadron-mq/hadron/sender"
)

func TestAFullQueueWithholdsCredit(t *testing.T) {
	const space, messages = 10, 35
	b := start(t, broker.QueueLimit(space))
	var s *sender.Sender
	sent, accepted, received := 0, 0, 0
	done := func(e *handler.Event) {
		if received == messages && accepted == messages {
			e.Connection().Close()
		}
	}
	run(t, b, &handler.Funcs{
		ConnectionOpened: func(e *handler.Event) {
			var err error
			s, err = e.Container().CreateSender(e.Connection(), "q")
			require.NoError(t, err)
		},
		Sendable: func(e *handler.Event) {
			for ; sent < messages && e.Sender().Credit() > 0; sent++ {
				_, err := e.Sender().Send(amqp.NewMessage([]byte{byte(sent)}))
				require.NoError(t, err)
			}
		},
		Accepted: func(e *handler.Event) {
			accepted++
			done(e)
			if accepted == space { // whatever credit there was to come has come when the consumer's attach is answered
				_, err := e.Container().CreateReceiver(e.Connection(), "q", receiver.ManualCredit())
				require.NoError(t, err)
			}
		},
		LinkOpened: func(e *handler.Event) {
			if e.Receiver() != nil {
				require.Equal(t, space, sent)
				require.Zero(t, s.Credit())
				e.Receiver().AddCredit(messages)
			}
		},
		Message: func(e *handler.Event) {
			require.Equal(t, byte(received), e.Message().GetData()[0])
			received++
			done(e)
		},
	})
}

func TestProducersShareTheSpace(t *testing.T) {
	const space, producers, each = 8, 5, 40
	b := start(t, broker.QueueLimit(space))
	done := make(chan error, producers)
	for range producers {
		c := connect(t, b)
		s := c.sender("q", nil)
		go func() {
			for range each {
				if err := s.Send(c.ctx, amqp.NewMessage([]byte("one")), nil); err != nil {
					done <- err
					return
				}
			}
			done <- nil
		}()
	}
	c := connect(t, b)
	r := c.receiver("q", &amqp.ReceiverOptions{Credit: 3})
	for range producers * each {
		c.accept(r, "one")
	}
	for range producers {
		require.NoError(t, <-done)
	}
	c.none("q")
}

func TestAnIdleProducerDoesNotHoldOthersUp(t *testing.T) {
	b := start(t, broker.QueueLimit(1))
	c := connect(t, b)
	idle := c.sender("q", nil) // has the credit that there is
	busy := connect(t, b)
	busy.send(busy.sender("q", nil), "one")
	c.accept(c.receiver("q", nil), "one")
	c.send(idle, "two")
}

func TestSpaceThatAProducerHadIsFreeAgain(t *testing.T) {
	b := start(t, broker.QueueLimit(4))
	for range 20 {
		c := connect(t, b)
		c.sender("q", nil)
		require.NoError(t, c.conn.Close())
	}
	c := connect(t, b)
	c.send(c.sender("q", nil), "1", "2", "3", "4")
	c.accept(c.receiver("q", nil), "1", "2", "3", "4")
}

func TestBytesAreBounded(t *testing.T) {
	b := start(t, broker.QueueBytes(1000))
	c := connect(t, b)
	s := c.sender("q", nil)
	small, large := string(make([]byte, 10)), string(make([]byte, 900))
	c.send(s, small, small)
	c.send(s, large)
	// What was promised before large messages came may still be sent, up to twice the bytes.
	err := s.Send(c.ctx, amqp.NewMessage([]byte(large)), nil)
	require.NoError(t, err)
	requireCondition(t, amqp.ErrCondResourceLimitExceeded, s.Send(c.ctx, amqp.NewMessage([]byte(large)), nil))
	r := c.receiver("q", &amqp.ReceiverOptions{Credit: 10})
	c.accept(r, small, small, large, large)
	c.send(s, large)
	c.accept(r, large)
	requireCondition(t, amqp.ErrCondMessageSizeExceeded, s.Send(c.ctx, amqp.NewMessage(make([]byte, 2000)), nil))
}

func TestNodesAreBounded(t *testing.T) {
	c := connect(t, start(t, broker.NodeLimit(2)))
	first := c.sender("q1", nil)
	c.send(c.sender("q2", nil), "kept")
	_, err := c.session.NewSender(c.ctx, "q3", nil)
	requireCondition(t, amqp.ErrCondResourceLimitExceeded, err)
	_, err = c.session.NewReceiver(c.ctx, "", &amqp.ReceiverOptions{DynamicAddress: true})
	requireCondition(t, amqp.ErrCondResourceLimitExceeded, err)
	c.sender("q2", nil)
	require.NoError(t, first.Close(c.ctx))
	c.sender("q3", nil) // q1 had no messages, and has no links any more
}

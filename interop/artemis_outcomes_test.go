package interop_test

import (
	"strings"
	"testing"

	"github.com/Azure/go-amqp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/hadron-mq/hadron/delivery"
	"github.com/hadron-mq/hadron/interop/artemis"
	"github.com/hadron-mq/hadron/receiver"
	"github.com/hadron-mq/hadron/sender"
)

// testOutcomes gives a message each of the outcomes, and shows what the broker then does with it.
func testOutcomes(t *testing.T, b broker) {
	c := dial(t, b.URL(artemis.AMQP), asAdmin)
	s := c.sender("outcomes", sender.Queue())
	in := c.receiver("outcomes", receiver.Queue())
	elsewhere := c.receiver("DLQ", receiver.Queue())

	s.send(text("accepted"))
	m := in.next("accepted")
	b.requireCount(t, "outcomes", 1)
	m.accept()
	b.requireCount(t, "outcomes", 0)

	s.send(text("released"))
	in.next("released").settle((*delivery.Delivery).Release)
	m = in.next("released")
	assert.Zero(t, m.attempts(), "a release is no attempt")
	m.accept()

	s.send(text("modified"))
	in.next("modified").settle(func(d *delivery.Delivery) error { return d.Modify(true, false, amqp.Annotations{"x-opt-why": "busy"}) })
	m = in.next("modified")
	assert.Equal(t, 1, m.attempts(), "a failure is one")
	assert.NotContains(t, m.Annotations, "x-opt-why", "the broker drops what the receiver annotates")
	m.accept()

	s.send(text("not here"))
	in.next("not here").settle(func(d *delivery.Delivery) error { return d.Modify(true, true, nil) })
	in.nothing()
	other := c.receiver("outcomes", receiver.Queue())
	other.next("not here").accept()
	other.end()

	s.send(text("rejected"))
	spoilt := &amqp.Error{Condition: amqp.ErrCondDecodeError, Description: "not JSON"}
	in.next("rejected").settle(func(d *delivery.Delivery) error { return d.Reject(spoilt) })
	dead := elsewhere.next("rejected")
	assert.Equal(t, "outcomes", dead.Annotations["x-opt-ORIG-ADDRESS"], "%v", dead.Annotations)
	dead.accept()
	b.requireCount(t, "outcomes", 0)
}

// testRedelivery: what failed too often is put aside.
func testRedelivery(t *testing.T, b broker) {
	c := dial(t, b.URL(artemis.AMQP), asAdmin)
	elsewhere := c.receiver("DLQ", receiver.Queue())
	c.sender("twice.failed", sender.Queue()).send(text("fails"))
	in := c.receiver("twice.failed", receiver.Queue())
	for attempt := range 2 {
		m := in.next("fails")
		require.Equal(t, attempt, m.attempts())
		m.settle(func(d *delivery.Delivery) error { return d.Modify(true, false, nil) })
	}
	elsewhere.next("fails").accept()
	in.nothing()

	// What is not settled when its link is closed comes back as if it had never left.
	c.sender("twice.unsettled", sender.Queue()).send(text("left"))
	for range 4 {
		in = c.receiver("twice.unsettled", receiver.Queue())
		require.Zero(t, in.next("left").attempts())
		in.end()
	}
	c.receiver("twice.unsettled", receiver.Queue()).next("left").accept()
	b.requireCount(t, "twice.unsettled", 0)
}

// testSettled: messages of which nobody hears again, on the way in and on the way out.
func testSettled(t *testing.T, b broker) {
	c := dial(t, b.URL(artemis.AMQP), asAdmin)
	s := c.sender("settled", sender.Queue(), sender.AtMostOnce())
	require.NoError(t, c.do(func() error {
		for _, body := range []string{"one", "two"} {
			if _, err := s.Send(text(body)); err != nil {
				return err
			}
		}
		assert.Zero(t, s.Unsettled())
		return nil
	}))
	b.requireCount(t, "settled", 2)
	in := c.receiver("settled", receiver.Queue(), receiver.AtMostOnce())
	for _, body := range []string{"one", "two"} {
		m := in.next(body)
		require.NoError(t, c.do(func() error {
			assert.True(t, m.delivery.RemoteSettled())
			return nil
		}))
	}
	b.requireCount(t, "settled", 0)
}

// testFullAddress: an address that is full rejects, says why, and drains its senders; with room again, it takes more on the same link.
func testFullAddress(t *testing.T, b broker) {
	c := dial(t, b.URL(artemis.AMQP), asAdmin)
	s := c.sender("small.queue", sender.Queue())
	kilobyte := strings.Repeat("x", 1000)
	taken := 0
	for {
		outcome := s.try(text(kilobyte))
		if rejected, full := outcome.(*amqp.StateRejected); full {
			require.Equal(t, amqp.ErrCondResourceLimitExceeded, rejected.Error.Condition)
			break
		}
		require.IsType(t, &amqp.StateAccepted{}, outcome)
		taken++
		require.Less(t, taken, 100, "the address is never full")
	}
	require.Positive(t, taken)
	b.requireCount(t, "small.queue", int64(taken))
	in := c.receiver("small.queue", receiver.Queue(), receiver.Credit(100))
	for range taken {
		in.next(kilobyte).accept()
	}
	b.requireCount(t, "small.queue", 0)
	s.send(text("room again"))
	in.next("room again").accept()
}

// testDrain: a drain brings what there is, and takes the rest of the credit back.
func testDrain(t *testing.T, b broker) {
	c := dial(t, b.URL(artemis.AMQP), asAdmin)
	s := c.sender("drained", sender.Queue())
	s.send(text("one"), text("two"), text("three"))
	in := c.receiver("drained", receiver.Queue(), receiver.ManualCredit())
	credit := func(n int) {
		require.NoError(t, c.do(func() error {
			in.AddCredit(n)
			return nil
		}))
	}
	credit(2)
	in.next("one").accept()
	in.next("two").accept()
	in.nothing() // though a message waits: there is no credit. The broker does not answer such a drain.

	credit(50)
	in.next("three").accept()
	in.drain()
	require.NoError(t, c.do(func() error {
		assert.Zero(t, in.Credit())
		return nil
	}))
	s.send(text("four"))
	in.nothing()
	credit(1)
	in.next("four").accept()
}

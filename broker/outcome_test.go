package broker_test

import (
	"testing"

	"github.com/Azure/go-amqp"
	"github.com/stretchr/testify/require"
)

func TestFirstDeliverySaysSo(t *testing.T) {
	c := connect(t, start(t))
	c.send(c.sender("q", nil), "one")
	m := c.receive(c.receiver("q", nil))
	require.True(t, m.Header.FirstAcquirer)
	require.Zero(t, m.Header.DeliveryCount)
	require.EqualValues(t, 4, m.Header.Priority)
}

func TestRejectedMessagesAreGone(t *testing.T) {
	c := connect(t, start(t))
	c.send(c.sender("q", nil), "one", "two")
	r := c.receiver("q", nil)
	require.NoError(t, r.RejectMessage(c.ctx, c.receive(r), &amqp.Error{Condition: "app:unfit"}))
	require.NoError(t, r.RejectMessage(c.ctx, c.receive(r), nil))
	require.NoError(t, r.Close(c.ctx))
	c.none("q")
}

func TestReleasedMessagesAreBackAtTheirPlaces(t *testing.T) {
	c := connect(t, start(t))
	c.send(c.sender("q", nil), "1", "2", "3", "4", "5")
	r := c.receiver("q", &amqp.ReceiverOptions{Credit: -1})
	require.NoError(t, r.IssueCredit(4))
	var held []*amqp.Message
	for range 4 {
		held = append(held, c.receive(r))
	}
	for _, i := range []int{2, 0, 3, 1} {
		require.NoError(t, r.ReleaseMessage(c.ctx, held[i]))
	}
	require.NoError(t, r.Close(c.ctx)) // the answer to it comes after the releases were seen
	again := c.receiver("q", &amqp.ReceiverOptions{Credit: 5})
	for _, body := range []string{"1", "2", "3", "4", "5"} {
		m := c.receive(again)
		require.Equal(t, body, string(m.GetData()))
		require.Zero(t, m.Header.DeliveryCount, "a release is no failure")
		require.Equal(t, body == "5", m.Header.FirstAcquirer)
		require.NoError(t, again.AcceptMessage(c.ctx, m))
	}
}

func TestFailedDeliveriesAreCounted(t *testing.T) {
	c := connect(t, start(t))
	before := amqp.NewMessage([]byte("one"))
	before.Header = &amqp.MessageHeader{DeliveryCount: 2, Durable: true, Priority: 9} // another broker's count goes on
	require.NoError(t, c.sender("q", nil).Send(c.ctx, before, nil))
	r := c.receiver("q", nil)
	for count := range uint32(3) {
		m := c.receive(r)
		require.Equal(t, 2+count, m.Header.DeliveryCount)
		require.Equal(t, count == 0, m.Header.FirstAcquirer)
		require.True(t, m.Header.Durable)
		require.EqualValues(t, 9, m.Header.Priority)
		require.NoError(t, r.ModifyMessage(c.ctx, m, &amqp.ModifyMessageOptions{DeliveryFailed: true}))
	}
	m := c.receive(r)
	require.EqualValues(t, 5, m.Header.DeliveryCount)
	require.NoError(t, r.ModifyMessage(c.ctx, m, &amqp.ModifyMessageOptions{}))
	m = c.receive(r)
	require.EqualValues(t, 5, m.Header.DeliveryCount, "modified, and not failed")
	require.NoError(t, r.AcceptMessage(c.ctx, m))
}

func TestUndeliverableHereGoesElsewhere(t *testing.T) {
	c := connect(t, start(t))
	s := c.sender("q", nil)
	c.send(s, "1", "2", "3")
	here := c.receiver("q", &amqp.ReceiverOptions{Credit: 1})
	for _, body := range []string{"1", "2"} {
		m := c.receive(here)
		require.Equal(t, body, string(m.GetData()))
		require.NoError(t, here.ModifyMessage(c.ctx, m, &amqp.ModifyMessageOptions{UndeliverableHere: true}))
	}
	c.accept(here, "3")
	c.send(s, "4")
	c.accept(here, "4") // what is not for this one does not stop what is
	elsewhere := c.receiver("q", nil)
	m := c.receive(elsewhere)
	require.Equal(t, "1", string(m.GetData()))
	require.NoError(t, elsewhere.ModifyMessage(c.ctx, m, &amqp.ModifyMessageOptions{UndeliverableHere: true}))
	c.accept(elsewhere, "2")
	require.Nil(t, here.Prefetched())
	c.accept(c.receiver("q", nil), "1")
}

func TestUndeliverableHereHasABound(t *testing.T) {
	c := connect(t, start(t))
	s := c.sender("q", nil)
	r := c.receiver("q", nil)
	var err error
	for n := 0; err == nil; n++ {
		require.Less(t, n, 1200)
		c.send(s, "one")
		var m *amqp.Message
		if m, err = r.Receive(c.ctx, nil); err == nil {
			err = r.ModifyMessage(c.ctx, m, &amqp.ModifyMessageOptions{UndeliverableHere: true})
		}
	}
	requireCondition(t, amqp.ErrCondResourceLimitExceeded, err)
	c.accept(c.receiver("q", nil), "one", "one", "one") // none is lost
}

func TestAnnotationsAreMerged(t *testing.T) {
	c := connect(t, start(t))
	sent := amqp.NewMessage([]byte("one"))
	sent.DeliveryAnnotations = amqp.Annotations{"hop": "first"}
	sent.Annotations = amqp.Annotations{"kept": "yes", "changed": int32(1)}
	sent.Properties = &amqp.MessageProperties{MessageID: uint64(7)}
	sent.ApplicationProperties = map[string]any{"k": "v"}
	require.NoError(t, c.sender("q", nil).Send(c.ctx, sent, nil))
	bare := amqp.NewMessage([]byte("two"))
	require.NoError(t, c.sender("q", nil).Send(c.ctx, bare, nil))
	r := c.receiver("q", &amqp.ReceiverOptions{Credit: 2})
	for range 2 {
		m := c.receive(r)
		require.NoError(t, r.ModifyMessage(c.ctx, m, &amqp.ModifyMessageOptions{DeliveryFailed: true,
			Annotations: amqp.Annotations{"changed": int32(2), "new": "n"}}))
	}
	require.NoError(t, r.Close(c.ctx))
	r = c.receiver("q", &amqp.ReceiverOptions{Credit: 2})
	m := c.receive(r)
	require.Equal(t, amqp.Annotations{"kept": "yes", "changed": int32(2), "new": "n"}, m.Annotations)
	require.Equal(t, sent.DeliveryAnnotations, m.DeliveryAnnotations)
	require.Equal(t, sent.Properties, m.Properties)
	require.Equal(t, sent.ApplicationProperties, m.ApplicationProperties)
	require.Equal(t, "one", string(m.GetData()))
	require.EqualValues(t, 1, m.Header.DeliveryCount)
	m = c.receive(r)
	require.Equal(t, amqp.Annotations{"changed": int32(2), "new": "n"}, m.Annotations)
	require.Equal(t, "two", string(m.GetData()))
}

func TestWhatALostConsumerHeldIsBack(t *testing.T) {
	lose := map[string]func(c *client, r *amqp.Receiver){
		"link":       func(c *client, r *amqp.Receiver) { require.NoError(t, r.Close(c.ctx)) },
		"session":    func(c *client, _ *amqp.Receiver) { require.NoError(t, c.session.Close(c.ctx)) },
		"connection": func(c *client, _ *amqp.Receiver) { require.NoError(t, c.conn.Close()) },
	}
	for what, end := range lose {
		t.Run(what, func(t *testing.T) {
			b := start(t)
			c, other := connect(t, b), connect(t, b)
			c.send(c.sender("q", nil), "1", "2", "3", "4")
			r := other.receiver("q", &amqp.ReceiverOptions{Credit: 3})
			held := []*amqp.Message{other.receive(r), other.receive(r), other.receive(r)}
			require.NoError(t, r.AcceptMessage(other.ctx, held[1]))
			end(other, r)
			again := c.receiver("q", &amqp.ReceiverOptions{Credit: 1})
			var back []string
			for range 3 {
				m := c.receive(again)
				back = append(back, string(m.GetData()))
				require.Zero(t, m.Header.DeliveryCount)
				require.NoError(t, again.AcceptMessage(c.ctx, m))
			}
			if what == "connection" { // go-amqp does not wait for the broker's close: the one that was not held may come first
				require.ElementsMatch(t, []string{"1", "3", "4"}, back)
				return
			}
			require.Equal(t, []string{"1", "3", "4"}, back, "in their old order")
		})
	}
}

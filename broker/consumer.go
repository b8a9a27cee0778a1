package broker

import (
	"fmt"
	"slices"

	"github.com/Azure/go-amqp"

	"github.com/hadron-mq/hadron/delivery"
	"github.com/hadron-mq/hadron/handler"
	"github.com/hadron-mq/hadron/sender"
)

// maxExcluded is how many waiting messages of its queue a consumer may have called undeliverable to it.
const maxExcluded = 1000

// consumer is a link on which messages leave a queue.
type consumer struct {
	handler.Base
	peer     *peer
	queue    *queue
	sender   *sender.Sender
	settled  bool // messages are gone as they are sent
	ready    bool // in the queue's list of those with credit
	left     bool
	excluded int // messages that must not come here again

	first, last *message // that the consumer has not settled, as they were sent
}

// OnSendable offers the consumer what waits, in turn with the others.
func (c *consumer) OnSendable(*handler.Event) {
	if c.left {
		return
	}
	if !c.ready {
		c.ready = true
		c.queue.ready.push(c)
	}
	c.queue.dispatch()
}

// send sends a message that was taken for the consumer.
func (c *consumer) send(m *message) {
	q := c.queue
	d, err := c.sender.SendEncoded(q.nodes.outgoing(m), m.format)
	if err != nil { // larger than this consumer takes
		q.nodes.log.Warn("broker: a message cannot be sent", "queue", q.address, "link", c.sender.Name(), "error", err)
		c.exclude(m)
		q.putBack(m)
		return
	}
	m.acquired = true
	if c.settled {
		q.drop(m)
		return
	}
	d.SetContext(m)
	m.delivery = d
	if m.prev = c.last; m.prev != nil {
		m.prev.next = m
	} else {
		c.first = m
	}
	c.last = m
}

// returned takes the message of a delivery back from the consumer; nil where it is not the consumer's any more.
func (c *consumer) returned(d *delivery.Delivery) *message {
	m, _ := d.Context().(*message)
	if m == nil {
		return nil
	}
	d.SetContext(nil)
	m.delivery = nil
	if m.prev != nil {
		m.prev.next = m.next
	} else {
		c.first = m.next
	}
	if m.next != nil {
		m.next.prev = m.prev
	} else {
		c.last = m.prev
	}
	m.prev, m.next = nil, nil
	return m
}

// exclude keeps a message from coming to the consumer again.
func (c *consumer) exclude(m *message) {
	if m.excludes(c) {
		return
	}
	m.excluded = slices.DeleteFunc(m.excluded, func(other *consumer) bool { return other.left })
	m.excluded = append(m.excluded, c)
	if c.excluded++; c.excluded > maxExcluded {
		c.refuse(&amqp.Error{
			Condition:   amqp.ErrCondResourceLimitExceeded,
			Description: fmt.Sprintf("more than %d messages of queue %q are undeliverable here", maxExcluded, c.queue.address),
		})
		c.leave()
	}
}

// OnLinkClosed ends the consumer's part in the queue.
func (c *consumer) OnLinkClosed(*handler.Event) { c.leave() }

func (c *consumer) leave() {
	if c.left {
		return
	}
	c.left = true
	c.peer.forget(c)
	var back []*message
	for m := c.first; m != nil; m = c.first {
		back = append(back, c.returned(m.delivery))
	}
	c.queue.requeueAll(back)
	c.queue.leave(c)
}

func (c *consumer) refuse(err *amqp.Error) { c.sender.CloseWithError(err) }

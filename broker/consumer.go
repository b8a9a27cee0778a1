package broker

import (
	"errors"
	"log/slog"

	"github.com/Azure/go-amqp"

	"github.com/hadron-mq/hadron/delivery"
	"github.com/hadron-mq/hadron/handler"
	"github.com/hadron-mq/hadron/sender"
)

const (
	// maxBatch and batchBytes are how much a consumer is given at a time.
	maxBatch   = 64
	batchBytes = 32 << 10
	// maxAssigned is how many messages may wait for a consumer's loop to send them.
	maxAssigned = 256
	// maxReturned is how many messages a consumer that leaves gives back at a time.
	maxReturned = 1024
)

// consumer is a link on which messages leave a queue.
type consumer struct {
	handler.Base
	seat
	sender  *sender.Sender
	settled bool // messages are gone as they are sent

	byDefault amqp.DeliveryState // what becomes of messages of which the peer has said nothing; nil for none

	first, last *message // that the peer has and has not settled, as they were sent

	// The queue's.
	number    uint64 // those that come later have higher ones
	turn      place[*consumer]
	allowance int        // how many messages it may still be assigned
	assigned  []*message // that its loop is to send
	excluded  map[*message]struct{}
	passed    uint64 // how far it has come among the messages that wait apart
	mark      uint64
}

// newConsumer makes a consumer of a queue, whose mutex is held.
func newConsumer(p *peer, q *queue, l *sender.Sender) *consumer {
	c := &consumer{seat: seat{peer: p, queue: q}, sender: l}
	c.turn.of = c
	q.newest++
	c.number = q.newest
	return c
}

// OnSendable gets the consumer what waits.
func (c *consumer) OnSendable(*handler.Event) { c.peer.do(c) }

// work sends what there is for the consumer, a batch of it.
func (c *consumer) work() (more bool) {
	if c.left {
		return c.parting()
	}
	credit := c.sender.Credit()
	q := c.queue
	q.mu.Lock()
	c.called = false
	if q.deleted {
		q.unlock()
		c.refuse(q.gone())
		c.leave()
		return false
	}
	batch, more := q.draw(c, credit)
	q.unlock()
	sent := c.sendAll(batch)
	c.conclude(batch[:sent], batch[sent:])
	more = more && sent == len(batch)
	clear(batch)
	c.peer.batch = batch[:0]
	return more
}

// draw takes messages for a consumer with some credit, and says whether there are more. Where there are none it is idle, as far as its credit goes.
func (q *queue) draw(c *consumer, credit int) (batch []*message, more bool) {
	if credit < len(c.assigned) { // it has gone in the meantime
		q.rest(c, 0)
	}
	batch = c.peer.batch
	for _, m := range c.assigned {
		if len(batch) < credit {
			batch = append(batch, m)
		} else {
			q.giveBack(m)
		}
	}
	clear(c.assigned)
	c.assigned = c.assigned[:0]
	bytes, looked := 0, 0
	for len(batch) < min(credit, maxBatch) && bytes < batchBytes && looked < maxBatch {
		m := q.shelf.take(c)
		if m == nil {
			q.rest(c, credit-len(batch))
			return batch, false
		}
		if looked++; !q.expire(m) {
			batch = append(batch, m)
			bytes += m.size()
		}
	}
	q.rest(c, 0)
	q.serve() // what was given back
	return batch, len(batch) < credit
}

// rest has a consumer wait for messages, as many as its credit allows. One that waits already keeps its turn.
func (q *queue) rest(c *consumer, credit int) {
	if c.allowance = min(credit, maxAssigned); c.allowance == 0 {
		c.turn.leave()
	} else if c.turn.in == nil {
		q.idle.push(&c.turn)
	}
}

// sendAll sends what was taken for the consumer, and returns how far it came. What is too large for this one is not in the batch any more.
func (c *consumer) sendAll(batch []*message) (sent int) {
	for i, m := range batch {
		err := c.send(m)
		if errors.Is(err, sender.ErrMessageSize) { // another may be able to take it
			batch[i] = nil
			c.peer.diary.write(slog.LevelWarn, "a message is too large for a consumer", "queue", quoted(c.queue.address), "link", quoted(c.sender.Name()), "error", err)
			c.undeliverable(m)
		} else if err != nil {
			return i
		}
		if c.left {
			return i + 1
		}
	}
	return len(batch)
}

// conclude ends what was sent settled, and gives back what was not sent.
func (c *consumer) conclude(sent, unsent []*message) {
	if !c.settled && len(unsent) == 0 {
		return
	}
	q := c.queue
	q.mu.Lock()
	for _, m := range sent {
		if c.settled && m != nil {
			q.drop(m)
		}
	}
	for _, m := range unsent {
		q.giveBack(m)
	}
	q.serve()
	q.unlock()
}

// send sends a message that was taken for the consumer.
func (c *consumer) send(m *message) error {
	d, err := c.peer.send(c.sender, m)
	if err != nil {
		return err
	}
	m.acquired = true
	if c.settled {
		return nil
	}
	d.SetContext(m)
	m.delivery = d
	if m.prev = c.last; m.prev != nil {
		m.prev.next = m
	} else {
		c.first = m
	}
	c.last = m
	return nil
}

// undeliverable keeps a message from coming to the consumer again, and offers it to others.
func (c *consumer) undeliverable(m *message) {
	q := c.queue
	q.mu.Lock()
	fits := q.exclude(m, c)
	q.giveBack(m)
	q.serve()
	q.unlock()
	if !fits {
		c.refuse(full("more than %d messages of queue %q are undeliverable here", maxExcluded, quoted(q.address)))
		c.leave()
	}
}

// returned takes the message of a delivery back from the consumer; nil where it is not the consumer's any more.
func (c *consumer) returned(d *delivery.Delivery) *message {
	m, _ := d.Context().(*message)
	if m == nil {
		return nil
	}
	d.SetContext(nil)
	c.unlink(m)
	return m
}

func (c *consumer) unlink(m *message) {
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
}

// OnLinkClosed ends the consumer's part in the queue.
func (c *consumer) OnLinkClosed(*handler.Event) {
	c.suspended = c.sender.Suspended()
	c.leave()
}

func (c *consumer) leave() {
	if c.left {
		return
	}
	c.left = true
	q := c.queue
	q.mu.Lock()
	c.turn.leave()
	for _, m := range c.assigned {
		q.giveBack(m)
	}
	c.assigned = nil
	q.forgive(c)
	q.serve()
	q.unlock()
	c.peer.do(c)
}

// parting gives back some of what the peer had, and says whether there is more. The consumer is gone once there is not.
func (c *consumer) parting() (more bool) {
	q := c.queue
	q.mu.Lock()
	for range maxReturned {
		m := c.first
		if m == nil {
			break
		}
		m.delivery.SetContext(nil)
		c.unlink(m)
		q.settle(m, c.byDefault)
	}
	q.serve()
	if more = c.first != nil; !more {
		c.peer.forget(c)
		c.peer.suspend(linkName{c.sender.Name(), true}, c.sender.Session(), c)
		q.leave(c)
	}
	q.unlock()
	return more
}

func (c *consumer) refuse(err *amqp.Error) { c.sender.CloseWithError(err) }

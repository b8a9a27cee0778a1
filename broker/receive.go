package broker

import (
	"fmt"
	"log/slog"

	"github.com/Azure/go-amqp"

	"github.com/hadron-mq/hadron/delivery"
	"github.com/hadron-mq/hadron/handler"
)

// receive takes the message of an event into the producer's queue, or rejects it.
func (p *producer) receive(e *handler.Event) {
	d := e.Delivery()
	m, undecodable := newMessage(d.Encoded(), d.Format())
	q := p.queue
	q.lock(p.peer)
	kept := q.space.use(p)
	var refusal *amqp.Error
	switch {
	case undecodable != nil:
		refusal = &amqp.Error{Condition: amqp.ErrCondDecodeError, Description: undecodable.Error()}
	default:
		refusal = q.receive(m, p.peer.account, kept)
	}
	n := 0
	if p.wants() && !p.draining {
		p.window = min(2*p.window, producerWindow)
		n = p.ask()
	}
	q.unlock()
	p.give(n)
	if refusal != nil {
		p.peer.reject(d, refusal)
	}
}

// receive takes a message in, for which memory may be set aside, or says why it cannot be.
func (q *queue) receive(m *message, a *account, kept int) *amqp.Error {
	size := m.size()
	memory := q.nodes.memory
	switch {
	case q.deleted:
		return q.gone()
	case q.bytes+size > 2*q.nodes.queueBytes:
		return full("queue %q holds %d bytes, of at most %d: a message of %d is too much", quoted(q.address), q.bytes, q.nodes.queueBytes, size)
	case m.weight() > kept && !memory.takes(a, m.weight()):
		return full("the broker's memory of %d bytes is used, or the sender's part of it: a message of %d is too much", memory.limit, size)
	}
	q.space.measure(size)
	q.add(m, a)
	return nil
}

func full(format string, args ...any) *amqp.Error {
	return &amqp.Error{Condition: amqp.ErrCondResourceLimitExceeded, Description: fmt.Sprintf(format, args...)}
}

// reject refuses a message. Of one that came settled its sender does not hear, so that is logged as what it is: a loss.
func (p *peer) reject(d *delivery.Delivery, reason *amqp.Error) {
	level := slog.LevelDebug
	if d.RemoteSettled() {
		level = slog.LevelWarn
	}
	p.diary.write(level, "a message is rejected", "condition", reason.Condition, "description", quoted(reason.Description))
	_ = d.Reject(reason) // it fails only where the link is gone, and then nobody waits for it
}

package broker

import (
	"github.com/Azure/go-amqp"

	"github.com/hadron-mq/hadron/delivery"
	"github.com/hadron-mq/hadron/handler"
)

// OnAccepted ends a message: it is where it was to go (§3.4.2).
func (c *consumer) OnAccepted(e *handler.Event) {
	if m := c.returned(e.Delivery()); m != nil {
		c.queue.drop(m)
	}
}

// OnRejected ends a message too: no consumer could make anything of it (§3.4.3).
func (c *consumer) OnRejected(e *handler.Event) {
	m := c.returned(e.Delivery())
	if m == nil {
		return
	}
	state, _ := e.Delivery().RemoteState().(*amqp.StateRejected)
	c.queue.nodes.log.Debug("broker: a message was rejected", "queue", c.queue.address, "link", c.sender.Name(), "reason", state.Error)
	c.queue.drop(m)
}

// OnReleased puts a message back as it was (§3.4.4).
func (c *consumer) OnReleased(e *handler.Event) {
	if m := c.returned(e.Delivery()); m != nil {
		c.queue.requeue(m)
	}
}

// OnModified puts a message back as the consumer wants it to be (§3.4.5).
func (c *consumer) OnModified(e *handler.Event) {
	m := c.returned(e.Delivery())
	if m == nil {
		return
	}
	if state, ok := e.Delivery().RemoteState().(*amqp.StateModified); ok {
		if state.DeliveryFailed {
			m.failed++
		}
		if len(state.MessageAnnotations) > 0 {
			c.queue.annotate(m, state.MessageAnnotations)
		}
		if state.UndeliverableHere {
			c.exclude(m)
		}
	}
	c.queue.requeue(m)
}

// OnSettled comes after the outcome. A message that was settled without one was not looked at, as far as anyone can tell.
func (c *consumer) OnSettled(e *handler.Event) { c.OnReleased(e) }

// annotate merges what a consumer has to say into a message's annotations. A message that has none, being no AMQP message, or that is
// not what it claims to be, stays as it is.
func (q *queue) annotate(m *message, annotations amqp.Annotations) {
	if m.format != amqpFormat {
		return
	}
	annotated, err := delivery.AppendAnnotated(nil, m.encoded, annotations)
	switch {
	case err != nil:
		q.nodes.log.Warn("broker: a message cannot be annotated", "queue", q.address, "error", err)
	case q.bytes+len(annotated)-len(m.encoded) > 2*q.nodes.queueBytes: // a message that goes back and forth must not grow for ever
		q.nodes.log.Warn("broker: a message is not annotated, for want of space", "queue", q.address)
	default:
		q.bytes += len(annotated) - len(m.encoded)
		m.encoded = annotated
	}
}

package broker

import (
	"log/slog"

	"github.com/Azure/go-amqp"

	"github.com/hadron-mq/hadron/handler"
)

// OnAccepted ends a message: it is where it was to go (§3.4.2).
func (c *consumer) OnAccepted(e *handler.Event) { c.take(c.returned(e.Delivery())) }

// OnRejected ends a message too: no consumer could make anything of it (§3.4.3).
func (c *consumer) OnRejected(e *handler.Event) {
	if m := c.returned(e.Delivery()); m != nil {
		c.reject(m, e.Delivery().RemoteState())
	}
}

// OnReleased puts a message back as it was (§3.4.4). It comes for those, too, whose connection is lost: the source is gone, and the default outcome is
// theirs (§3.5.3).
func (c *consumer) OnReleased(e *handler.Event) {
	m := c.returned(e.Delivery())
	if m == nil {
		return
	}
	q := c.queue
	q.mu.Lock()
	if c.byDefault != nil && !e.Connection().Active() {
		q.settle(m, c.byDefault)
	} else {
		q.giveBack(m)
	}
	q.serve()
	q.unlock()
}

// OnModified puts a message back as the consumer wants it to be (§3.4.5).
func (c *consumer) OnModified(e *handler.Event) {
	if m := c.returned(e.Delivery()); m != nil {
		c.modify(m, e.Delivery().RemoteState())
	}
}

// OnSettled comes after the outcome, and without one where nothing was said of a message that is final: it has the default outcome then (§3.5.3). Where
// there is none, it was not looked at, as far as anyone can tell.
func (c *consumer) OnSettled(e *handler.Event) {
	m := c.returned(e.Delivery())
	if m == nil {
		return
	}
	q := c.queue
	q.mu.Lock()
	q.settle(m, c.byDefault)
	q.serve()
	q.unlock()
}

// settle makes of a message what its consumer would have: by default, it puts it back.
func (q *queue) settle(m *message, outcome amqp.DeliveryState) {
	switch outcome := outcome.(type) {
	case *amqp.StateAccepted, *amqp.StateRejected:
		q.drop(m)
		return
	case *amqp.StateModified:
		if outcome.DeliveryFailed {
			m.failed++
		}
	}
	q.giveBack(m)
}

func (c *consumer) take(m *message) {
	if m == nil {
		return
	}
	q := c.queue
	q.mu.Lock()
	q.drop(m)
	q.unlock()
}

func (c *consumer) reject(m *message, state amqp.DeliveryState) {
	if rejected, ok := state.(*amqp.StateRejected); ok {
		c.peer.diary.write(slog.LevelDebug, "a message was rejected", "queue", quoted(c.queue.address), "link", quoted(c.sender.Name()), "reason", reason(rejected.Error))
	}
	c.take(m)
}

// reason is what a peer says of an error, for the log.
func reason(err *amqp.Error) string {
	if err == nil {
		return ""
	}
	return quoted(string(err.Condition) + " " + err.Description)
}

func (c *consumer) release(m *message) {
	if m == nil {
		return
	}
	q := c.queue
	q.mu.Lock()
	q.giveBack(m)
	q.serve()
	q.unlock()
}

func (c *consumer) modify(m *message, state amqp.DeliveryState) {
	modified, ok := state.(*amqp.StateModified)
	if !ok {
		c.release(m)
		return
	}
	if modified.DeliveryFailed {
		m.failed++
	}
	if len(modified.MessageAnnotations) > 0 {
		if refusal := c.queue.annotate(m, modified.MessageAnnotations); refusal != nil {
			c.peer.diary.write(slog.LevelWarn, "a message is not annotated", "queue", quoted(c.queue.address), "link", quoted(c.sender.Name()), "reason", reason(refusal))
		}
	}
	if modified.UndeliverableHere {
		c.undeliverable(m)
		return
	}
	c.release(m)
}

package broker

import (
	"context"
	"fmt"
	"log/slog"

	"github.com/Azure/go-amqp"

	"github.com/hadron-mq/hadron/delivery"
	"github.com/hadron-mq/hadron/handler"
)

// receive takes the message of an event into the queue, or rejects it.
func (q *queue) receive(e *handler.Event) {
	d := e.Delivery()
	m, err := q.nodes.newMessage(d.Encoded(), d.Format())
	if err != nil {
		q.nodes.reject(d, &amqp.Error{Condition: amqp.ErrCondDecodeError, Description: err.Error()})
		return
	}
	if q.bytes+m.size() > 2*q.nodes.queueBytes {
		q.nodes.reject(d, &amqp.Error{
			Condition:   amqp.ErrCondResourceLimitExceeded,
			Description: fmt.Sprintf("queue %q holds %d bytes: a message of %d is too much", q.address, q.bytes, m.size()),
		})
		return
	}
	q.space.measure(m.size())
	q.add(m)
}

// reject refuses a message. Of one that came settled its sender does not hear, so that is logged as what it is: a loss.
func (n *nodes) reject(d *delivery.Delivery, reason *amqp.Error) {
	level := slog.LevelDebug
	if d.RemoteSettled() {
		level = slog.LevelWarn
	}
	n.log.Log(context.Background(), level, "broker: a message is rejected", "condition", reason.Condition, "description", reason.Description)
	_ = d.Reject(reason) // it fails only where the link is gone, and then nobody waits for it
}

package broker

import (
	"fmt"

	"github.com/Azure/go-amqp"

	"github.com/hadron-mq/hadron/delivery"
	"github.com/hadron-mq/hadron/handler"
)

// relayWindow is how many messages to a relay may be on their way.
const relayWindow = 100

// relay is a link to the null target: each message on it says itself where it goes. Credit cannot tell that a queue is full here, so
// a message to such a queue is rejected.
type relay struct {
	handler.Base
	nodes *nodes
}

// OnMessage brings a message to the queue that its properties name.
func (r *relay) OnMessage(e *handler.Event) {
	d := e.Delivery()
	to, err := destination(d)
	if err != nil {
		r.nodes.reject(d, &amqp.Error{Condition: amqp.ErrCondDecodeError, Description: err.Error()})
		return
	}
	q := r.nodes.find(to)
	switch {
	case to == "":
		r.nodes.reject(d, &amqp.Error{Condition: amqp.ErrCondPreconditionFailed, Description: "a message to the null target needs a to in its properties"})
	case q == nil:
		r.nodes.reject(d, &amqp.Error{Condition: amqp.ErrCondNotFound, Description: fmt.Sprintf("there is no node %q", to)})
	case q.space.free() <= 0:
		r.nodes.reject(d, &amqp.Error{Condition: amqp.ErrCondResourceLimitExceeded, Description: fmt.Sprintf("queue %q is full", to)})
	default:
		q.receive(e)
	}
}

// destination returns the address that a message names, empty where it names none.
func destination(d *delivery.Delivery) (string, error) {
	if d.Format() != amqpFormat {
		return "", nil
	}
	p, err := delivery.Properties(d.Encoded())
	if err != nil || p == nil || p.To == nil {
		return "", err
	}
	return *p.To, nil
}

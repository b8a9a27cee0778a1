package broker

import (
	"bytes"
	"fmt"
	"log/slog"
	"slices"

	"github.com/Azure/go-amqp"

	"github.com/hadron-mq/hadron/delivery"
	"github.com/hadron-mq/hadron/handler"
	"github.com/hadron-mq/hadron/receiver"
)

// relayWindow is how many messages to a relay may be on their way.
const relayWindow = 100

// relay is a link to the null target: each message on it says itself where it goes. Credit cannot tell that a queue is full here, so
// a message to such a queue is rejected.
type relay struct {
	handler.Base
	peer     *peer
	receiver *receiver.Receiver
	rejects  bool // the source knows that outcome
}

func newRelay(p *peer, l *receiver.Receiver) *relay {
	r := &relay{peer: p, receiver: l, rejects: true}
	if source := l.RemoteSource(); source != nil && len(source.Outcomes) > 0 { // who names none takes them as they come
		r.rejects = slices.Contains(source.Outcomes, "amqp:rejected:list")
	}
	return r
}

// OnMessage brings a message to the queue that its properties name. Where that cannot be, its sender is told in a way that it understands, with the
// message's tag: by an outcome, and where it knows none, or has settled the message, by the end of the link ("Anonymous Terminus", 2.2.2).
func (r *relay) OnMessage(e *handler.Event) {
	d := e.Delivery()
	refusal := r.forward(d)
	if refusal == nil {
		return
	}
	refusal.Info = map[string]any{"delivery-tag": bytes.Clone(d.Tag())}
	if r.rejects && !d.RemoteSettled() {
		r.peer.reject(d, refusal)
		return
	}
	r.peer.diary.write(slog.LevelWarn, "a message cannot be relayed", "condition", refusal.Condition, "description", quoted(refusal.Description))
	_ = d.Release() // nobody hears of it: the link ends
	r.receiver.CloseWithError(refusal)
}

// forward says why a message cannot be brought to where it goes.
func (r *relay) forward(d *delivery.Delivery) *amqp.Error {
	m, err := newMessage(d.Encoded(), d.Format())
	if err != nil {
		return &amqp.Error{Condition: amqp.ErrCondDecodeError, Description: err.Error()}
	}
	to, err := destination(d)
	if err != nil {
		return &amqp.Error{Condition: amqp.ErrCondDecodeError, Description: err.Error()}
	}
	if to == "" {
		return &amqp.Error{Condition: amqp.ErrCondPreconditionFailed, Description: "a message to the null target needs a to in its properties"}
	}
	q := r.peer.nodes.find(to)
	if q == nil {
		return &amqp.Error{Condition: amqp.ErrCondNotFound, Description: fmt.Sprintf("there is no node %q", quoted(to))}
	}
	q.lock(r.peer)
	defer q.unlock()
	switch {
	case q.deleted:
		return q.gone()
	case q.space.full() || q.messages+q.space.promised >= q.nodes.queueLimit:
		return full("queue %q is full", quoted(to))
	}
	return q.receive(m, r.peer.account, 0)
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

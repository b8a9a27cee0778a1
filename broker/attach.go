package broker

import (
	"log/slog"

	"github.com/Azure/go-amqp"

	"github.com/hadron-mq/hadron/handler"
	"github.com/hadron-mq/hadron/receiver"
	"github.com/hadron-mq/hadron/sender"
)

// maxMessage is the largest message that is taken, in bytes, where the other limits allow it.
const maxMessage = 128 << 20

// OnLinkOpening opens a link of the peer's, or refuses it.
func (s *server) OnLinkOpening(e *handler.Event) {
	p, _ := e.Connection().Context().(*peer)
	var refusal *amqp.Error
	var err error
	if e.Sender() != nil {
		if refusal, err = s.openSender(p, e.Sender()); refusal != nil {
			e.Sender().CloseWithError(refusal)
		}
	} else if refusal, err = s.openReceiver(p, e.Receiver()); refusal != nil {
		e.Receiver().CloseWithError(refusal)
	}
	switch {
	case refusal != nil:
		p.diary.write(slog.LevelInfo, "a link is refused", "condition", refusal.Condition, "description", quoted(refusal.Description))
	case err != nil:
		p.diary.write(slog.LevelError, "a link cannot be opened", "error", quoted(err.Error()))
	}
}

// openSender opens a link on which messages leave: the peer names the source.
func (s *server) openSender(p *peer, l *sender.Sender) (refusal *amqp.Error, err error) {
	source := l.RemoteSource()
	if source == nil || source.Address == nil && !source.Dynamic {
		return &amqp.Error{Condition: amqp.ErrCondInvalidField, Description: "a source needs an address, unless it is dynamic"}, nil
	}
	var own link
	opts := []sender.Option{sender.Filters(nil)}
	join := func(q *queue) {
		if source.DistributionMode == "copy" { // §3.5.7
			b := newBrowser(p, q, l)
			own, opts = b, append(opts, handler.ForSender(b))
		} else {
			c := newConsumer(p, q, l)
			own, opts = c, append(opts, handler.ForSender(c))
			q.newest++
			c.number = q.newest
		}
		if source.Dynamic {
			q.owner = own
		}
		q.join(own)
	}
	if source.Dynamic {
		refusal = s.nodes.openTemporary(p.account, join)
	} else {
		refusal = s.nodes.open(*source.Address, p.account, join)
	}
	if refusal != nil {
		return refusal, nil
	}
	p.join(own)
	if err = l.Open(append(opts, sender.SourceAddress(own.at().queue.address))...); err != nil {
		own.leave()
		return nil, err
	}
	if c, ok := own.(*consumer); ok {
		c.settled = l.SettleMode() == amqp.SenderSettleModeSettled
	}
	return nil, nil
}

// openReceiver opens a link on which messages come: the peer names the target.
func (s *server) openReceiver(p *peer, l *receiver.Receiver) (refusal *amqp.Error, err error) {
	target := l.RemoteTarget()
	switch {
	case l.Coordinator():
		return &amqp.Error{Condition: amqp.ErrCondNotImplemented, Description: "there are no transactions"}, nil
	case target == nil:
		return &amqp.Error{Condition: amqp.ErrCondInvalidField, Description: "the link has no target"}, nil
	}
	opts := []receiver.Option{receiver.Encoded(), receiver.Borrowed(), receiver.MaxMessageSize(s.nodes.maxMessage())}
	if target.Address == nil && !target.Dynamic {
		return nil, l.Open(append(opts, receiver.Credit(relayWindow), handler.ForReceiver(&relay{peer: p}))...)
	}
	var own *producer
	join := func(q *queue) {
		own = newProducer(p, q, l)
		if target.Dynamic {
			q.owner = own
		}
		q.join(own)
	}
	if target.Dynamic {
		refusal = s.nodes.openTemporary(p.account, join)
	} else {
		refusal = s.nodes.open(*target.Address, p.account, join)
	}
	if refusal != nil {
		return refusal, nil
	}
	p.join(own)
	opts = append(opts, receiver.TargetAddress(own.queue.address), receiver.ManualCredit(), handler.ForReceiver(own))
	if err = l.Open(opts...); err != nil {
		own.leave()
		return nil, err
	}
	return nil, nil
}

// maxMessage returns how large a message may be: it must have its place in a queue, and in the part of the memory that one sender may have.
func (n *nodes) maxMessage() uint64 {
	return uint64(min(maxMessage, n.queueBytes, max(n.memoryLimit/2, 1)))
}

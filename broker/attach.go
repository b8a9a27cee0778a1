package broker

import (
	"github.com/Azure/go-amqp"

	"github.com/hadron-mq/hadron/handler"
	"github.com/hadron-mq/hadron/receiver"
	"github.com/hadron-mq/hadron/sender"
)

// maxMessage is the largest message that is taken, in bytes, where QueueBytes allows it.
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
		s.nodes.log.Info("broker: a link is refused", "peer", e.Connection().RemoteContainerID(), "condition", refusal.Condition, "description", refusal.Description)
	case err != nil:
		s.nodes.log.Error("broker: a link cannot be opened", "peer", e.Connection().RemoteContainerID(), "error", err)
	}
}

// openSender opens a link on which messages leave: the peer names the source.
func (s *server) openSender(p *peer, l *sender.Sender) (refusal *amqp.Error, err error) {
	source := l.RemoteSource()
	if source == nil || source.Address == nil && !source.Dynamic {
		return &amqp.Error{Condition: amqp.ErrCondInvalidField, Description: "a source needs an address, unless it is dynamic"}, nil
	}
	var q *queue
	if source.Dynamic {
		q, refusal = s.nodes.openTemporary()
	} else {
		q, refusal = s.nodes.open(*source.Address)
	}
	if refusal != nil {
		return refusal, nil
	}
	opts := []sender.Option{sender.SourceAddress(q.address), sender.Filters(nil)}
	var own link
	if source.DistributionMode == "copy" { // §3.5.7
		b := &browser{peer: p, queue: q, sender: l}
		own, opts = b, append(opts, handler.ForSender(b))
	} else {
		c := &consumer{peer: p, queue: q, sender: l}
		own, opts = c, append(opts, handler.ForSender(c))
	}
	if source.Dynamic {
		q.owner = own
	}
	if err = l.Open(opts...); err != nil {
		q.leave(own)
		return nil, err
	}
	switch own := own.(type) {
	case *consumer:
		own.settled = l.SettleMode() == amqp.SenderSettleModeSettled
	case *browser:
		q.browsers = append(q.browsers, own)
	}
	q.join(own)
	p.join(own)
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
	opts := []receiver.Option{receiver.Encoded(), receiver.MaxMessageSize(uint64(min(maxMessage, s.nodes.queueBytes)))}
	if target.Address == nil && !target.Dynamic {
		r := &relay{nodes: s.nodes}
		return nil, l.Open(append(opts, receiver.Credit(relayWindow), handler.ForReceiver(r))...)
	}
	var q *queue
	if target.Dynamic {
		q, refusal = s.nodes.openTemporary()
	} else {
		q, refusal = s.nodes.open(*target.Address)
	}
	if refusal != nil {
		return refusal, nil
	}
	own := &producer{peer: p, queue: q, receiver: l}
	if target.Dynamic {
		q.owner = own
	}
	opts = append(opts, receiver.TargetAddress(q.address), receiver.ManualCredit(), handler.ForReceiver(own))
	if err = l.Open(opts...); err != nil {
		q.leave(own)
		return nil, err
	}
	q.join(own)
	p.join(own)
	return nil, nil
}

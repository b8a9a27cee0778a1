package broker

import (
	"fmt"
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
		if refusal, err = p.openSender(e.Sender()); refusal != nil {
			e.Sender().CloseWithError(refusal)
		}
	} else if refusal, err = p.openReceiver(e.Receiver()); refusal != nil {
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
func (p *peer) openSender(l *sender.Sender) (refusal *amqp.Error, err error) {
	source := l.RemoteSource()
	made := newSupply(p, l, source)
	resumed := p.resume(linkName{l.Name(), true}, address(source))
	switch {
	case resumed != nil:
		refusal = resumed.rejoin(made.join)
	case source == nil: // §2.6.3: a look-up of what there is by that name
		refusal = &amqp.Error{Condition: amqp.ErrCondNotFound, Description: fmt.Sprintf("there is no link %q to be attached again", quoted(l.Name()))}
	case source.Dynamic:
		t := newTemporary(p, source.LifetimePolicy(), true)
		refusal = p.nodes.openTemporary(t, made.join)
	case source.Address == nil:
		refusal = &amqp.Error{Condition: amqp.ErrCondInvalidField, Description: "a source needs an address, unless it is dynamic"}
	default:
		refusal = p.nodes.open(*source.Address, p.account, made.join)
	}
	if refusal != nil {
		return refusal, nil
	}
	p.join(made.link)
	if err = l.Open(made.granted()...); err != nil {
		made.link.leave()
		return nil, err
	}
	made.opened()
	return nil, nil
}

// openReceiver opens a link on which messages come: the peer names the target.
func (p *peer) openReceiver(l *receiver.Receiver) (refusal *amqp.Error, err error) {
	target := l.RemoteTarget()
	switch {
	case l.Coordinator():
		return &amqp.Error{Condition: amqp.ErrCondNotImplemented, Description: "there are no transactions"}, nil
	case target == nil:
		return &amqp.Error{Condition: amqp.ErrCondInvalidField, Description: "the link has no target"}, nil
	}
	opts := []receiver.Option{receiver.Encoded(), receiver.Borrowed(), receiver.MaxMessageSize(p.nodes.maxMessage())}
	if p.keepsUnsettled() {
		opts = append(opts, receiver.SettleMode(amqp.ReceiverSettleModeFirst))
	}
	if target.Address == nil && !target.Dynamic {
		r := newRelay(p, l)
		return nil, l.Open(append(opts, receiver.Credit(relayWindow), handler.ForReceiver(r))...)
	}
	made := newProducer(p, l)
	join := func(q *queue) (link, *amqp.Error) {
		made.queue = q
		q.join(made)
		return made, nil
	}
	if resumed := p.resume(linkName{l.Name(), false}, target.Address); resumed != nil {
		refusal = resumed.rejoin(join)
	} else if target.Dynamic {
		t := newTemporary(p, target.LifetimePolicy(), wants(target.Capabilities, "temporary-queue"))
		refusal = p.nodes.openTemporary(t, join)
	} else {
		refusal = p.nodes.open(*target.Address, p.account, join)
	}
	if refusal != nil {
		return refusal, nil
	}
	p.join(made)
	opts = append(opts, grantTarget(target, made.queue)...)
	opts = append(opts, receiver.ManualCredit(), handler.ForReceiver(made))
	if err = l.Open(opts...); err != nil {
		made.leave()
		return nil, err
	}
	return nil, nil
}

// maxMessage returns how large a message may be: it must have its place in a queue, and in the part of the memory that one sender may have.
func (n *nodes) maxMessage() uint64 {
	return uint64(min(maxMessage, n.queueBytes, max(n.memoryLimit/2, 1)))
}

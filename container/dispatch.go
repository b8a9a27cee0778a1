package container

import (
	"log/slog"

	"github.com/Azure/go-amqp"

	"github.com/hadron-mq/hadron/connection"
	"github.com/hadron-mq/hadron/delivery"
	"github.com/hadron-mq/hadron/handler"
	"github.com/hadron-mq/hadron/internal/engine"
	"github.com/hadron-mq/hadron/internal/event"
	"github.com/hadron-mq/hadron/internal/wire"
	"github.com/hadron-mq/hadron/receiver"
	"github.com/hadron-mq/hadron/sender"
)

// method is one of the handler's methods.
type method = func(handler.MessagingHandler, *handler.Event)

// handle turns one event of the engine into calls, and does what handlers leave to Hadron.
func (d *driver) handle(e *engine.Event) {
	switch e.Kind {
	case engine.DeliveryReceived:
		d.received(e)
	case engine.DeliveryUpdated:
		d.updated(e)
	case engine.LinkSendable:
		if e.Link.Credit() > 0 { // a callback of this same turn may have used it, or closed the link
			d.onLink(e, handler.MessagingHandler.OnSendable)
		}
	case engine.LinkDrained:
		d.onLink(e, handler.MessagingHandler.OnDrained)
	case engine.DeliveryAborted:
		d.onLink(e, handler.MessagingHandler.OnAborted)
	case engine.LinkRemoteAttach:
		d.linkAttached(e)
	case engine.LinkRemoteDetach:
		d.linkDetached(e)
	case engine.SessionRemoteBegin:
		d.sessionBegun(e)
	case engine.SessionRemoteEnd:
		d.sessionEnded(e)
	case engine.LinkFailed: // it is closed when the peer has answered
		d.failed(e, handler.MessagingHandler.OnLinkError, "link closed over what the peer did")
	case engine.SessionFailed:
		d.failed(e, handler.MessagingHandler.OnSessionError, "session ended over what the peer did")
	case engine.ConnectionRemoteOpen:
		d.connectionOpened()
	case engine.ConnectionRemoteClose:
		d.connectionClosed(e)
	case engine.TransportFailed:
		d.failure = e.Err
		if d.route == nil { // a peer's own: there is no attempt to tell of, and it may take its time to go
			d.report(e.Err)
		}
		d.slowDown(e.Err)
	case engine.ConnectionRestored:
		d.restored()
	}
}

// subject says what an event about a link is about.
func subject(e *engine.Event) event.Subject {
	s := event.Subject{
		Session:  (*connection.Session)(e.Session),
		Delivery: (*delivery.Delivery)(e.Delivery),
		Err:      e.Err,
	}
	if e.Link != nil {
		if e.Link.Role() == engine.RoleReceiver {
			s.Receiver = (*receiver.Receiver)(e.Link)
		} else {
			s.Sender = (*sender.Sender)(e.Link)
		}
	}
	return s
}

func (d *driver) onLink(e *engine.Event, m method) bool {
	s := subject(e)
	return d.loop.offer(d, e.Link, &s, m)
}

// received brings a message to the handler, and accepts it where the handler leaves that to Hadron.
func (d *driver) received(e *engine.Event) {
	link, message := e.Link, e.Delivery
	if link.LocalState() != engine.Active { // closed by a callback of this same turn
		return
	}
	s := subject(e)
	cfg := link.Config()
	if !cfg.LeaveEncoded {
		var err error
		if s.Message, err = d.decode(message, cfg.Borrowed); err != nil {
			d.undecodable(message, err)
			return
		}
	}
	if !cfg.ManualAccept {
		d.engine.Hand(message)
	}
	d.loop.offer(d, link, &s, handler.MessagingHandler.OnMessage)
	d.engine.AcceptHand()
	message.Release()
	if cfg.Borrowed {
		d.loop.lent.TakeBack()
	}
	if cfg.Borrowed || !d.loop.event.Held() {
		message.Recycle() // where it is settled
	}
}

// decode decodes a message, which is the handler's to keep, or lent to it.
func (d *driver) decode(message *engine.Delivery, lent bool) (m *amqp.Message, err error) {
	l := d.loop
	if lent {
		m, err = l.lent.DecodeMessage(message.Encoded())
	} else if m, err = l.slabs.DecodeMessage(message.Encoded(), message.Gathered()); err == nil {
		message.Release()
	}
	if err != nil {
		return nil, err
	}
	m.Format, m.DeliveryTag = message.Format(), message.Tag()
	if !lent { // the delivery may be used again while the message is kept
		m.DeliveryTag = l.slabs.Clone(m.DeliveryTag)
	}
	return m, nil
}

// undecodable rejects what is no AMQP message: the handler never sees it.
func (d *driver) undecodable(message *engine.Delivery, err error) {
	d.log(slog.LevelError, "a message that cannot be decoded is rejected", message.Link(), "error", err)
	state := &wire.State{Code: wire.CodeRejected, Error: &amqp.Error{Condition: amqp.ErrCondDecodeError, Description: err.Error()}}
	_ = message.Update(state, true)
}

// untold logs that a message was not accepted, which no handler took: nobody else will notice that it is lost.
func (d *driver) untold(link *engine.Link, state *wire.State, err error) {
	if err == nil && state.Error != nil {
		err = state.Error
	}
	name, _ := wire.Names(state.Code)
	d.log(slog.LevelWarn, "a message that was sent is "+name+", and no handler takes that", link, "error", err)
}

// outcomes are the calls for what a receiver makes of a message.
var outcomes = map[uint64]method{
	wire.CodeAccepted: handler.MessagingHandler.OnAccepted,
	wire.CodeRejected: handler.MessagingHandler.OnRejected,
	wire.CodeReleased: handler.MessagingHandler.OnReleased,
	wire.CodeModified: handler.MessagingHandler.OnModified,
}

// updated brings what the peer says of a delivery to the handler. A sender's delivery that has its outcome is settled.
func (d *driver) updated(e *engine.Event) {
	message := e.Delivery
	outcome := method(nil)
	state := message.RemoteState()
	if state != nil && e.Link.Role() == engine.RoleSender {
		if state.Code == wire.CodeAccepted { // nearly always
			outcome = handler.MessagingHandler.OnAccepted
		} else {
			outcome = outcomes[state.Code]
		}
	}
	s := subject(e)
	told := false
	if outcome != nil {
		told = d.loop.offer(d, e.Link, &s, outcome)
	}
	if message.RemoteSettled() {
		told = d.loop.offer(d, e.Link, &s, handler.MessagingHandler.OnSettled) || told
	}
	if !told && outcome != nil && state.Code != wire.CodeAccepted && e.Link.Role() == engine.RoleSender {
		d.untold(e.Link, state, e.Err)
	}
	if e.Link.Role() == engine.RoleSender && !message.Settled() && (outcome != nil || message.RemoteSettled()) {
		_ = message.Update(state, true) // it fails only when the link is gone, and then nobody waits for it
	}
}

package container

import (
	"fmt"

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
		d.failed(e, handler.MessagingHandler.OnLinkError)
	case engine.SessionFailed:
		d.failed(e, handler.MessagingHandler.OnSessionError)
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
		d.loop.offer(d, nil, &event.Subject{}, handler.MessagingHandler.OnReconnected)
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
	d.loop.container.log.Error("receiver: a message that cannot be decoded is rejected", "error", err,
		"connection", d.peer(), "link", message.Link().Name())
	state := &wire.State{Code: wire.CodeRejected, Error: &amqp.Error{Condition: amqp.ErrCondDecodeError, Description: err.Error()}}
	_ = message.Update(state, true)
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
	if outcome != nil {
		d.loop.offer(d, e.Link, &s, outcome)
	}
	if message.RemoteSettled() {
		d.loop.offer(d, e.Link, &s, handler.MessagingHandler.OnSettled)
	}
	if e.Link.Role() == engine.RoleSender && !message.Settled() && (outcome != nil || message.RemoteSettled()) {
		_ = message.Update(state, true) // it fails only when the link is gone, and then nobody waits for it
	}
}

// linkAttached opens a link of the peer's, or tells that ours is open.
func (d *driver) linkAttached(e *engine.Event) {
	link := e.Link
	if link.LocalState() == engine.Uninitialized {
		d.onLink(e, handler.MessagingHandler.OnLinkOpening)
		if link.LocalState() == engine.Uninitialized && link.Peer().Coordinator != nil { // no handler controls transactions
			link.Close(&amqp.Error{Condition: amqp.ErrCondNotImplemented, Description: "there are no transactions"})
		}
		if link.LocalState() == engine.Uninitialized {
			var err error
			d.loop.outside(func() { // the views take the lock themselves
				if link.Role() == engine.RoleReceiver {
					err = (*receiver.Receiver)(link).Open()
				} else {
					err = (*sender.Sender)(link).Open()
				}
			})
			if err != nil {
				d.unhandled(err)
			}
		}
	}
	if link.LocalState() == engine.Active && !link.Refused() {
		d.onLink(e, handler.MessagingHandler.OnLinkOpened)
	}
}

// linkDetached closes a link in answer to the peer.
func (d *driver) linkDetached(e *engine.Event) {
	link := e.Link
	if d.reattach(link, e.Err) {
		return
	}
	if e.Err != nil {
		s := link.Session() // one that has ended tells for all its links
		if !d.onLink(e, handler.MessagingHandler.OnLinkError) && s.LocalState() == engine.Active && s.RemoteState() == engine.Active {
			d.unhandled(e.Err)
		}
	} else if link.LocalState() == engine.Active {
		d.onLink(e, handler.MessagingHandler.OnLinkClosing)
	}
	if link.LocalState() == engine.Active {
		if link.RemoteState() == engine.Detached { // answered in kind (§2.6.4, §2.6.6)
			link.Detach()
		} else {
			link.Close(nil)
		}
	}
	d.onLink(e, handler.MessagingHandler.OnLinkClosed)
}

// failed tells why a link or a session was ended over what the peer did on it.
func (d *driver) failed(e *engine.Event, m method) {
	if !d.onLink(e, m) {
		d.unhandled(e.Err)
	}
}

func (d *driver) sessionBegun(e *engine.Event) {
	if e.Session.LocalState() == engine.Uninitialized {
		d.onLink(e, handler.MessagingHandler.OnSessionOpening)
		if e.Session.LocalState() == engine.Uninitialized {
			if err := e.Session.Begin(); err != nil {
				d.unhandled(err)
			}
		}
	}
	if e.Session.LocalState() == engine.Active {
		d.onLink(e, handler.MessagingHandler.OnSessionOpened)
	}
}

func (d *driver) sessionEnded(e *engine.Event) {
	if e.Err != nil {
		if !d.onLink(e, handler.MessagingHandler.OnSessionError) {
			d.unhandled(e.Err)
		}
	} else if e.Session.LocalState() == engine.Active {
		d.onLink(e, handler.MessagingHandler.OnSessionClosing)
	}
	e.Session.End(nil)
	d.onLink(e, handler.MessagingHandler.OnSessionClosed)
}

func (d *driver) connectionOpened() {
	d.opened()
	if d.route != nil {
		places, skipped := d.url.Failover(d.engine.RemoteOpen().Properties)
		d.route.learn(places)
		for _, err := range skipped {
			d.loop.container.log.Warn("a place to fail over to is left out", "error", err)
		}
	}
	if d.engine.LocalState() == engine.Uninitialized {
		d.loop.offer(d, nil, &event.Subject{}, handler.MessagingHandler.OnConnectionOpening)
		d.engine.Open() // does nothing when the handler has closed it
	}
	if d.engine.LocalState() == engine.Active {
		d.loop.offer(d, nil, &event.Subject{}, handler.MessagingHandler.OnConnectionOpened)
	}
}

func (d *driver) connectionClosed(e *engine.Event) {
	if d.passes(e.Err) { // the transport ends, the connection does not
		if d.failure = e.Err; d.failure == nil {
			d.failure = fmt.Errorf("connection: %s: closed by the peer", d.peer())
		}
		d.engine.AnswerClose()
		return
	}
	if e.Err != nil {
		if !d.loop.offer(d, nil, &event.Subject{Err: e.Err}, handler.MessagingHandler.OnConnectionError) {
			d.unhandled(e.Err)
		}
	} else if d.engine.LocalState() == engine.Active {
		d.loop.offer(d, nil, &event.Subject{}, handler.MessagingHandler.OnConnectionClosing)
	}
	d.engine.Close(nil)
	d.loop.offer(d, nil, &event.Subject{}, handler.MessagingHandler.OnConnectionClosed)
}

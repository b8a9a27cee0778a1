package engine

import (
	"fmt"

	"github.com/Azure/go-amqp"

	"github.com/hadron-mq/hadron/internal/wire"
)

// window is a session's flow control, counted in transfer frames (§2.5.6).
type window struct {
	nextOutgoing   uint32 // transfer number of the next transfer frame sent
	remoteIncoming uint32 // how many transfer frames the peer takes
	initial        uint32 // nextOutgoing at begin

	nextIncoming uint32 // transfer number that the next transfer frame received has
	incoming     uint32 // how many we take
}

func (w *window) init() {
	*w = window{remoteIncoming: w.remoteIncoming, nextIncoming: w.nextIncoming, incoming: sessionWindow}
}

func (w *window) remoteBegin(p *wire.Begin) {
	w.nextIncoming = p.NextOutgoingID
	w.remoteIncoming = p.IncomingWindow
}

// low says that the peer should be told of the window before it runs out.
func (w *window) low() bool { return w.incoming <= sessionWindow/2 }

// onFlow takes a flow frame, for the session and perhaps for a link (§2.7.4).
func (s *Session) onFlow(p *wire.Flow) {
	w := &s.window
	next := w.initial // the peer has not seen our begin yet when next-incoming-id is not set
	if p.NextIncomingID.OK {
		next = p.NextIncomingID.V
	}
	if before(w.nextOutgoing, next) {
		s.fail(amqp.ErrCondInvalidField, fmt.Sprintf("flow frame: next-incoming-id of %d, but the next transfer is %d", next, w.nextOutgoing))
		return
	}
	if !p.Handle.OK && (p.DeliveryCount.OK || p.LinkCredit.OK || p.Available.OK || p.Drain) {
		s.fail(amqp.ErrCondInvalidField, "flow frame: a link's delivery-count, link-credit, available or drain without a handle")
		return
	}
	w.nextIncoming = p.NextOutgoingID // §2.5.6
	// Transfers on their way when the flow was sent count against what it allows.
	if left := int64(p.IncomingWindow) - int64(w.nextOutgoing-next); left > 0 {
		w.remoteIncoming = uint32(left)
	} else {
		w.remoteIncoming = 0
	}
	switch {
	case p.Handle.OK:
		l := s.handles.get(p.Handle.V)
		if l == nil {
			s.fail(amqp.ErrCondUnattachedHandle, fmt.Sprintf("flow frame for handle %d, which is not attached", p.Handle.V))
			return
		}
		if l.strays() {
			return
		}
		l.onFlow(p)
	case p.Echo:
		s.owing = true
		s.markDirty()
	}
	if w.remoteIncoming > 0 && s.waiting.len() > 0 && !s.reopened {
		s.reopened = true
		s.conn.reopened.push(s)
	}
}

// wait notes that the link waits for the peer's window.
func (s *Session) wait(l *Link) {
	if !l.waits {
		l.waits = true
		s.waiting.push(l)
	}
}

// resumeNext resumes one link that has waited for its session's window. A peer may open and close it with every frame: no other link is
// visited, each costs work, and those that the window does not suffice for come first when it is opened again.
func (c *Connection) resumeNext() {
	s := c.reopened.first()
	if s.window.remoteIncoming == 0 || s.waiting.len() == 0 {
		s.reopened = false
		c.reopened.pop()
		return
	}
	l := s.waiting.pop()
	l.waits = false
	l.resume()
}

// writeFlow sends the session's windows, and the link's credit where l is not nil.
func (s *Session) writeFlow(l *Link) {
	s.owing = false
	w := &s.window
	w.incoming = sessionWindow
	p := wire.Flow{
		IncomingWindow: w.incoming,
		NextOutgoingID: w.nextOutgoing,
		OutgoingWindow: outgoingWindow,
	}
	if s.remote != Uninitialized { // §2.7.4: set if the peer's begin was seen
		p.NextIncomingID = wire.Some(w.nextIncoming)
	}
	if l != nil {
		p.Handle = wire.Some(l.handle)
		p.LinkCredit = wire.Some(l.credit)
		p.Drain = l.drain
		if limit := l.deliveryCount + l.credit; l.role == RoleReceiver && before(l.promised, limit) {
			l.promised = limit
		}
		if l.role == RoleSender || l.remote != Uninitialized {
			p.DeliveryCount = wire.Some(l.deliveryCount)
		}
		if l.role == RoleSender {
			p.Available = wire.Some(uint32(l.queue.len()))
		}
	}
	s.conn.write(s.channel, &p)
}

// sent notes transfer frames that were written.
func (w *window) sent(n uint32) {
	w.nextOutgoing += n
	w.remoteIncoming -= min(n, w.remoteIncoming)
}

func (w *window) sentAny() bool { return w.nextOutgoing != w.initial }

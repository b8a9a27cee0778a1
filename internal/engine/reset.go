package engine

import (
	"github.com/hadron-mq/hadron/internal/wire"
)

// Reset makes the connection ready for another transport after one was lost. Endpoints stay the same objects: what the application
// has open is written again when the next transport starts. Sessions and links of the peer's making are gone with it.
//
// What was sent and has no outcome goes to the front of its link's queue, to be sent again in order under the same tags;
// senders that do not want that see it released. What was received and is not settled belongs to nobody any more: settling it
// is ErrLost. cause is why the transport was lost, where that may be the doing of a message, and else nil: a message that has it lost time and again is
// given up.
func (c *Connection) Reset(cause error) {
	if c.remote != Uninitialized {
		c.epoch++
	}
	c.heedAll()
	Output{pieces: c.pieces}.Done()
	var sent []*Delivery
	for _, s := range c.sessions {
		sent = append(sent, s.sentOn(nil)...)
	}
	if guilty := c.accuse(sent, c.decided, cause); guilty != nil {
		guilty.giveUp(cause)
	}
	c.transport = transport{events: c.events}
	c.remote, c.remoteOpen = Uninitialized, wire.Open{}
	c.touched = false
	c.restoring = 0
	sessions := c.sessions
	c.sessions = nil
	for _, s := range sessions {
		if s.local == Active && !s.incoming {
			c.sessions = append(c.sessions, s)
			s.reset()
			continue
		}
		s.lose()
		c.take(-s.cost())
	}
	c.partial = 0 // what links have let go of was counted on the transport that is gone
	c.touch()
}

// reset makes the session ready to be begun again.
func (s *Session) reset() {
	c := s.conn
	unsettled := s.unsettled
	c.take(-s.remembered * rememberedCost)
	s.sessionTransport = sessionTransport{}
	s.remote = Uninitialized
	s.restoring = true
	c.restoring++
	again := make(map[*Link][]*Delivery)
	for i := range unsettled {
		for d := range unsettled[i].all {
			again[d.link] = append(again[d.link], d)
		}
	}
	for l := range s.links.all {
		if l.local == Active && !l.incoming {
			l.reset(again[l])
			l.restoring = true
			c.restoring++
			continue
		}
		l.lose()
	}
}

// reset makes the link ready to be attached again. unsettled is what has left or come and is not settled, in order.
func (l *Link) reset(unsettled []*Delivery) {
	credit, drain := l.credit, l.drain
	l.linkTransport = linkTransport{}
	switch {
	case l.role == RoleSender:
	case l.cfg.Window == 0: // credit that the application gave, and that was not used, still holds
		l.credit, l.drain = credit, drain
	case drain: // no credit is left, which is what was waited for
		l.session.conn.emit(Event{Kind: LinkDrained, Session: l.session, Link: l})
	}
	l.suspended = false
	l.remote, l.peer = Uninitialized, nil
	l.hold(0)
	l.shed()
	l.incomplete = nil
	l.unsettled, l.tracked = 0, 0
	if l.role == RoleReceiver {
		l.retain(unsettled)
	}
	l.epoch++
	if l.role == RoleSender {
		if held := l.queue.sendAgain(l, unsettled); l.recovery == nil { // else nothing was sent since, and it still holds
			l.retain(held)
		}
	}
}

// lose ends a session that no transport will bring back, and lose a link. Where this end had closed it, nobody is left to answer: that is the
// answer.
func (s *Session) lose() {
	closed := s.local == Closed && !s.incoming
	for l := range s.links.all {
		l.lose()
	}
	s.local, s.remote = Closed, Closed
	if closed {
		s.conn.emit(Event{Kind: SessionRemoteEnd, Session: s})
	}
}

func (l *Link) lose() {
	c := l.session.conn
	l.session.forget(l)
	l.shed()
	l.queue.releaseAll(c)
	closed := l.local >= Detached && !l.incoming || l.session.local == Closed && !l.session.incoming
	l.local, l.remote = Closed, Closed
	l.epoch++
	if closed {
		c.emit(Event{Kind: LinkRemoteDetach, Session: l.session, Link: l})
	}
}

// restored counts an endpoint that the peer has answered for after a Reset, and tells when it was the last. A connection that never was open
// is not restored by being opened.
func (c *Connection) restored(waiting *bool) {
	if !*waiting {
		return
	}
	*waiting = false
	if c.restoring--; c.restoring == 0 && c.epoch > 0 && c.remote == Active { // else the peer's open tells
		c.emit(Event{Kind: ConnectionRestored})
	}
}

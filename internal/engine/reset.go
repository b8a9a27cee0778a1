package engine

import (
	"github.com/hadron-mq/hadron/internal/wire"
)

// Reset makes the connection ready for another transport after one was lost. Endpoints stay the same objects: what the application
// has open is written again when the next transport starts. Sessions and links of the peer's making are gone with it.
//
// What was sent and has no outcome goes to the front of its link's queue, to be sent again in order under the same tags;
// senders that do not want that see it released. What was received and is not settled belongs to nobody any more: settling it
// is ErrLost.
func (c *Connection) Reset() {
	c.transport = transport{events: c.events}
	c.remote, c.remoteOpen = Uninitialized, wire.Open{}
	c.epoch++
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
	}
	c.touch()
}

// reset makes the session ready to be begun again.
func (s *Session) reset() {
	c := s.conn
	sent := s.unsettled[RoleSender.index()]
	s.sessionTransport = sessionTransport{}
	s.remote = Uninitialized
	s.restoring = true
	c.restoring++
	again := make(map[*Link][]*Delivery)
	for d := range sent.all {
		again[d.link] = append(again[d.link], d)
	}
	links := s.links
	s.links = nil
	for _, l := range links {
		if l.local == Active && !l.incoming {
			s.links = append(s.links, l)
			l.reset(again[l])
			l.restoring = true
			c.restoring++
			continue
		}
		l.lose()
	}
}

// reset makes the link ready to be attached again. sent is what has left and is not settled, in order.
func (l *Link) reset(sent []*Delivery) {
	credit, drain := l.credit, l.drain
	l.linkTransport = linkTransport{}
	if l.role == RoleReceiver && l.cfg.Window == 0 { // credit that the application gave, and that was not used, still holds
		l.credit, l.drain = credit, drain
	}
	l.remote, l.peer = Uninitialized, nil
	l.shed()
	l.incomplete = nil
	l.unsettled = 0
	l.epoch++
	if l.role == RoleSender {
		l.queue.sendAgain(l, sent)
	}
}

// lose ends a session that no transport will bring back, and lose a link.
func (s *Session) lose() {
	for _, l := range s.links {
		l.lose()
	}
	s.local, s.remote, s.links = Closed, Closed, nil
}

func (l *Link) lose() {
	c := l.session.conn
	if c.names[l.key()] == l {
		delete(c.names, l.key())
	}
	l.shed()
	l.queue.releaseAll(c)
	l.local, l.remote = Closed, Closed
	l.epoch++
	c.links--
}

// restored counts an endpoint that the peer has answered for after a Reset, and tells when it was the last.
func (c *Connection) restored(waiting *bool) {
	if !*waiting {
		return
	}
	*waiting = false
	if c.restoring--; c.restoring == 0 {
		c.emit(Event{Kind: ConnectionRestored})
	}
}

// Suspend answers a detach of the peer's without giving the link up: Resume attaches it again, under the same name.
// What was sent and has no outcome will be sent again.
func (l *Link) Suspend() {
	s := l.session
	if l.local != Active || l.remote < Detached {
		return
	}
	if l.wroteAttach && s.local == Active && s.remote == Active && !s.conn.wroteClose {
		l.wroteDetach = true
		s.conn.write(s.channel, &wire.Detach{Handle: l.handle, Closed: l.remote == Closed})
		s.localHandles.remove(l.handle)
	}
	var sent []*Delivery
	u := s.deliveries(l.role)
	for d := range u.all {
		if d.link == l {
			sent = append(sent, d)
		}
	}
	u.purge(l)
	if l.role == RoleReceiver {
		sent = nil
	}
	l.reset(sent)
	l.suspended = true
}

// Resume attaches a suspended link again.
func (l *Link) Resume() {
	if l.suspended {
		l.suspended = false
		l.replay()
	}
}

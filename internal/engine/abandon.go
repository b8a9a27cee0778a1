package engine

import "github.com/hadron-mq/hadron/internal/wire"

// Abandon ends everything without a word to the peer: the transport is gone and none will follow. Messages that
// never left are reported released; and so are, unless the connection was closed on purpose, those that have no outcome.
func (c *Connection) Abandon() {
	c.budget = budget{} // there will be no other turn
	c.heedAll()
	lost := c.local != Closed
	c.phase = phaseDead
	c.local, c.remote = Closed, Closed
	for _, s := range c.sessions {
		for d := range s.deliveries(RoleSender).all {
			if lost && !d.remoteSettled && (d.remote == nil || !d.remote.Terminal()) && d.whole {
				d.remote, d.remoteSettled = wire.Released, true
				c.emit(Event{Kind: DeliveryUpdated, Session: s, Link: d.link, Delivery: d})
			}
		}
		for l := range s.links.all {
			l.queue.releaseAll(c)
			l.shed()
			l.local, l.remote = Closed, Closed
		}
		s.local, s.remote = Closed, Closed
	}
	c.giveUp()
}

// Began says whether the AMQP protocol header was written, so that a close can be.
func (c *Connection) Began() bool { return c.wroteHeader }

// Worked says whether the transport has carried a message or an outcome to this end.
func (c *Connection) Worked() bool { return c.worked }

// Worked says whether the link has carried a message or an outcome to this end since it was attached.
func (l *Link) Worked() bool { return l.worked }

// AnswerClose answers the peer's close without giving the connection up: it is for one that will be Reset.
func (c *Connection) AnswerClose() { c.writeClose(nil) }

// Ours says whether this end made the link.
func (l *Link) Ours() bool { return !l.incoming }

// Refused says that the peer's attach is only the form in which it refuses the link: the terminus that was asked of it is missing, and
// a detach with the reason follows (§2.6.3).
func (l *Link) Refused() bool {
	switch {
	case l.peer == nil:
		return false
	case l.role == RoleSender:
		return l.peer.Target == nil && l.peer.Coordinator == nil && (l.cfg.Target != nil || l.cfg.Coordinator != nil)
	default:
		return l.peer.Source == nil && l.cfg.Source != nil
	}
}

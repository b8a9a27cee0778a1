package engine

import (
	"fmt"

	"github.com/hadron-mq/hadron/internal/wire"
)

// Suspend answers a detach of the peer's without giving the link up: Resume attaches it again, under the same name.
// What was sent and has no outcome will be sent again. cause is why the peer detached it, as for [Connection.Reset].
func (l *Link) Suspend(cause error) {
	s := l.session
	if l.local != Active || l.remote < Detached {
		return
	}
	if l.wroteAttach && s.local == Active && s.remote == Active && !s.conn.wroteClose {
		l.wroteDetach = true
		s.conn.write(s.channel, &wire.Detach{Handle: l.handle, Closed: l.remote == Closed})
		s.localHandles.remove(l.handle)
	}
	if guilty := s.conn.accuse(s.sentOn(l), l.worked, cause); guilty != nil && l.role == RoleSender {
		guilty.giveUp(cause)
	}
	l.reset(s.deliveries(l.role).takeOut(l))
	l.suspended = true
}

// Resume attaches a suspended link again.
func (l *Link) Resume() {
	if l.suspended {
		l.suspended = false
		l.replay()
	}
}

// MoveTo takes a link that is not attached, being suspended or newly reset, to another session, where Resume attaches it.
func (l *Link) MoveTo(to *Session) error {
	from, c := l.session, to.conn
	switch {
	case l.local != Active || l.wroteAttach || to.local != Active || c.local != Active:
		return fmt.Errorf("%s: move %q: link or session is %w", l.role.noun(), l.name, ErrClosed)
	case c.names.get(l.key()) != nil && c != from.conn:
		return fmt.Errorf("%s: move %q: name is in use on that connection", l.role.noun(), l.name)
	case c.links >= c.cfg.MaxLinks && c != from.conn:
		return fmt.Errorf("%s: move %q: link beyond the connection's limit of %d: %w", l.role.noun(), l.name, c.cfg.MaxLinks, ErrLimit)
	}
	from.conn.restored(&l.restoring)
	from.forget(l)
	l.session = to
	to.enter(l)
	c.name(l)
	l.suspended = true
	return nil
}

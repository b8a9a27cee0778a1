package engine

import (
	"fmt"

	"github.com/Azure/go-amqp"
)

// What a peer does wrong ends what it breaks, and no more: the link (§2.6.5), the session (§2.5.4), or the connection
// ([Connection.fail]) where no frame can be trusted any more. The peer is told the condition, and the driver gets an event.

// fail ends the session because of what the peer did on it. What comes on it until the peer's end is not looked at.
func (s *Session) fail(condition amqp.ErrCond, description string) {
	err := &amqp.Error{Condition: condition, Description: description}
	s.end(err, &Violation{Noun: "session", Err: err})
}

// fail closes the link because of what the peer did on it.
func (l *Link) fail(condition amqp.ErrCond, description string) {
	if l.local >= Detached {
		return
	}
	err := &amqp.Error{Condition: condition, Description: description}
	l.detach(Closed, err)
	c := l.session.conn
	l.errant, l.farewell, l.heard = true, c.taken, c.fed
	c.emit(Event{Kind: LinkFailed, Session: l.session, Link: l, Err: &Violation{Noun: l.role.noun(), Err: err}})
}

// strays says whether a frame is for a link that was closed because the peer broke the protocol on it. That ends the session (§2.6.5), unless the
// frame was here before the peer could be told: it waited for this turn, or came before the output was taken.
func (l *Link) strays() bool {
	if !l.errant {
		return false
	}
	if c := l.session.conn; c.taken != l.farewell && c.fed != l.heard {
		l.session.fail(amqp.ErrCondErrantLink, fmt.Sprintf("frame for link %q, which was detached with an error", l.name))
	}
	return true
}

package connection

import (
	"fmt"

	"github.com/Azure/go-amqp"

	"github.com/hadron-mq/hadron/internal/engine"
)

// Session is one end of a session (§2.5): links within it share a window, and their deliveries one order.
type Session engine.Session

// enter takes the loop's lock for one call, and leave lets go of it.
func (s *Session) enter() *engine.Session {
	x := (*engine.Session)(s)
	x.Turn().Lock()
	return x
}

func (s *Session) leave() { (*engine.Session)(s).Turn().Unlock() }

// String says which session of its connection it is, for people.
func (s *Session) String() string {
	defer s.leave()
	return fmt.Sprintf("session on channel %d", s.enter().Channel())
}

// GoString is String.
func (s *Session) GoString() string { return s.String() }

// Connection returns the connection that the session is on.
func (s *Session) Connection() *Connection {
	defer s.leave()
	return (*Connection)(s.enter().Connection())
}

// Active tells whether both ends have begun and neither has ended.
func (s *Session) Active() bool {
	defer s.leave()
	e := s.enter()
	return e.LocalState() == engine.Active && e.RemoteState() == engine.Active
}

// Open answers a session that the peer began. It is done for a handler that does nothing.
func (s *Session) Open() error {
	defer s.leave()
	return s.enter().Begin()
}

// Close ends the session, and the links on it (§2.5.5).
func (s *Session) Close() { s.CloseWithError(nil) }

// CloseWithError ends the session and tells the peer why.
func (s *Session) CloseWithError(err *amqp.Error) {
	defer s.leave()
	s.enter().End(err)
}

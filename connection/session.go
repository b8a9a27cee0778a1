package connection

import (
	"github.com/Azure/go-amqp"

	"github.com/hadron-mq/hadron/internal/engine"
)

// Session is one end of a session (§2.5): links within it share a window, and their deliveries one order.
type Session engine.Session

func (s *Session) engine() *engine.Session { return (*engine.Session)(s) }

// Connection returns the connection that the session is on.
func (s *Session) Connection() *Connection { return (*Connection)(s.engine().Connection()) }

// Active tells whether both ends have begun and neither has ended.
func (s *Session) Active() bool {
	return s.engine().LocalState() == engine.Active && s.engine().RemoteState() == engine.Active
}

// Open answers a session that the peer began. It is done for a handler that does nothing.
func (s *Session) Open() error { return s.engine().Begin() }

// Close ends the session, and the links on it (§2.5.5).
func (s *Session) Close() { s.CloseWithError(nil) }

// CloseWithError ends the session and tells the peer why.
func (s *Session) CloseWithError(err *amqp.Error) { s.engine().End(err) }

package connection

import (
	"fmt"

	"github.com/Azure/go-amqp"

	"github.com/hadron-mq/hadron/internal/engine"
)

// Connection is one end of an AMQP connection (§2.4). Container.Connect returns one at once: what is created on it is sent when the
// peer is there. Its methods can be called from any goroutine.
type Connection engine.Connection

// ErrClosed is what operations on a closed connection, session or link wrap, for errors.Is.
var ErrClosed = engine.ErrClosed

// enter takes the loop's lock for one call, and leave lets go of it.
func (c *Connection) enter() *engine.Connection {
	x := (*engine.Connection)(c)
	x.Turn().Lock()
	return x
}

func (c *Connection) leave() { (*engine.Connection)(c).Turn().Unlock() }

// String names the other end, for people: by its URL, or its address, and its container's name once it has opened.
func (c *Connection) String() string {
	defer c.leave()
	e := c.enter()
	peer := "nowhere"
	if name := e.Driver().Peer; name != nil {
		peer = name()
	}
	if id := e.RemoteOpen().ContainerID; id != "" {
		return fmt.Sprintf("connection with %s (container %.100q)", peer, id)
	}
	return "connection with " + peer
}

// GoString is String.
func (c *Connection) GoString() string { return c.String() }

// ContainerID returns the name of this end's container.
func (c *Connection) ContainerID() string {
	defer c.leave()
	return c.enter().Config().ContainerID
}

// RemoteContainerID returns the name of the peer's container, empty until it has opened.
func (c *Connection) RemoteContainerID() string {
	defer c.leave()
	return c.enter().RemoteOpen().ContainerID
}

// RemoteHostname returns the host name that the peer asked for in its open: the virtual host (§2.7.1).
func (c *Connection) RemoteHostname() string {
	defer c.leave()
	return c.enter().RemoteOpen().Hostname
}

// RemoteProperties returns what the peer says of itself, such as product and version.
func (c *Connection) RemoteProperties() map[string]any {
	defer c.leave()
	return c.enter().RemoteOpen().Properties
}

// RemoteOfferedCapabilities returns the extensions that the peer supports, RemoteDesiredCapabilities those that it
// would use.
func (c *Connection) RemoteOfferedCapabilities() []amqp.Symbol {
	defer c.leave()
	return c.enter().RemoteOpen().OfferedCapabilities
}

func (c *Connection) RemoteDesiredCapabilities() []amqp.Symbol {
	defer c.leave()
	return c.enter().RemoteOpen().DesiredCapabilities
}

// User returns who logged in on a listener's connection, and on both ends Mechanism returns how.
// Both are empty where there was no login.
func (c *Connection) User() string {
	defer c.leave()
	_, user := c.enter().Login()
	return user
}

// Mechanism returns the name of the SASL mechanism that was used.
func (c *Connection) Mechanism() string {
	defer c.leave()
	mechanism, _ := c.enter().Login()
	return mechanism
}

// Active tells whether both ends have opened and neither has closed.
func (c *Connection) Active() bool {
	defer c.leave()
	e := c.enter()
	return e.LocalState() == engine.Active && e.RemoteState() == engine.Active
}

// Open answers a peer's open on a listener's connection. It is done for a handler that does nothing.
func (c *Connection) Open() {
	defer c.leave()
	c.enter().Open()
}

// Close closes the connection (§2.4.3): OnConnectionClosed tells when the peer has closed too.
// What was settled before is sent first; messages that still wait for credit are reported released.
func (c *Connection) Close() { c.CloseWithError(nil) }

// CloseWithError closes the connection and tells the peer why.
func (c *Connection) CloseWithError(err *amqp.Error) {
	defer c.leave()
	c.enter().Close(err)
}

// OpenSession begins a session of its own (§2.5.1). Links that name no session share the connection's default one.
func (c *Connection) OpenSession() (*Session, error) {
	defer c.leave()
	s := c.enter().NewSession()
	if err := s.Begin(); err != nil {
		return nil, fmt.Errorf("connection: %w", err)
	}
	return (*Session)(s), nil
}

// DefaultSession returns the session that the connection's links share, begun when it is first asked for.
func (c *Connection) DefaultSession() (*Session, error) {
	defer c.leave()
	s, err := c.enter().DefaultSession()
	if err != nil {
		return nil, fmt.Errorf("connection: %w", err)
	}
	return (*Session)(s), nil
}

// SetURLs changes where the connection is made again when it is lost, from the next attempt on. A URL that cannot be parsed changes
// nothing, and is a *URLError.
func (c *Connection) SetURLs(urls ...string) error {
	defer c.leave()
	return c.enter().Driver().SetURLs(urls)
}

// Inject runs f on the connection's loop, between two callbacks: what f does is not interleaved with what handlers of the connection do. It does
// not wait. The error wraps ErrClosed when the container has ended: f is not run then.
func (c *Connection) Inject(f func()) error {
	return (*engine.Connection)(c).Driver().Inject(f)
}

// Context returns what SetContext keeps with the connection: the application's own, which Hadron does not look at.
func (c *Connection) Context() any {
	defer c.leave()
	return c.enter().Driver().UserContext
}
func (c *Connection) SetContext(v any) {
	defer c.leave()
	c.enter().Driver().UserContext = v
}

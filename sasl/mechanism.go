package sasl

import (
	"context"
	"crypto/tls"
	"crypto/x509"
)

// Peer is what a mechanism may know of the other end of a connection.
type Peer struct {
	// Host is the name of the server as the client asked for it, without port.
	// It is empty on the listener's side.
	Host string
	// TLS is the state of the finished handshake, or nil in the clear.
	TLS *tls.ConnectionState
	// Certificate is the one that a listener showed, where it is known. It is
	// needed only for channel binding of type tls-server-end-point (RFC 5929
	// §4), because TLS does not tell a server's own certificate.
	Certificate *x509.Certificate
}

// Mechanism is one way for a client to log in.
type Mechanism interface {
	// Name is the mechanism's registered name, in upper case.
	Name() string
	// Client starts an exchange for one connection attempt, with one server. It
	// may block, for it may have to ask for a token or a ticket, and it is asked
	// anew for every attempt. An error that wraps ErrUnavailable says that the
	// mechanism does not fit this connection, and lets weaker ones be tried; any
	// other ends the attempt.
	Client(ctx context.Context, peer Peer) (Client, error)
}

// Client is one exchange on the client's side. Its methods are called one at a
// time, and may take their time: no connection but its own waits for them. They
// keep no slice that they are given.
type Client interface {
	// Start returns the initial response; nil sends none, which is not the same
	// as an empty one.
	Start() (initial []byte, err error)
	// Next answers a challenge of the server.
	Next(challenge []byte) (response []byte, err error)
	// Finish is called when the server says that the login succeeded, with the
	// additional data of its outcome, if any. It returns an error unless a server
	// that had to prove itself has done so.
	Finish(additional []byte) error
}

// ServerMechanism is one way to log in that a listener offers.
type ServerMechanism interface {
	// Name is the mechanism's registered name, in upper case.
	Name() string
	// Server makes an exchange for one client. It returns nil where the mechanism
	// does not fit the connection, which is then not offered. It does not block.
	Server(peer Peer) Server
}

// Server is one exchange on the listener's side. Its methods are called one at a
// time, and may take their time, as for asking a directory: no connection but
// the client's waits for them. But few logins are worked on at a time, and the
// others wait for their turn. They keep no slice that they are given.
type Server interface {
	// Next takes a response of the client, which is nil when the client sent no
	// initial response, and returns the next challenge. When done, the client
	// has logged in, and a challenge that is not nil travels in the additional
	// data of the outcome (§5.3.3.5).
	//
	// An error ends the exchange. The client is told no more of it than the
	// outcome's code: that of ErrSystem, ErrPermanent or ErrTemporary where the
	// error wraps one of these, else that its login is refused.
	Next(response []byte) (challenge []byte, done bool, err error)
	// Identity is the identity that the client acts as, once Next was done.
	Identity() string
}

// mechanism is every Mechanism of this package. What is secret is caught in the
// function, out of reach of whoever prints a configuration.
type mechanism struct {
	name   string
	client func(ctx context.Context, peer Peer) (Client, error)
}

func (m mechanism) Name() string { return m.name }

func (m mechanism) Client(ctx context.Context, peer Peer) (Client, error) {
	return m.client(ctx, peer)
}

// serverMechanism is every ServerMechanism of this package.
type serverMechanism struct {
	name   string
	server func(peer Peer) Server
}

func (m serverMechanism) Name() string { return m.name }

func (m serverMechanism) Server(peer Peer) Server { return m.server(peer) }

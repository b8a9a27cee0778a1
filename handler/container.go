package handler

import (
	"log/slog"
	"time"

	"github.com/hadron-mq/hadron/connection"
	"github.com/hadron-mq/hadron/receiver"
	"github.com/hadron-mq/hadron/sender"
)

// Container is the container as handlers see it. Package container has the one that runs.
type Container interface {
	// ID returns the container's name, which its connections tell their peers.
	ID() string
	// Connect asks for a connection to a URL. It returns at once; what is created on the connection is sent when the peer is there. The
	// error is a *connection.URLError, or says what about the options is wrong.
	Connect(url string, opts ...connection.Option) (*connection.Connection, error)
	// Listen takes connections at a URL; port 0 finds a free one. The options hold for each connection.
	Listen(url string, opts ...connection.Option) (*connection.Listener, error)
	// CreateSender makes a sender to an address, on the connection's default session.
	CreateSender(conn *connection.Connection, address string, opts ...sender.Option) (*sender.Sender, error)
	// CreateReceiver makes a receiver from an address, on the connection's default session.
	CreateReceiver(conn *connection.Connection, address string, opts ...receiver.Option) (*receiver.Receiver, error)
	// Schedule calls OnTimer of a handler, or of the container's where h is nil, once d has passed. The error
	// wraps connection.ErrClosed when the container has ended.
	Schedule(d time.Duration, h MessagingHandler) (*Timer, error)
	// Inject runs f on the container's first loop. It can be called from any goroutine, and does not wait. The error wraps
	// connection.ErrClosed when the container has ended.
	Inject(f func()) error
	// Stop ends the container: connections are closed, and Run returns. It can be called from any goroutine.
	Stop()
	// Logger returns the container's logger.
	Logger() *slog.Logger
}

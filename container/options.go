package container

import (
	"io"
	"log/slog"
	"math"
	"time"

	"github.com/hadron-mq/hadron/connection"
	"github.com/hadron-mq/hadron/internal/settings"
)

// Option sets one thing about a container. One that is given what it cannot take is an error of Run, Connect and Listen.
type Option func(*Container)

// ID names the container, in place of a UUID: durable subscriptions go by it.
func ID(id string) Option {
	return func(c *Container) {
		c.check.Text("ID", "id", id)
		c.id = id
	}
}

// Logger sets where the container logs. Default: slog.Default().
func Logger(log *slog.Logger) Option {
	return func(c *Container) {
		if log == nil {
			c.check.Refuse("Logger", "the logger is nil; slog.DiscardHandler is for none")
		}
		c.log = log
	}
}

// Loops sets how many goroutines share the connections. The calls for one connection come from one of them, always the same. Default: 1.
func Loops(n int) Option {
	return func(c *Container) {
		settings.Within(&c.check, "Loops", n, 1, maxGoroutines)
		c.loops = make([]*loop, min(max(n, 1), maxGoroutines))
	}
}

// maxGoroutines is more than any machine has use for.
const maxGoroutines = 1 << 16

// Logins sets how many logins are worked on at a time: hashing passwords, or calling the functions that listeners' mechanisms were given (see
// sasl.Server). They have goroutines of their own. More than the default is for functions that wait, such as for a directory.
// Default: half as many as there are processors, and at least 1.
func Logins(n int) Option {
	return func(c *Container) {
		settings.Within(&c.check, "Logins", n, 1, maxGoroutines)
		c.logins.limit = n
	}
}

// Grace sets how long connections have for closing cleanly, when the container stops or one is closed. Default: 5 seconds.
func Grace(d time.Duration) Option {
	return func(c *Container) {
		c.check.NotNegative("Grace", d)
		c.grace = d
	}
}

// MaxConnections sets how many connections all listeners of the container together may have at a time: others are opened, and closed with
// amqp:resource-limit-exceeded. 0 is no bound. Beside them there are up to 1,024 peers that have not opened yet, 256 of them from one address; when there
// are more, the one that has been there for longest is dropped. Default: 32,768.
func MaxConnections(n int) Option {
	return func(c *Container) {
		settings.Within(&c.check, "MaxConnections", n, 0, 1<<30)
		c.entrance.max = n
	}
}

// MaxConnectionsPerAddress sets how many of them may come from one IP address; of IPv6, from one network of 64 bits. 0 is no bound. Default: 0.
func MaxConnectionsPerAddress(n int) Option {
	return func(c *Container) {
		settings.Within(&c.check, "MaxConnectionsPerAddress", n, 0, 1<<30)
		c.entrance.maxFrom = n
	}
}

// MaxMemory sets how many bytes all connections of the container's listeners together may hold for their peers: messages that have not arrived whole,
// input and output that wait, links, and deliveries that are not settled. A message or a link beyond it is refused with
// amqp:resource-limit-exceeded, and a connection that goes on is closed. 0 is no bound. Default: 1 GiB.
func MaxMemory(bytes int) Option {
	return func(c *Container) {
		settings.Within(&c.check, "MaxMemory", bytes, 0, math.MaxInt)
		c.memory.max = bytes
	}
}

// Connections sets options for all connections that the container makes or takes, before their own.
func Connections(opts ...connection.Option) Option {
	return func(c *Container) { c.defaults = append(c.defaults, opts...) }
}

// TraceFrames writes a line to w for each protocol header and frame that goes over one of the container's connections, in both directions: what
// Qpid Proton shows with PN_TRACE_FRM=1 in its environment, which does the same here, to the standard error. What logs in is masked, and of messages only the
// size is shown. Loops wait for w, which must not use the container. Default: none.
func TraceFrames(w io.Writer) Option {
	return func(c *Container) {
		if w == nil {
			c.check.Refuse("TraceFrames", "the writer is nil")
		}
		c.tracing = &tracing{to: w}
	}
}

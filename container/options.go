package container

import (
	"log/slog"
	"time"

	"github.com/hadron-mq/hadron/connection"
)

// Option sets one thing about a container.
type Option func(*Container)

// ID names the container, in place of a UUID: durable subscriptions go by it.
func ID(id string) Option { return func(c *Container) { c.id = id } }

// Logger sets where the container logs. Default: slog.Default().
func Logger(log *slog.Logger) Option { return func(c *Container) { c.log = log } }

// Loops sets how many goroutines share the connections. The calls for one connection come from one of them, always the same. Default: 1.
func Loops(n int) Option { return func(c *Container) { c.loops = make([]*loop, max(n, 1)) } }

// Grace sets how long connections have for closing cleanly, when the container stops or one is closed. Default: 5 seconds.
func Grace(d time.Duration) Option { return func(c *Container) { c.grace = d } }

// Connections sets options for all connections that the container makes or takes, before their own.
func Connections(opts ...connection.Option) Option {
	return func(c *Container) { c.defaults = append(c.defaults, opts...) }
}

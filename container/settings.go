package container

import (
	"github.com/hadron-mq/hadron/connection"
	"github.com/hadron-mq/hadron/internal/settings"
)

// newSettings applies the options of a connection, or of a listener, to the defaults.
func newSettings(opts ...connection.Option) *settings.Connection {
	o := &settings.Connection{RetryIf: connection.Retryable, ConnectTimeout: connection.DefaultConnectTimeout}
	o.Engine.IdleTimeout = connection.DefaultIdleTimeout
	for _, opt := range opts {
		if opt != nil {
			opt(o)
		}
	}
	return o
}

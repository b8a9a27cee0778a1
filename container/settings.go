package container

import (
	"fmt"

	"github.com/hadron-mq/hadron/connection"
	"github.com/hadron-mq/hadron/internal/settings"
)

// settings applies the options of a connection, or of a listener, to the defaults. The error says what an option cannot take, also one
// of the container's own.
func (c *Container) settings(opts ...connection.Option) (*settings.Connection, error) {
	if err := c.check.Err(); err != nil {
		return nil, fmt.Errorf("container: %w", err)
	}
	o := &settings.Connection{RetryIf: connection.Retryable, ConnectTimeout: connection.DefaultConnectTimeout}
	o.Engine.IdleTimeout = connection.DefaultIdleTimeout
	for _, opt := range opts {
		if opt != nil {
			opt(o)
		}
	}
	if err := o.Err(); err != nil {
		return nil, fmt.Errorf("connection: %w", err)
	}
	if err := o.Engine.Check(); err != nil {
		return nil, fmt.Errorf("connection: the open frame: %w", err)
	}
	return o, nil
}

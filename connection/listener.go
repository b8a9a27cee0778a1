package connection

import (
	"net"

	"github.com/hadron-mq/hadron/internal/handle"
)

// Listener is an address at which a container takes connections. It can be used from any goroutine.
type Listener handle.Listener

// Addr returns the address, with the port that was found free when port 0 was asked for.
func (l *Listener) Addr() net.Addr { return (*handle.Listener)(l).Addr() }

// Close stops taking connections. Those that are there go on. Calling it again does nothing.
func (l *Listener) Close() { (*handle.Listener)(l).Close() }

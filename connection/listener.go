package connection

import "net"

// Listener is an address at which a container takes connections. It can be used from any goroutine.
type Listener struct {
	addr net.Addr
	stop func()
}

// NewListener is for containers: stop is called by Close.
func NewListener(addr net.Addr, stop func()) *Listener { return &Listener{addr, stop} }

// Addr returns the address, with the port that was found free when port 0 was asked for.
func (l *Listener) Addr() net.Addr { return l.addr }

// Close stops taking connections. Those that are there go on. Calling it again does nothing.
func (l *Listener) Close() { l.stop() }

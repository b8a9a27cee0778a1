package handle

import "net"

// Listener is an address at which a container takes connections.
type Listener struct {
	addr net.Addr
	stop func()
}

// NewListener returns the handle of a listener at an address, which stop ends.
func NewListener(addr net.Addr, stop func()) *Listener { return &Listener{addr, stop} }

// Addr returns the address.
func (l *Listener) Addr() net.Addr { return l.addr }

// Close ends it.
func (l *Listener) Close() { l.stop() }

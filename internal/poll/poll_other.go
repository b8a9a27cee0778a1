//go:build !linux

package poll

import (
	"errors"
	"fmt"
	"net"
	"time"
)

// Poller is not to be had here.
type Poller struct{}

// Socket is not to be had here.
type Socket struct{}

// New says that there is none: the error wraps errors.ErrUnsupported.
func New() (*Poller, error) { return nil, fmt.Errorf("poll: %w", errors.ErrUnsupported) }

// Close, Sockets, Add, Wake, Look, Tell and Wait are there for those who compile against them.
func (*Poller) Close()       {}
func (*Poller) Sockets() int { return 0 }
func (*Poller) Add(net.Conn, func()) (*Socket, error) {
	return nil, fmt.Errorf("poll: %w", errors.ErrUnsupported)
}
func (*Poller) Wake()          {}
func (*Poller) Look() bool     { return false }
func (*Poller) Tell()          {}
func (*Poller) Wait(time.Time) {}

// Readable, Writable, RemoteAddr, Read, Write, CloseWrite and Close likewise.
func (*Socket) Readable() bool                   { return false }
func (*Socket) Writable() bool                   { return false }
func (*Socket) RemoteAddr() net.Addr             { return nil }
func (*Socket) Read([]byte) (int, error)         { return 0, errors.ErrUnsupported }
func (*Socket) Write([][]byte) ([][]byte, error) { return nil, errors.ErrUnsupported }
func (*Socket) CloseWrite() error                { return errors.ErrUnsupported }
func (*Socket) Close()                           {}

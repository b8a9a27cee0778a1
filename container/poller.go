//go:build unix

package container

import (
	"errors"
	"io"
	"net"
	"os"
	"runtime"
	"sync/atomic"
	"syscall"
	"time"
)

// polling is whether a reader of this process polls. Two would take the processor from each other.
var polling atomic.Bool

// stream is a socket of the system's.
type stream interface {
	net.Conn
	syscall.Conn
	CloseWrite() error
}

// poller is a socket that is read as connection.BusyPoll says. One goroutine at a time may read it.
type poller struct {
	stream
	raw     syscall.RawConn
	limit   time.Duration
	attempt func(fd uintptr) bool // the method try, made a function once

	buf []byte // of the Read that is under way, and what came of it
	n   int
	err error

	dry    time.Time // since when there is no input, zero while there is
	eager  bool      // the last wait was short
	active bool      // it polls
}

// polled makes a poller of a socket that can be one.
func polled(conn net.Conn, limit time.Duration) net.Conn {
	s, ok := conn.(stream)
	if !ok || limit <= 0 {
		return conn
	}
	raw, err := s.SyscallConn()
	if err != nil {
		return conn
	}
	p := &poller{stream: s, raw: raw, limit: limit}
	p.attempt = p.try
	return p
}

func (p *poller) Read(b []byte) (int, error) {
	p.buf = b
	err := p.raw.Read(p.attempt)
	p.buf = nil
	switch {
	case err != nil: // closed, or past its deadline
		return 0, err
	case p.err != nil:
		return 0, &net.OpError{Op: "read", Net: p.LocalAddr().Network(), Source: p.LocalAddr(), Addr: p.RemoteAddr(), Err: os.NewSyscallError("read", p.err)}
	case p.n == 0 && len(b) > 0:
		return 0, io.EOF
	}
	return p.n, nil
}

// try reads, and says whether something came of it: else the system is to be asked to tell when there is input.
func (p *poller) try(fd uintptr) bool {
	for {
		p.n, p.err = syscall.Read(int(fd), p.buf)
		switch {
		case errors.Is(p.err, syscall.EINTR):
		case !errors.Is(p.err, syscall.EAGAIN):
			p.came()
			return true
		case !p.again():
			return false
		}
	}
}

// again waits for a moment in which others run, and says whether to look again.
func (p *poller) again() bool {
	now := time.Now()
	if p.dry.IsZero() {
		p.dry = now
		p.active = p.eager && polling.CompareAndSwap(false, true)
	}
	if p.active && now.Sub(p.dry) < p.limit {
		runtime.Gosched()
		return true
	}
	p.stop()
	return false
}

// came ends a wait.
func (p *poller) came() {
	if p.dry.IsZero() {
		return
	}
	p.eager = time.Since(p.dry) < p.limit
	p.dry = time.Time{}
	p.stop()
}

func (p *poller) stop() {
	if p.active {
		p.active = false
		polling.Store(false)
	}
}

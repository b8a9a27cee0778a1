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

// descriptor is a socket that is read by its descriptor: so its reader needs no buffer while it waits, and may poll, see
// connection.BusyPoll. One goroutine at a time may read it.
type descriptor struct {
	stream
	raw     syscall.RawConn
	limit   time.Duration         // how long to poll; 0 is not at all
	attempt func(fd uintptr) bool // the method try, made a function once

	buf   []byte // of the read that is under way, and what came of it
	chunk int    // the size of the chunk that buf is to be, 0 where it is the caller's
	n     int
	err   error

	dry    time.Time // since when there is no input, zero while there is
	eager  bool      // the last wait was short
	active bool      // it polls
}

// described makes a descriptor of a socket that can be one.
func described(conn net.Conn, poll time.Duration) net.Conn {
	s, ok := conn.(stream)
	if !ok {
		return conn
	}
	raw, err := s.SyscallConn()
	if err != nil {
		return conn
	}
	d := &descriptor{stream: s, raw: raw, limit: poll}
	d.attempt = d.try
	return d
}

func (d *descriptor) Read(b []byte) (int, error) {
	d.buf, d.chunk = b, 0
	err := d.read()
	d.buf = nil
	if err != nil {
		return 0, err
	}
	return d.n, nil
}

// readChunk makes its chunk when there is something to read.
func (d *descriptor) readChunk(frame int) ([]byte, error) {
	if d.buf, d.chunk = nil, largeChunk; frame >= largeFrame {
		d.chunk = hugeChunk
	}
	err := d.read()
	buf := d.buf
	d.buf = nil
	if err != nil {
		freeChunk(buf)
		return nil, err
	}
	return buf[:d.n], nil
}

func (d *descriptor) read() error {
	err := d.raw.Read(d.attempt)
	switch {
	case err != nil: // closed, or past its deadline
		return err
	case d.err != nil:
		return &net.OpError{Op: "read", Net: d.LocalAddr().Network(), Source: d.LocalAddr(), Addr: d.RemoteAddr(), Err: os.NewSyscallError("read", d.err)}
	case d.n == 0 && len(d.buf) > 0:
		return io.EOF
	}
	return nil
}

// try reads, and says whether something came of it: else the system is to be asked to tell when there is input.
func (d *descriptor) try(fd uintptr) bool {
	if d.buf == nil && d.chunk > 0 {
		d.buf = newChunk(d.chunk)
	}
	for {
		d.n, d.err = syscall.Read(int(fd), d.buf)
		switch {
		case errors.Is(d.err, syscall.EINTR):
		case !errors.Is(d.err, syscall.EAGAIN):
			d.came()
			return true
		case !d.again():
			if d.chunk > 0 {
				freeChunk(d.buf)
				d.buf = nil
			}
			return false
		}
	}
}

// again waits for a moment in which others run, and says whether to look again.
func (d *descriptor) again() bool {
	if d.limit <= 0 {
		return false
	}
	now := time.Now()
	if d.dry.IsZero() {
		d.dry = now
		d.active = d.eager && polling.CompareAndSwap(false, true)
	}
	if d.active && now.Sub(d.dry) < d.limit {
		runtime.Gosched()
		return true
	}
	d.rest()
	return false
}

// came ends a wait.
func (d *descriptor) came() {
	if d.dry.IsZero() {
		return
	}
	d.eager = time.Since(d.dry) < d.limit
	d.dry = time.Time{}
	d.rest()
}

// rest ends the polling.
func (d *descriptor) rest() {
	if d.active {
		d.active = false
		polling.Store(false)
	}
}

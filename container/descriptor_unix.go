//go:build unix

package container

import (
	"errors"
	"io"
	"net"
	"os"
	"runtime"
	"syscall"
	"time"
)

// native is a socket of the system's.
type native interface {
	net.Conn
	syscall.Conn
	CloseWrite() error
}

// descriptor is a socket that is read by its descriptor: so its reader needs no buffer while it waits, and may poll, see
// connection.BusyPoll. One goroutine at a time may read it.
type descriptor struct {
	native
	raw     syscall.RawConn
	limit   time.Duration // how long to poll; 0 is not at all
	own     bool
	attempt func(fd uintptr) bool // the method try, made a function once

	attemptWrite func(fd uintptr) bool // likewise the method tryToWrite
	out          []byte                // what is being written, and what came of it
	written      int
	outErr       error

	buf   []byte // of the read that is under way, and what came of it
	chunk int    // the size of the chunk that buf is to be, 0 where it is the caller's
	n     int
	err   error

	dry    time.Time // since when there is no input, zero while there is
	eager  bool      // the last wait was short
	active bool      // it polls
}

// plain returns what is behind a descriptor that nobody else has.
func plain(conn net.Conn) (own net.Conn, ok bool) {
	if d, ok := conn.(*descriptor); ok && d.own {
		return d.native, true
	}
	return nil, false
}

// described makes a descriptor of a socket that can be one. own says that nobody else has it.
func described(conn net.Conn, poll time.Duration, own bool) net.Conn {
	s, ok := conn.(native)
	if !ok {
		return conn
	}
	raw, err := s.SyscallConn()
	if err != nil {
		return conn
	}
	d := &descriptor{native: s, raw: raw, limit: poll, own: own}
	d.attempt, d.attemptWrite = d.try, d.tryToWrite
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
		return d.fault("read", d.err)
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

// tryWrite writes as much as the system takes at once. Less than all of it, and no error, mean that the socket is full.
func (d *descriptor) tryWrite(b []byte) (int, error) {
	d.out, d.written, d.outErr = b, 0, nil
	err := d.raw.Write(d.attemptWrite)
	d.out = nil
	if err == nil && d.outErr != nil {
		err = d.fault("write", d.outErr)
	}
	return d.written, err
}

// tryToWrite never asks the system to tell when there is room.
func (d *descriptor) tryToWrite(fd uintptr) bool {
	for d.written < len(d.out) {
		n, err := syscall.Write(int(fd), d.out[d.written:])
		switch {
		case errors.Is(err, syscall.EINTR):
			continue
		case errors.Is(err, syscall.EAGAIN):
			return true
		case err != nil:
			d.outErr = err
			return true
		}
		d.written += n
	}
	return true
}

func (d *descriptor) fault(op string, err error) error {
	return &net.OpError{Op: op, Net: d.LocalAddr().Network(), Source: d.LocalAddr(), Addr: d.RemoteAddr(), Err: os.NewSyscallError(op, err)}
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

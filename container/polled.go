package container

import (
	"net"
	"slices"

	"github.com/hadron-mq/hadron/internal/engine"
	"github.com/hadron-mq/hadron/internal/poll"
)

// polled is a socket that its loop waits for, reads and writes itself: no goroutine has part in it, and nothing is handed over.
type polled struct {
	driver *driver
	socket *poll.Socket
	frame  int   // the size of the frame that the input has ended amid
	rest   *rest // what the system has not taken yet, nil for nothing
}

// rest is output that was written in part.
type rest struct {
	out  engine.Output
	left [][]byte
}

// newPolled makes a polled socket of a connection, which is the loop's own from then on. Nil means that it is not one of the system's, that
// somebody else has it too, or that this system has no poller.
func newPolled(d *driver, conn net.Conn) socket {
	l := d.loop
	own, ok := plain(conn)
	if !ok || !l.mayPoll() {
		return nil
	}
	s := &polled{driver: d}
	var err error
	if s.socket, err = l.poller.Add(own, s.ready); err != nil {
		return nil
	}
	l.busyPoll = max(l.busyPoll, d.options.BusyPoll)
	return s
}

func (s *polled) start() {}

// ready asks for a turn where the system says that it can be gone on.
func (s *polled) ready() {
	switch {
	case s.driver.socket != s:
	case s.rest != nil && s.socket.Writable(): // who is sent much waits with those that have much to do
		s.driver.again()
	case s.socket.Readable():
		s.driver.wake()
	}
}

func (s *polled) readable() bool { return s.socket.Readable() }

func (s *polled) read() ([]byte, error) {
	if !s.socket.Readable() {
		return nil, nil
	}
	size := largeChunk
	if s.frame >= largeFrame {
		size = hugeChunk
	}
	buf := newChunk(size)
	n, err := s.socket.Read(buf)
	if n == 0 {
		freeChunk(buf)
		return nil, err
	}
	return buf[:n], nil
}

func (s *polled) fills() bool { return true }

func (s *polled) fill(b []byte) (int, error) {
	if !s.socket.Readable() {
		return 0, nil
	}
	return s.socket.Read(b)
}

func (s *polled) recycle(chunk []byte, frame int) {
	freeChunk(chunk)
	s.frame = frame
}

func (s *polled) write(out engine.Output) (done bool, err error) {
	l := s.driver.loop
	l.segments = out.Segments(l.segments[:0])
	left, err := s.socket.Write(l.segments)
	if len(left) > 0 && err == nil {
		s.rest = &rest{out, slices.Clone(left)}
		return false, nil
	}
	clear(l.segments)
	l.spare(out.Done())
	return err == nil, err
}

func (s *polled) goOn() {
	r := s.rest
	if r == nil || !s.socket.Writable() {
		return
	}
	var err error
	if r.left, err = s.socket.Write(r.left); len(r.left) > 0 && err == nil {
		return
	}
	s.rest = nil
	s.driver.loop.spare(r.out.Done())
	s.driver.written(err)
}

func (s *polled) closeWrite() bool { return s.socket.CloseWrite() == nil }

func (s *polled) close() {
	s.socket.Close()
	if s.rest != nil {
		s.driver.loop.spare(s.rest.out.Done())
		s.rest = nil
	}
}

func (s *polled) peer() net.Addr { return s.socket.RemoteAddr() }

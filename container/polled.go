package container

import (
	"net"

	"github.com/hadron-mq/hadron/internal/poll"
)

// polled is a socket that its loop waits for, reads and writes itself: no goroutine has part in it, and nothing is handed over.
type polled struct {
	driver *driver
	socket *poll.Socket
	frame  int    // the size of the frame that the input has ended amid
	buf    []byte // that the system has taken only a part of
	rest   []byte // of it
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

// ready goes on where the system says that it can be gone on.
func (s *polled) ready() {
	if s.buf != nil && s.socket.Writable() {
		s.goOn()
	}
	if s.socket.Readable() && s.driver.socket == s {
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

func (s *polled) recycle(chunk []byte, frame int) {
	freeChunk(chunk)
	s.frame = frame
}

func (s *polled) write(buf []byte) (done bool, err error) {
	n, err := s.socket.Write(buf)
	if err != nil || n == len(buf) {
		return err == nil, err
	}
	s.buf, s.rest = buf, buf[n:]
	return false, nil
}

// goOn goes on with a buffer that was written in part.
func (s *polled) goOn() {
	n, err := s.socket.Write(s.rest)
	if s.rest = s.rest[n:]; len(s.rest) > 0 && err == nil {
		return
	}
	buf := s.buf
	s.buf, s.rest = nil, nil
	s.driver.loop.spare(buf)
	if s.driver.socket == s {
		s.driver.written(err)
	}
}

func (s *polled) closeWrite() bool { return s.socket.CloseWrite() == nil }

func (s *polled) close() {
	s.socket.Close()
	s.buf, s.rest = nil, nil
}

func (s *polled) peer() net.Addr { return s.socket.RemoteAddr() }

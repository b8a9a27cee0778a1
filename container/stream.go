package container

import (
	"net"

	"github.com/hadron-mq/hadron/internal/engine"
)

// inFlight is how many chunks of one connection are between its reader and its loop: one to work on, one to read into.
const inFlight = 2

// stream is a socket that goroutines read and write: one that reads, and one that writes while there is something that has to wait.
type stream struct {
	driver  *driver
	conn    net.Conn
	permits chan int // one for each chunk that the reader may still make: the size of the frame that it is amid
	done    chan struct{}
	closed  bool

	chunks [][]byte // that were read
	ended  error    // why there are no more, once there are not
}

func newStream(d *driver, conn net.Conn) *stream {
	return &stream{driver: d, conn: conn, permits: make(chan int, inFlight), done: make(chan struct{})}
}

func (s *stream) start() {
	for range inFlight {
		s.permits <- 0
	}
	go s.fetch()
}

// fetch hands what comes to the loop.
func (s *stream) fetch() {
	loop, from := s.driver.loop, sourceOf(s.conn)
	for {
		var frame int
		select {
		case frame = <-s.permits:
		case <-s.done:
			loop.post(item{kind: itemChunk, stream: s, err: net.ErrClosed})
			return
		}
		buf, err := from.readChunk(frame)
		if !loop.post(item{kind: itemChunk, stream: s, buf: buf, err: err}) || err != nil {
			return
		}
	}
}

// fetched takes what the reader has read.
func (s *stream) fetched(buf []byte, err error) {
	if len(buf) > 0 {
		s.chunks = append(s.chunks, buf)
	}
	s.ended = err
	if s.driver.socket == s {
		s.driver.wake()
	}
}

func (s *stream) readable() bool { return len(s.chunks) > 0 || s.ended != nil }

func (s *stream) read() ([]byte, error) {
	if len(s.chunks) == 0 {
		return nil, s.ended
	}
	buf := s.chunks[0]
	s.chunks[0] = nil
	if s.chunks = s.chunks[1:]; len(s.chunks) == 0 {
		s.chunks = nil
	}
	return buf, nil
}

func (s *stream) fills() bool              { return false }
func (s *stream) fill([]byte) (int, error) { return 0, nil }

func (s *stream) recycle(chunk []byte, frame int) {
	freeChunk(chunk)
	s.permits <- frame
}

// direct is a connection that can be written without waiting.
type direct interface {
	tryWrite(b []byte) (int, error)
}

func (s *stream) write(out engine.Output) (done bool, err error) {
	buf, n := out.Join(), 0
	if d, ok := s.conn.(direct); ok {
		if n, err = d.tryWrite(buf); err != nil || n == len(buf) {
			s.driver.loop.spare(buf)
			return err == nil, err
		}
	}
	s.driver.loop.handed = true
	go func() {
		_, err := s.conn.Write(buf[n:])
		s.driver.loop.post(item{kind: itemWritten, stream: s, buf: buf, err: err})
	}()
	return false, nil
}

// goOn has nothing to do: a goroutine writes.
func (s *stream) goOn() {}

// written takes a buffer back from the writer.
func (s *stream) written(buf []byte, err error) {
	s.driver.loop.spare(buf)
	if s.driver.socket == s {
		s.driver.written(err)
	}
}

func (s *stream) closeWrite() bool {
	c, ok := s.conn.(interface{ CloseWrite() error })
	return ok && c.CloseWrite() == nil
}

func (s *stream) close() {
	if !s.closed {
		s.closed = true
		close(s.done)
		_ = s.conn.Close()
	}
}

func (s *stream) peer() net.Addr { return s.conn.RemoteAddr() }

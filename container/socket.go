package container

import (
	"net"
	"sync"

	"github.com/hadron-mq/hadron/sasl"
)

// inFlight is how many chunks of one connection are between its reader and its loop: one to work on, one to read into.
const inFlight = 2

// socket is the goroutines that read and write one transport for a driver. A connection that reconnects has one after another.
type socket struct {
	driver  *driver
	conn    net.Conn
	permits chan int    // one for each chunk that the reader may still make: the size of the frame that it is amid
	out     chan []byte // the buffer to write; one at a time is under way
	done    chan struct{}
	offers  []sasl.Offer // what the login has to offer, from dialling to the layer
	once    sync.Once
}

func newSocket(d *driver, conn net.Conn) *socket {
	return &socket{
		driver:  d,
		conn:    conn,
		permits: make(chan int, inFlight),
		out:     make(chan []byte, 1),
		done:    make(chan struct{}),
	}
}

func (s *socket) start() {
	for range inFlight {
		s.permits <- 0
	}
	go s.read()
	go s.write()
}

// close ends both goroutines. It can be called again.
func (s *socket) close() {
	s.once.Do(func() {
		close(s.done)
		_ = s.conn.Close()
	})
}

// closeWrite tells the peer that nothing more comes, and still reads what it sends: closing at once might cost it our last words.
func (s *socket) closeWrite() bool {
	if c, ok := s.conn.(interface{ CloseWrite() error }); ok {
		return c.CloseWrite() == nil
	}
	return false
}

// read hands what comes to the loop.
func (s *socket) read() {
	loop, from := s.driver.loop, sourceOf(s.conn)
	for {
		var frame int
		select {
		case frame = <-s.permits:
		case <-s.done:
			loop.post(item{kind: itemEnd, socket: s, err: net.ErrClosed})
			return
		}
		buf, err := from.readChunk(frame)
		if len(buf) > 0 {
			loop.post(item{kind: itemChunk, socket: s, buf: buf})
		}
		if err != nil {
			loop.post(item{kind: itemEnd, socket: s, err: err})
			return
		}
	}
}

// recycle takes a chunk back from the loop, and lets the reader make another. frame is the size of the frame that the chunk
// ended amid, 0 for none.
func (s *socket) recycle(buf []byte, frame int) {
	freeChunk(buf)
	s.permits <- frame
}

// write writes what the loop hands over, a buffer at a time.
func (s *socket) write() {
	loop := s.driver.loop
	for {
		select {
		case buf := <-s.out:
			_, err := s.conn.Write(buf)
			loop.post(item{kind: itemWritten, socket: s, buf: buf, err: err})
			if err != nil {
				return
			}
		case <-s.done:
			return
		}
	}
}

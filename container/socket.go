package container

import (
	"net"
	"sync"

	"github.com/hadron-mq/hadron/sasl"
)

const (
	smallChunk = 1 << 10   // what an idle connection waits with
	largeChunk = 32 << 10  // what a busy one reads with
	hugeChunk  = 256 << 10 // what one reads with that is amid a large frame
	largeFrame = 16 << 10
	inFlight   = 2 // chunks of one connection between its reader and its loop: one to work on, one to read into
)

// chunks are buffers of largeChunk, and hugeChunks of hugeChunk, that no reader has.
var (
	chunks     = sync.Pool{New: func() any { return new([largeChunk]byte) }}
	hugeChunks = sync.Pool{New: func() any { return new([hugeChunk]byte) }}
)

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

// read hands what comes to the loop. Its buffer grows while reads fill it, so that an idle connection waits with a small one.
func (s *socket) read() {
	loop := s.driver.loop
	size := smallChunk
	for {
		var frame int
		select {
		case frame = <-s.permits:
		case <-s.done:
			loop.post(item{kind: itemEnd, socket: s, err: net.ErrClosed})
			return
		}
		if frame >= largeFrame {
			size = hugeChunk
		}
		buf := newChunk(size)
		n, err := s.conn.Read(buf)
		if n > 0 {
			loop.post(item{kind: itemChunk, socket: s, buf: buf[:n]})
		}
		if err != nil {
			loop.post(item{kind: itemEnd, socket: s, err: err})
			return
		}
		switch {
		case n < smallChunk:
			size = smallChunk
		case n == len(buf) || size == hugeChunk:
			size = largeChunk
		}
	}
}

func newChunk(size int) []byte {
	switch size {
	case largeChunk:
		return chunks.Get().(*[largeChunk]byte)[:]
	case hugeChunk:
		return hugeChunks.Get().(*[hugeChunk]byte)[:]
	default:
		return make([]byte, size)
	}
}

// recycle takes a chunk back from the loop, and lets the reader make another. frame is the size of the frame that the chunk
// ended amid, 0 for none.
func (s *socket) recycle(buf []byte, frame int) {
	switch cap(buf) {
	case largeChunk:
		chunks.Put((*[largeChunk]byte)(buf[:largeChunk]))
	case hugeChunk:
		hugeChunks.Put((*[hugeChunk]byte)(buf[:hugeChunk]))
	}
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

package container

import (
	"net"
	"sync"
)

const (
	smallChunk = 1 << 10   // what an idle connection waits with, where it has to wait with one
	largeChunk = 32 << 10  // what a busy one reads with
	hugeChunk  = 256 << 10 // what one reads with whose frames are large: so a turn has many of them, and its answer tells of many
	largeFrame = 1 << 10
)

// chunks are buffers of largeChunk, and hugeChunks of hugeChunk, that no reader has.
var (
	chunks     = sync.Pool{New: func() any { return new([largeChunk]byte) }}
	hugeChunks = sync.Pool{New: func() any { return new([hugeChunk]byte) }}
)

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

func freeChunk(buf []byte) {
	switch cap(buf) {
	case largeChunk:
		chunks.Put((*[largeChunk]byte)(buf[:largeChunk]))
	case hugeChunk:
		hugeChunks.Put((*[hugeChunk]byte)(buf[:hugeChunk]))
	}
}

// source is where a reader gets chunks from, a transport that it reads. frame is the size of the frame that the input so far has ended amid.
type source interface {
	readChunk(frame int) ([]byte, error)
}

func sourceOf(conn net.Conn) source {
	if s, ok := conn.(source); ok {
		return s
	}
	return &growing{conn: conn, size: smallChunk}
}

// growing reads any connection. Its chunk grows while reads fill it, so that an idle connection waits with a small one. TLS gives no more at
// a time than a large one takes.
type growing struct {
	conn net.Conn
	size int
}

func (g *growing) readChunk(int) ([]byte, error) {
	buf := newChunk(g.size)
	n, err := g.conn.Read(buf)
	switch {
	case n < smallChunk:
		g.size = smallChunk
	case n == len(buf):
		g.size = largeChunk
	}
	if n == 0 {
		freeChunk(buf)
		return nil, err
	}
	return buf[:n], err
}

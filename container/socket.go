package container

import (
	"net"

	"github.com/hadron-mq/hadron/internal/engine"
)

// socket is what a driver reads and writes. There are two kinds, and a driver does not know which it has: one that its loop polls (polled.go),
// and one that is read and written by goroutines (stream.go), which is there for all that the loop cannot poll.
//
// Its methods never wait. They are called with the loop's lock held, as are the driver's methods that it calls: wake when there is something to
// read, and written.
type socket interface {
	// start begins to read.
	start()
	// readable says whether read may have something.
	readable() bool
	// read returns a chunk of what has come, which is the driver's until it gives it back; nil where there is nothing for now. With the end of the
	// input it returns an error, which may be io.EOF.
	read() ([]byte, error)
	// fills says whether it has fill, which reads into memory of the caller's in place of a chunk.
	fills() bool
	fill(b []byte) (int, error)
	// recycle takes a chunk back. frame is the size of the frame that it ended amid, 0 for none.
	recycle(chunk []byte, frame int)
	// write takes output, and says whether all of it is written. What is not is written later, and the driver's method written is called when it is: no
	// other output may be given before.
	write(out engine.Output) (done bool, err error)
	// goOn writes more of the output that could not be written at once, where that waits for the driver's turn.
	goOn()
	// closeWrite tells the peer that nothing more comes, and lets it still be read. False means that this kind cannot, or not any more.
	closeWrite() bool
	// close ends all. It can be called again.
	close()
	// peer is the address of the other end.
	peer() net.Addr
}

// newSocket makes a socket of a connection, of the better kind if it can be.
func newSocket(d *driver, conn net.Conn) socket {
	if s := newPolled(d, conn); s != nil {
		return s
	}
	return newStream(d, conn)
}

package engine

import (
	"fmt"
	"time"

	"github.com/hadron-mq/hadron/internal/wire"
)

// performative is a frame body that knows its encoding.
type performative interface {
	Append(dst []byte) ([]byte, error)
}

// write appends one frame without payload. What the application may have put into it that cannot be encoded is checked
// where it is set; an encoding error here leaves the frame out and ends the connection with an internal error.
func (c *Connection) write(channel uint16, p performative) {
	out := c.output()
	start := len(out)
	out = wire.AppendFrameHeader(out, wire.FrameTypeAMQP, channel)
	out, err := p.Append(out)
	if err != nil {
		c.out = c.out[:start]
		c.unwritable(err)
		return
	}
	if size := len(out) - start; c.remote == Active && size > c.maxFrameOut {
		c.out = c.out[:start]
		c.unwritable(fmt.Errorf("connection: write %T: %d bytes, where the peer takes frames of %d", p, size, c.maxFrameOut))
		return
	}
	wire.FinishFrame(out, start)
	c.out = out
	c.touch()
}

// unwritable ends the connection over something of the application's that has no encoding.
func (c *Connection) unwritable(err error) {
	if c.failure == nil {
		c.failure = err
		c.phase = phaseDead
		c.emit(Event{Kind: TransportFailed, Err: err})
	}
}

func appendEmptyFrame(dst []byte) []byte {
	start := len(dst)
	dst = wire.AppendFrameHeader(dst, wire.FrameTypeAMQP, 0)
	wire.FinishFrame(dst, start)
	return dst
}

// TakeOutput gives the bytes to write, and takes a buffer to go on with; nil leaves it to Driver.Buffer.
func (c *Connection) TakeOutput(now time.Time, spare []byte) []byte {
	out := c.out
	c.out = spare[:0]
	if len(out) > 0 {
		c.taken++
		c.clock.sent = now
	}
	return out
}

// Output says how many bytes wait to be taken.
func (c *Connection) Output() int { return len(c.out) }

// room says whether senders may add to the output. Frames other than transfers are never held back: they answer
// what the peer sent, and the driver stops feeding a connection whose output is not taken.
func (c *Connection) room() bool { return len(c.out) < c.cfg.OutputLimit }

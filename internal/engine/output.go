package engine

import (
	"fmt"
	"time"

	"github.com/Azure/go-amqp"

	"github.com/hadron-mq/hadron/internal/wire"
)

// performative is a frame body that knows its encoding.
type performative interface {
	Append(dst []byte) ([]byte, error)
}

// write appends one frame without payload. What the application may have put into it that cannot be encoded, or does not fit, is checked where it
// is set, or cut; what fails here all the same leaves the frame out and ends the connection with an internal error.
func (c *Connection) write(channel uint16, p performative) {
	if err := c.put(channel, p); err != nil {
		c.unwritable(err)
	}
}

// put appends one frame without payload, unless it has no encoding or is larger than the peer takes: 512 bytes before its open says more (§2.4.1).
func (c *Connection) put(channel uint16, p performative) error {
	out := c.output()
	start := len(out)
	out = wire.AppendFrameHeader(out, wire.FrameTypeAMQP, channel)
	out, err := p.Append(out)
	if err != nil {
		c.out = c.out[:start]
		return err
	}
	if size := len(out) - start; size > c.maxFrameOut {
		if _, open := p.(*wire.Open); !open { // which cannot wait for more
			c.out = c.out[:start]
			return fmt.Errorf("%d bytes, where the peer takes frames of %d: %w", size, c.maxFrameOut, errFrameSize)
		}
	}
	wire.FinishFrame(out, start)
	c.out = out
	c.touch()
	return nil
}

// unwritable ends the connection over something of the application's that has no encoding.
func (c *Connection) unwritable(err error) {
	err = fmt.Errorf("connection: write: %w", err)
	c.failWith(err, c.fitting(&amqp.Error{Condition: amqp.ErrCondInternalError, Description: err.Error()}))
}

// performativeRoom is more than an end, a detach or a close takes without its error, in bytes.
const performativeRoom = 64

// fitting returns an error that an end, a detach or a close has room for: what cannot be said in full is said in short, and the peer is never left
// without a word.
func (c *Connection) fitting(err *amqp.Error) *amqp.Error {
	return wire.FitError(err, c.maxFrameOut-performativeRoom)
}

func appendEmptyFrame(dst []byte) []byte {
	start := len(dst)
	dst = wire.AppendFrameHeader(dst, wire.FrameTypeAMQP, 0)
	wire.FinishFrame(dst, start)
	return dst
}

// limitFrames takes note of the largest frame that the peer takes.
func (c *Connection) limitFrames(size int) {
	c.maxFrameOut, c.maxTransferOut = size, min(size, max(c.cfg.OutputLimit/2, wire.MinMaxFrameSize))
}

// TakeOutput gives what is to be written, and takes a buffer to go on with; nil leaves it to Driver.Buffer.
func (c *Connection) TakeOutput(now time.Time, spare []byte) Output {
	o := Output{c.out, c.pieces}
	c.out, c.pieces, c.gathered = spare[:0], nil, 0
	if len(o.buf) > 0 {
		c.taken++
		c.clock.sent = now
	}
	return o
}

// Output says how many bytes wait to be taken.
func (c *Connection) Output() int { return len(c.out) + c.gathered }

// room says whether senders may add to the output. Frames other than transfers are never held back: they answer
// what the peer sent, and the driver stops feeding a connection whose output is not taken.
func (c *Connection) room() bool { return c.Output() < c.cfg.OutputLimit }

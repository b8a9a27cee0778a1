package engine

import (
	"fmt"

	"github.com/Azure/go-amqp"

	"github.com/hadron-mq/hadron/internal/wire"
)

// Next returns the next event, parsing input until there is one; it is valid until the following call. Nil means that there is neither, or
// that the work which Grant gave is spent.
func (c *Connection) Next() *Event {
	for {
		if e := c.events.pop(); e != nil { // without a look at the budget: it may be a view of the input
			c.budget.charge(1)
			if e.Kind == LinkSendable {
				e.Link.told = false
			}
			return e
		}
		if !c.budget.spend() {
			return nil
		}
		if !c.step() && c.events.empty() {
			c.events.shed()
			return nil
		}
	}
}

// step goes on with what the last frame has caused, or else parses one protocol header or frame, and says whether there was one.
func (c *Connection) step() bool {
	switch {
	case c.heeding.session != nil:
		c.heed()
		return true
	case c.reopened.len() > 0:
		c.resumeNext()
		return true
	}
	switch c.phase {
	case phaseHeader:
		return c.stepHeader()
	case phaseSASL:
		return c.stepSASL()
	case phaseFrames:
		return c.stepFrame()
	default:
		c.input.chunk = nil
		return false
	}
}

// stepFrame takes one frame (§2.3).
func (c *Connection) stepFrame() bool {
	b := c.input.fill(wire.FrameHeaderSize)
	if b == nil {
		return false
	}
	h := wire.ParseFrameHeader(b)
	switch {
	case h.Size < wire.FrameHeaderSize:
		c.fail(amqp.ErrCondFramingError, fmt.Sprintf("frame size of %d, less than its header", h.Size))
		return true
	case h.Size > c.cfg.MaxFrameSize:
		c.fail(amqp.ErrCondFramingError, fmt.Sprintf("frame size of %d, more than the limit of %d", h.Size, c.cfg.MaxFrameSize))
		return true
	case c.remote == Uninitialized && h.Size > maxOpen:
		c.fail(amqp.ErrCondFramingError, fmt.Sprintf("frame size of %d before the open, more than %d", h.Size, maxOpen))
		return true
	case h.DataOffset < 2 || uint32(h.DataOffset)*4 > h.Size:
		c.fail(amqp.ErrCondFramingError, fmt.Sprintf("frame data offset of %d in a frame of %d bytes", h.DataOffset, h.Size))
		return true
	case h.Type != wire.FrameTypeAMQP:
		c.fail(amqp.ErrCondFramingError, fmt.Sprintf("frame type %d, not AMQP", h.Type))
		return true
	}
	if b = c.input.fill(int(h.Size)); b == nil {
		return false
	}
	c.input.consume(int(h.Size))
	c.budget.charge(int(h.Size) / copyWork)
	if body := b[int(h.DataOffset)*4:]; len(body) > 0 { // an empty frame is a heartbeat (§2.4.5)
		c.handle(h.Channel, body)
	}
	return true
}

// handle takes one frame body to the endpoint that it is for.
func (c *Connection) handle(channel uint16, body []byte) {
	d := wire.NewDecoder(body)
	code := d.Descriptor()
	switch {
	case d.Err() != nil:
		c.fail(amqp.ErrCondDecodeError, "frame body: "+d.Err().Error())
		return
	case c.local == Closed && code != wire.CodeClose && code != wire.CodeOpen: // nothing else matters after our close (§2.4.3)
		return
	case c.remote == Uninitialized && code != wire.CodeOpen:
		c.fail(amqp.ErrCondIllegalState, fmt.Sprintf("frame with descriptor %#x before open", code))
		return
	}
	switch code {
	case wire.CodeTransfer:
		c.transfer.Decode(&d)
		if s := c.session(channel, &d, "transfer"); s != nil {
			c.worked = true
			s.onTransfer(&c.transfer, d.Rest())
		}
	case wire.CodeDisposition:
		c.disposition.Decode(&d)
		if s := c.session(channel, &d, "disposition"); s != nil {
			c.worked = true
			s.onDisposition(&c.disposition)
		}
	case wire.CodeFlow:
		c.flow.Decode(&d)
		if s := c.session(channel, &d, "flow"); s != nil {
			s.onFlow(&c.flow)
		}
	case wire.CodeAttach:
		var p wire.Attach
		p.Decode(&d)
		if s := c.session(channel, &d, "attach"); s != nil {
			s.onAttach(&p, len(body)+d.Taken(body))
		}
	case wire.CodeDetach:
		var p wire.Detach
		p.Decode(&d)
		if s := c.session(channel, &d, "detach"); s != nil {
			s.onDetach(&p)
		}
	case wire.CodeBegin:
		var p wire.Begin
		p.Decode(&d)
		if c.decoded(&d, "begin") {
			c.onBegin(channel, &p)
		}
	case wire.CodeEnd:
		var p wire.End
		p.Decode(&d)
		if s := c.session(channel, &d, "end"); s != nil {
			s.onEnd(&p)
		}
	case wire.CodeOpen:
		var p wire.Open
		p.Decode(&d)
		if c.decoded(&d, "open") {
			c.onOpen(channel, &p)
		}
	case wire.CodeClose:
		var p wire.Close
		p.Decode(&d)
		if c.decoded(&d, "close") {
			c.onClose(&p)
		}
	default:
		c.fail(amqp.ErrCondNotImplemented, fmt.Sprintf("frame with unknown performative %#x", code))
	}
	c.charge(code, body, &d)
}

func (c *Connection) decoded(d *wire.Decoder, what string) bool {
	if err := d.Err(); err != nil {
		c.fail(amqp.ErrCondDecodeError, what+" frame: "+err.Error())
		return false
	}
	return true
}

// session finds the session of a decoded frame; nil means that the frame is not to be looked at.
func (c *Connection) session(channel uint16, d *wire.Decoder, what string) *Session {
	if !c.decoded(d, what) {
		return nil
	}
	s := c.channels.get(uint32(channel))
	if s == nil {
		c.fail(amqp.ErrCondNotFound, fmt.Sprintf("%s frame on channel %d, which has no session", what, channel))
		return nil
	}
	if s.local == Closed && what != "end" { // what was on its way when the session was ended (§2.5.4)
		return nil
	}
	return s
}

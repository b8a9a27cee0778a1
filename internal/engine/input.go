package engine

import (
	"time"

	"github.com/hadron-mq/hadron/internal/wire"
)

// input is what was fed and not parsed. Frames are parsed where they lie in the driver's chunk; only one that
// spans chunks is put together in carry.
type input struct {
	chunk []byte
	carry []byte
	at    int  // how much of carry is consumed
	short bool // there is less than what is to be parsed next

	own   []byte // memory that the chunk is the end of, and that is filled behind it, see Space; nil where the chunk is the driver's
	whole int    // the size of the last message, where such memory is worth it; else 0
}

// fill returns a view of the next n bytes, or nil while they are not all there: then all there is was taken out of
// the driver's chunk. What it returned before is no longer valid.
func (in *input) fill(n int) []byte {
	if in.at > 0 && in.at == len(in.carry) {
		in.carry, in.at = in.carry[:0], 0
	}
	switch {
	case len(in.carry) == 0 && len(in.chunk) >= n:
		return in.chunk[:n:n]
	case in.own != nil: // the rest is read behind it
		in.short = true
		return nil
	}
	if len(in.carry)-in.at < n && in.at > 0 {
		in.carry, in.at = append(in.carry[:0], in.carry[in.at:]...), 0
	}
	if take := min(n-len(in.carry)+in.at, len(in.chunk)); take > 0 {
		in.carry = append(in.carry, in.chunk[:take]...)
		in.chunk = in.chunk[take:]
	}
	if len(in.carry)-in.at < n {
		in.short = true
		return nil
	}
	return in.carry[in.at : in.at+n]
}

// consume passes over n bytes of what fill returned; they stay valid until the next call of fill.
func (in *input) consume(n int) {
	if in.at < len(in.carry) {
		in.at += n
		return
	}
	in.chunk = in.chunk[n:]
}

// amid returns the size of the frame that has come in part, 0 for none.
func (in *input) amid() int {
	if part := in.part(); len(part) >= wire.FrameHeaderSize {
		return int(wire.ParseFrameHeader(part).Size)
	}
	return 0
}

func (in *input) len() int { return len(in.carry) - in.at + len(in.chunk) }

func (in *input) waiting(p phase) bool {
	return p != phaseDead && p != phaseIdle && !in.short && in.len() > 0
}

// keep copies what is left of the chunk.
func (in *input) keep() {
	if len(in.chunk) > 0 {
		in.carry = append(in.carry, in.chunk...)
		in.chunk = nil
	}
	in.own = nil
}

// AmidFrame returns how many bytes the frame has that has come in part, 0 where there is none: the driver may read more at a time then.
func (c *Connection) AmidFrame() int {
	if c.phase != phaseFrames {
		return 0
	}
	return c.input.amid()
}

// Feed gives the connection bytes that were read at now. They must stay untouched until Unparsed is 0, or KeepInput has copied them.
func (c *Connection) Feed(now time.Time, b []byte) {
	c.clock.received = now
	if c.phase == phaseDead {
		return
	}
	c.fed++
	c.input.keep() // the driver fed again before all was parsed
	c.input.chunk, c.input.short = b, false
}

// Unparsed says how many bytes were fed that Next did not come to, for want of work or because the driver stopped calling it. There is no use in
// feeding more before it is 0.
func (c *Connection) Unparsed() int {
	if !c.input.waiting(c.phase) {
		return 0
	}
	return c.input.len()
}

// KeepInput copies what Next did not come to, so that the driver can use the chunk for something else.
func (c *Connection) KeepInput() {
	if c.Unparsed() > 0 {
		c.input.keep()
	}
}

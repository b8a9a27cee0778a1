package engine

import "time"

// A message that the application keeps is copied out of the driver's chunk, which is used again. Large messages that come one after the other are read
// into memory that is not, in place of a chunk, and are views of it: a few of them share it, and one that is kept keeps its few neighbours.
const (
	spaceLeast  = 8 << 10   // of a message, in bytes
	spaceShared = 4         // how many of them have room in such memory
	spaceMost   = 256 << 10 // of it, in bytes, unless a frame is larger
)

// Space returns memory that the driver is to read into in place of a chunk of its own, where it can, and then calls Filled. Nil means that there is none.
// It is called where Unparsed is 0.
func (c *Connection) Space() []byte {
	in := &c.input
	if c.phase != phaseFrames || in.whole == 0 {
		return nil
	}
	part, frame := in.part(), in.amid()
	if in.own != nil {
		room := cap(in.own) - len(in.own)
		if frame > 0 && len(part)+room >= frame || len(part) == 0 && room >= in.whole {
			return in.own[len(in.own):cap(in.own)]
		}
	}
	if frame == 0 { // nobody knows whether there is more to come
		return nil
	}
	fresh := make([]byte, len(part), max(frame, min(spaceShared*in.whole, spaceMost)))
	copy(fresh, part)
	in.carry, in.at = in.carry[:0], 0
	in.own, in.chunk = fresh, fresh
	return fresh[len(fresh):cap(fresh)]
}

// Filled is Feed for the first n bytes of what Space returned.
func (c *Connection) Filled(now time.Time, n int) {
	c.clock.received = now
	in := &c.input
	if c.phase == phaseDead || in.own == nil {
		return
	}
	c.fed++
	in.own = in.own[:len(in.own)+n]
	in.chunk, in.short = in.own[len(in.own)-len(in.chunk)-n:], false
}

// part returns what has come of a frame.
func (in *input) part() []byte {
	if in.own != nil {
		return in.chunk
	}
	return in.carry[in.at:]
}

// arrived takes note of a message that has come whole, in one frame: whether the next ones are to have memory of their own.
func (in *input) arrived(l *Link, payload []byte) {
	if in.whole = len(payload); in.whole < spaceLeast || l.cfg.LeaveEncoded || l.cfg.Borrowed {
		in.whole = 0
	}
}

// rest lets go of memory that nothing is coming into.
func (in *input) rest() {
	if len(in.chunk) == 0 {
		in.own = nil
	}
}

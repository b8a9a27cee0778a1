package engine

import (
	"math"

	"github.com/hadron-mq/hadron/internal/wire"
)

// budget is what a connection may still do in its turn. Peers decide how much there is to do, so nothing goes on for as long as there is
// something: work is counted, and what is left of it waits for a later turn.
type budget struct {
	granted int // for each turn; 0 means that the driver sets no bound
	left    int
}

// Grant begins a turn: Next may spend that much work, and Flush as much again. A frame costs 1, also one that makes no event, and so does an
// event; what makes the engine visit links or deliveries costs 1 for each of them, and large frames cost more. Once it is spent, Next returns nil
// while Pending still holds. What one frame costs beyond the grant is owed in the next turn. A connection that was never granted anything has
// no bound.
func (c *Connection) Grant(work int) {
	b := &c.budget
	debt := 0
	if b.granted > 0 {
		debt = max(-b.left, 0)
	}
	b.granted = max(work, 1)
	b.left = b.granted - debt
}

const (
	copyWork   = 4 << 10 // bytes of a frame that cost as much as a frame: a transfer is at most copied
	decodeWork = 128     // and of any other frame, all of which is decoded, with what it is decoded to
	linkWork   = 64      // what a link costs that comes or goes, in frames: its driver and the application make something of it, too
)

// charge takes off what a frame costs beyond 1, once it was handled.
func (c *Connection) charge(code uint64, body []byte, d *wire.Decoder) {
	switch code {
	case wire.CodeTransfer:
		return
	case wire.CodeAttach, wire.CodeDetach, wire.CodeBegin, wire.CodeEnd:
		c.budget.charge(linkWork)
	}
	c.budget.charge((len(body) + d.Taken(body)) / decodeWork)
}

// renew makes the whole grant good again.
func (b *budget) renew() {
	if b.left = b.granted; b.granted == 0 {
		b.left = math.MaxInt
	}
}

// charge takes work off what is left, for what cannot stop just here.
func (b *budget) charge(work int) { b.left -= work }

// spent says that nothing is left.
func (b *budget) spent() bool { return b.left <= 0 && b.granted > 0 }

// spend takes one from what is left, and says whether there was any.
func (b *budget) spend() bool {
	if b.left <= 0 {
		if b.granted > 0 {
			return false
		}
		b.renew()
	}
	b.left--
	return true
}

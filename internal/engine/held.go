package engine

import (
	"fmt"

	"github.com/Azure/go-amqp"
)

// What a peer makes a connection hold in memory is counted: there is a bound for each connection, and its driver is told, who may have one for
// all of them.

// What endpoints take, in bytes, apart from what is kept of the peer's frames.
const (
	sessionCost = 1 << 10
	linkCost    = 1 << 10

	// accountStep is how much has to change before the driver is told.
	accountStep = 16 << 10
)

// Account is how a driver is told of what a connection holds: partial messages, input and output that wait, links with what their peer's attach
// said, deliveries that are not settled. delta is the change in bytes, in steps of 16 KiB or more; it counts, whatever the answer is.
// False says that it is too much: a message or a link that the peer wants to have is refused then, and given back at once by a negative
// delta; for what is held already, the connection is closed. When it is given up, all that it held is given back.
//
// It is called on the connection's loop, with the turn's lock, and by the connections of several loops at once.
type Account func(delta int) (ok bool)

// take counts what an endpoint holds.
func (c *Connection) take(bytes int) { c.ends += bytes }

// owed is what MaxHeld bounds: the peer's endpoints, and the deliveries that wait for one side or the other to settle them.
func (c *Connection) owed() int {
	n := c.ends
	for _, s := range c.sessions {
		n += s.unsettled[0].bytes() + s.unsettled[1].bytes()
	}
	return n
}

// bytes is about how much memory the deliveries take, with the neighbours that each keeps in its slab where few are left.
func (u *unsettled) bytes() int {
	const slab, page = 3 << 10, 2 << 10
	return len(u.pages)*page + min(u.n, len(u.pages)*(pageSize/slabSize+1))*slab
}

// held is all that the connection holds.
func (c *Connection) held() int {
	return c.owed() + c.partial + cap(c.input.carry) + cap(c.out) + c.keeper.used + c.keeper.idle
}

// account tells the driver what is held by now.
func (c *Connection) account() {
	tell := c.driver.Account
	if tell == nil || c.local == Closed && c.remote == Closed {
		return
	}
	delta := c.held() - c.told
	if delta > -accountStep && delta < accountStep {
		return
	}
	c.told += delta
	if !tell(delta) && delta > 0 && c.phase != phaseDead {
		c.fail(amqp.ErrCondResourceLimitExceeded, fmt.Sprintf("%d bytes are held for the connection, and there is no room for more", c.told))
	}
}

// afford asks the driver whether there is room for something large.
func (c *Connection) afford(bytes int) bool {
	tell := c.driver.Account
	if tell == nil || bytes < accountStep {
		return true
	}
	if !tell(bytes) {
		tell(-bytes)
		return false
	}
	c.told += bytes
	return true
}

// giveUp gives back all that was told.
func (c *Connection) giveUp() {
	if tell := c.driver.Account; tell != nil && c.told != 0 {
		tell(-c.told)
	}
	c.told = 0
}

// admits says whether there is room for a link whose attach takes so much, and ends the session where not: a link that is refused lives until the peer
// agrees, so that one too many cannot be refused by itself.
func (s *Session) admits(bytes int) bool {
	c := s.conn
	switch owed := c.owed() + linkCost + bytes; {
	case owed > c.cfg.MaxHeld:
		s.fail(amqp.ErrCondResourceLimitExceeded, fmt.Sprintf("attach frame: %d bytes are held for links and deliveries, with a limit of %d", owed, c.cfg.MaxHeld))
	case !c.afford(linkCost + bytes):
		s.fail(amqp.ErrCondResourceLimitExceeded, fmt.Sprintf("attach frame: no room for a link of %d bytes", linkCost+bytes))
	default:
		return true
	}
	return false
}

package engine

import "github.com/hadron-mq/hadron/internal/wire"

// Hand notes the delivery that a handler is being shown and that is accepted when the handler returns. Where the handler closes the link,
// the session or the connection without an error, it is accepted just before, for afterwards there is no way to tell.
func (c *Connection) Hand(d *Delivery) { c.hand, c.meant = d, wire.Accepted }

// AcceptHand accepts the delivery in hand, unless the handler gave it an outcome, and takes it out of the hand. Where the handler gave it one that
// has no encoding, it gets that outcome less what has none.
func (c *Connection) AcceptHand() {
	d := c.hand
	if c.hand = nil; d == nil || d.settled || d.local != nil {
		return
	}
	_ = d.Update(c.meant, true) // it fails only when the link is gone, and then nobody waits for it
}

// acceptHandBefore accepts the delivery in hand before an endpoint is closed, if the delivery is on it. An endpoint that is closed with an
// error is closed over the message, as like as not.
func (c *Connection) acceptHandBefore(s *Session, l *Link, err bool) {
	if d := c.hand; d == nil || err || l != nil && d.link != l || s != nil && d.link.session != s {
		return
	}
	c.AcceptHand()
}

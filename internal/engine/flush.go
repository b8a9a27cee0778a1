package engine

// Flush ends a turn: what was settled and what may be sent again goes out as few frames, and senders that did not
// use up their credit are told that they may go on. Links take turns: those that the turn's work did not reach come first in the next.
func (c *Connection) Flush() {
	c.input.rest()
	c.flush()
	c.account()
	// What flushing has written asks for no turn. What it has left to do does: without that it would wait for the peer.
	if c.touched = false; c.unflushed() {
		c.touch()
	}
}

func (c *Connection) flush() {
	if c.phase == phaseDead || !c.wroteOpen || c.wroteClose {
		return
	}
	left := c.budget.left
	defer func() { c.budget.left = min(left, 0) }() // there is nothing for Next before another grant
	c.budget.renew()
	c.flushRanges()
	for n := c.dirtyLinks.len(); n > 0; n-- { // a link may ask for another turn
		if !c.budget.spend() {
			return
		}
		c.dirtyLinks.pop().flush()
	}
	for c.dirtySessions.len() > 0 {
		if !c.budget.spend() {
			return
		}
		c.dirtySessions.pop().flush()
	}
	for c.sweeps.len() > 0 && c.budget.spend() {
		if c.sweeps.first().sweep() {
			c.sweeps.pop()
		}
	}
	c.budget.renew() // those that have something to send must not always come last
	for n := c.starved.len(); n > 0 && c.room(); n-- {
		if !c.budget.spend() {
			return
		}
		l := c.starved.pop()
		l.starved = false
		l.resume()
	}
}

// flushRanges writes what the turn has settled.
func (c *Connection) flushRanges() {
	for _, s := range c.dirtySessions.all() {
		s.flushRanges()
	}
}

// unflushed says that another Flush has something to do.
func (c *Connection) unflushed() bool {
	if c.phase == phaseDead || !c.wroteOpen || c.wroteClose {
		return false
	}
	return c.dirtyLinks.len() > 0 || c.dirtySessions.len() > 0 || c.sweeps.len() > 0 || c.starved.len() > 0 && c.room()
}

// Pending says that there is something to do without further input: events to take, input that the last grant did not suffice for, or links
// to flush.
func (c *Connection) Pending() bool {
	return !c.events.empty() || c.heeding.session != nil || c.reopened.len() > 0 || c.input.waiting(c.phase) || c.unflushed()
}

// Starved says that senders wait for room in the output: the driver flushes again when the output was taken.
func (c *Connection) Starved() bool { return c.starved.len() > 0 }

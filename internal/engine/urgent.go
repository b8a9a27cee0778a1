package engine

// fewLinks is how many links are looked at in vain for one with something to say.
const fewLinks = 16

// Urgent says that the peer should hear of what this turn has done before there is more input: it waits for something, or half of a window is used,
// or there is much to tell. It is asked before Flush.
func (c *Connection) Urgent() bool {
	if c.Output() >= earlyOutput || c.phase != phaseFrames || c.local != Active || c.remote != Active {
		return true
	}
	if c.dirtyLinks.len() > fewLinks {
		return true
	}
	for _, l := range c.dirtyLinks.all() {
		if l.role != RoleReceiver || l.topUp || l.echo || l.drain || l.cfg.Window == 0 {
			return true
		}
		if held := l.held(); held < l.cfg.Window && l.cfg.Window-held >= max(l.cfg.Window/2, 1) {
			return true
		}
	}
	return false
}

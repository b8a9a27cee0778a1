package engine

// keptChunk is a run of encoded messages that may have to be sent again, or a large one. They share it so that keeping them costs no allocation
// each; it is used again once none of them is needed. Outcomes come in order nearly always, so few chunks are in use.
type keptChunk struct {
	keeper *keeper // whose it is: a link may have moved to another connection meanwhile
	buf    []byte
	used   int // how many messages in it may still have to be sent again, or written
}

const (
	keptSize  = 16 << 10 // of a chunk of many messages, in bytes
	keptLarge = 4 << 10  // what has a chunk to itself
	keptSpare = 1 << 20  // bytes of chunks without messages that a connection holds on to, beside as many as it uses
)

// keeper is a connection's chunks.
type keeper struct {
	now   *keptChunk // the one that is being filled
	spare []*keptChunk
	used  int // bytes of the chunks that messages are in
	idle  int // and of the spare ones
}

// keep copies a message that leaves, for the case that its transport is lost before its outcome comes.
func (d *Delivery) keep(b []byte) {
	k := &d.link.session.conn.keeper
	if len(b) > keptLarge {
		c := k.take(len(b))
		d.keepIn(c, append(c.buf, b...))
		return
	}
	if k.now == nil || len(b) > cap(k.now.buf)-len(k.now.buf) {
		k.now = k.take(keptSize)
	}
	c := k.now
	at := len(c.buf)
	c.buf = append(c.buf, b...)
	c.used++
	d.kept, d.data, d.chunk = true, c.buf[at:len(c.buf):len(c.buf)], c
}

// keepIn keeps a message that has a chunk to itself, and may have outgrown it.
func (d *Delivery) keepIn(c *keptChunk, message []byte) {
	c.keeper.used += cap(message) - cap(c.buf)
	c.buf, c.used = message, 1
	d.kept, d.data, d.chunk = true, message, c
}

// take returns a chunk with room for n bytes, and not much more than that: the one that was in use last, or a new one.
func (k *keeper) take(n int) *keptChunk {
	if last := len(k.spare) - 1; last >= 0 {
		c := k.spare[last]
		if room := cap(c.buf); room >= n && room <= 2*n {
			k.dropSpare()
			k.used += room
			return c
		}
	}
	c := &keptChunk{keeper: k, buf: make([]byte, 0, n)}
	k.used += cap(c.buf)
	return c
}

// give takes a chunk back that no message needs any more.
func (k *keeper) give(c *keptChunk) {
	c.buf = c.buf[:0]
	k.used -= cap(c.buf)
	k.idle += cap(c.buf)
	k.spare = append(k.spare, c)
	for len(k.spare) > 0 && k.idle > k.used+keptSpare {
		k.dropSpare()
	}
}

func (k *keeper) dropSpare() {
	last := len(k.spare) - 1
	k.idle -= cap(k.spare[last].buf)
	k.spare[last] = nil
	k.spare = k.spare[:last]
}

// drop lets go of a delivery's encoded message.
func (d *Delivery) drop() {
	c := d.chunk
	d.data, d.head, d.chunk, d.kept = nil, nil, nil, false
	c.release()
}

// release notes that a message in the chunk, or a write of it, needs it no more.
func (c *keptChunk) release() {
	if c == nil {
		return
	}
	if c.used--; c.used > 0 {
		return
	}
	if k := c.keeper; c == k.now { // it can be filled from the start again
		c.buf = c.buf[:0]
	} else {
		k.give(c)
	}
}

// resends says whether the link's messages are sent again when their transport was lost.
func (l *Link) resends() bool { return l.session.conn.cfg.Resend && !l.cfg.FailInFlight }

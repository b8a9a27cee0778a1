package engine

// keptChunk is a run of encoded messages that may have to be sent again. They share it so that keeping them costs no allocation each;
// it is used again once none of them is needed. Outcomes come in order nearly always, so few chunks are in use.
type keptChunk struct {
	keeper *keeper // whose it is: a link may have moved to another connection meanwhile
	buf    []byte
	used   int // how many messages in it may still have to be sent again
}

const (
	keptSize  = 16 << 10 // of a chunk, in bytes
	keptSpare = 8        // how many chunks without messages a connection holds on to
)

// keeper is a connection's chunks.
type keeper struct {
	now   *keptChunk // the one that is being filled
	spare []*keptChunk
}

// keep copies a message that leaves, for the case that its transport is lost before its outcome comes.
func (d *Delivery) keep(b []byte) {
	k := &d.link.session.conn.keeper
	d.kept = true
	if len(b) > keptSize/4 {
		d.data = append([]byte(nil), b...)
		return
	}
	if k.now == nil || len(b) > cap(k.now.buf)-len(k.now.buf) {
		k.next()
	}
	c := k.now
	at := len(c.buf)
	c.buf = append(c.buf, b...)
	c.used++
	d.data, d.chunk = c.buf[at:len(c.buf):len(c.buf)], c
}

func (k *keeper) next() {
	if n := len(k.spare); n > 0 {
		k.now = k.spare[n-1]
		k.spare = k.spare[:n-1]
		return
	}
	k.now = &keptChunk{keeper: k, buf: make([]byte, 0, keptSize)}
}

// drop lets go of a delivery's encoded message.
func (d *Delivery) drop() {
	c := d.chunk
	d.data, d.chunk, d.kept = nil, nil, false
	if c == nil {
		return
	}
	if c.used--; c.used == 0 {
		k := c.keeper
		c.buf = c.buf[:0]
		if c != k.now && len(k.spare) < keptSpare {
			k.spare = append(k.spare, c)
		}
	}
}

// resends says whether the link's messages are sent again when their transport was lost.
func (l *Link) resends() bool { return l.session.conn.cfg.Resend && !l.cfg.FailInFlight }

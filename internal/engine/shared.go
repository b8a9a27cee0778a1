package engine

// SendShared sends a message that is encoded already and lies in two parts. The second is not copied, however long it waits, so that a large message
// that goes to many takes its memory once: it must never change.
func (l *Link) SendShared(head, rest []byte, format uint32, settled bool) (*Delivery, error) {
	if err := l.sendable(settled); err != nil {
		return nil, err
	}
	if err := l.fits(len(head) + len(rest)); err != nil {
		return nil, err
	}
	d, err := l.newOutgoing(format, nil, settled)
	if err != nil {
		return nil, err
	}
	d.data, d.kept = rest, !settled && l.resends()
	if len(head) > 0 {
		d.head = &head
	}
	if !l.maySend() {
		l.wait(d)
	} else if !l.transmit(d) {
		l.queue.push(d)
	}
	return d, nil
}

// unwritten returns what is not on its way yet, in two parts.
func (d *Delivery) unwritten() (head, rest []byte) {
	if d.head == nil {
		return nil, d.data[d.written:]
	}
	if n := uint32(len(*d.head)); d.written >= n {
		return nil, d.data[d.written-n:]
	}
	return (*d.head)[d.written:], d.data
}

package engine

import (
	"encoding/binary"
	"fmt"
	"math"

	"github.com/Azure/go-amqp"

	"github.com/hadron-mq/hadron/internal/wire"
)

// Send sends a message, settled or to be settled by its outcome. It goes straight into the output where credit, window and room
// allow; else it waits on the link, up to QueueLimit messages.
func (l *Link) Send(m *amqp.Message, settled bool) (*Delivery, error) {
	if err := l.sendable(settled); err != nil {
		return nil, err
	}
	if l.maySend() {
		return l.sendNow(m, nil, m.Format, m.DeliveryTag, settled)
	}
	payload, err := wire.AppendMessage(nil, m)
	if err != nil {
		return nil, err
	}
	return l.enqueue(payload, m.Format, m.DeliveryTag, settled)
}

// SendEncoded sends a message that is encoded already. The bytes are copied.
func (l *Link) SendEncoded(payload []byte, format uint32, settled bool) (*Delivery, error) {
	if err := l.sendable(settled); err != nil {
		return nil, err
	}
	if l.maySend() {
		return l.sendNow(nil, payload, format, nil, settled)
	}
	return l.enqueue(append([]byte(nil), payload...), format, nil, settled)
}

// sendable says why nothing can be sent on the link.
func (l *Link) sendable(settled bool) error {
	switch {
	case l.local == Closed || l.remote >= Detached || l.session.local == Closed || l.session.conn.local == Closed:
		return fmt.Errorf("link is %w", ErrClosed)
	case l.local != Active:
		return fmt.Errorf("link is not attached: %w", ErrClosed)
	case l.queue.len() >= l.cfg.QueueLimit:
		return fmt.Errorf("%d messages: %w", l.queue.len(), ErrQueueFull)
	case settled && l.cfg.SndSettleMode == amqp.SenderSettleModeUnsettled:
		return fmt.Errorf("settled on a link in settle mode unsettled: %w", ErrRole)
	case !settled && l.cfg.SndSettleMode == amqp.SenderSettleModeSettled:
		return fmt.Errorf("unsettled on a link in settle mode settled: %w", ErrRole)
	}
	return nil
}

// maySend says whether a new message can be put into the output now.
func (l *Link) maySend() bool {
	s := l.session
	return l.credit > 0 && !l.restricted && s.window.remoteIncoming > 0 && l.queue.len() == 0 && s.conn.room() && l.remote == Active && !s.conn.alone()
}

// newOutgoing makes the delivery of a message to be sent.
func (l *Link) newOutgoing(format uint32, tag []byte, settled bool) (*Delivery, error) {
	if len(tag) > maxTag {
		return nil, fmt.Errorf("delivery tag of %d bytes, more than %d", len(tag), maxTag)
	}
	d := l.newDelivery()
	d.format, d.settled = format, settled
	if len(tag) > 0 {
		d.setTag(tag)
	} else {
		l.nextTag++
		binary.BigEndian.PutUint64(d.tag[:], l.nextTag)
		d.tagLen = 8
	}
	return d, nil
}

// sendNow encodes a message, or takes the encoded one, straight into the output.
func (l *Link) sendNow(m *amqp.Message, encoded []byte, format uint32, tag []byte, settled bool) (*Delivery, error) {
	d, err := l.newOutgoing(format, tag, settled)
	if err != nil {
		return nil, err
	}
	s := l.session
	c := s.conn
	if size := bulk(m, encoded); size >= min(c.maxTransferOut, gatherLeast) {
		return l.sendLarge(d, m, encoded, size)
	}
	out := c.output()
	start := len(out)
	d.id = s.nextDeliveryID
	out, err = l.appendTransfer(out, d, false)
	if err != nil {
		return nil, err
	}
	body := len(out)
	if m != nil {
		if out, err = wire.AppendMessage(out, m); err != nil {
			c.out = out[:start]
			return nil, err
		}
	} else {
		out = append(out, encoded...)
	}
	if err := l.fits(len(out) - body); err != nil {
		c.out = out[:start]
		return nil, err
	}
	if len(out)-start <= c.maxTransferOut {
		wire.FinishFrame(out, start)
		if !settled && l.resends() {
			d.keep(out[body:])
		}
		c.out = out
		l.begun(d)
		l.finished(d)
		return d, nil
	}
	c.out = out[:start]
	return l.sendLarge(d, nil, out[body:], len(out)-body)
}

// bulk is about how many bytes a message takes, and not more than that.
func bulk(m *amqp.Message, encoded []byte) int {
	n := len(encoded)
	if m != nil {
		for _, data := range m.Data {
			n += len(data)
		}
	}
	return n
}

// sendLarge puts a message of about size bytes into a chunk of its own, from where it is written, in as many frames as it takes.
func (l *Link) sendLarge(d *Delivery, m *amqp.Message, encoded []byte, size int) (_ *Delivery, err error) {
	c := l.session.conn
	chunk := c.keeper.take(size + size/64 + 256) // for what is more than data
	message := append(chunk.buf, encoded...)
	if m != nil {
		message, err = wire.AppendMessage(message, m)
	}
	if err == nil {
		err = l.fits(len(message))
	}
	if err != nil {
		c.keeper.give(chunk)
		return nil, err
	}
	d.keepIn(chunk, message)
	d.kept = !d.settled && l.resends()
	if !l.transmit(d) {
		l.queue.push(d)
	}
	return d, nil
}

// fits says whether the peer takes a message of a size.
func (l *Link) fits(size int) error {
	if size > math.MaxInt32 {
		return fmt.Errorf("%d bytes: %w", size, ErrMessageSize)
	}
	if l.peer != nil && l.peer.MaxMessageSize > 0 && uint64(size) > l.peer.MaxMessageSize {
		return fmt.Errorf("%d bytes, where the peer takes %d: %w", size, l.peer.MaxMessageSize, ErrMessageSize)
	}
	return nil
}

// enqueue lets an encoded message wait.
func (l *Link) enqueue(payload []byte, format uint32, tag []byte, settled bool) (*Delivery, error) {
	if err := l.fits(len(payload)); err != nil {
		return nil, err
	}
	d, err := l.newOutgoing(format, tag, settled)
	if err != nil {
		return nil, err
	}
	d.data, d.kept = payload, !settled && l.resends()
	l.wait(d)
	return d, nil
}

// wait lets a delivery wait for what it lacks.
func (l *Link) wait(d *Delivery) {
	l.queue.push(d)
	l.idle = true
	switch s := l.session; {
	case !s.conn.room():
		l.starve()
	case l.credit > 0 && s.window.remoteIncoming == 0:
		s.wait(l)
	}
}

// appendTransfer appends a frame header and the transfer, for the first frame of a delivery or a following one.
func (l *Link) appendTransfer(dst []byte, d *Delivery, more bool) ([]byte, error) {
	t := &l.session.conn.outTransfer
	*t = wire.Transfer{Handle: l.handle, More: more}
	t.Resume = d.how == resumes && !d.sent
	if !d.sent { // §2.7.5: on the first frame; following ones may leave them out
		t.DeliveryID = wire.Some(d.id)
		t.DeliveryTag = d.Tag()
		t.MessageFormat = wire.Some(d.format)
	}
	if d.settled {
		t.Settled = wire.Some(true)
	}
	dst = wire.AppendFrameHeader(dst, wire.FrameTypeAMQP, l.session.channel)
	return t.Append(dst)
}

// begun notes that the first frame of a delivery was written: it takes one credit and a delivery id.
func (l *Link) begun(d *Delivery) {
	s := l.session
	d.sent = true
	s.nextDeliveryID++
	l.deliveryCount++
	l.credit--
	if !l.sent {
		l.sent = true
		l.markDirty()
	}
	if !d.settled {
		l.unsettled++
		s.unsettled[RoleSender.index()].put(d)
		s.conn.flies(d)
	}
	s.window.sent(1)
	if c := s.conn; c.Output() >= earlyOutput && c.driver.Early != nil {
		c.driver.Early()
	}
}

// finished notes that the last frame was written.
func (l *Link) finished(d *Delivery) {
	d.whole = true
	if d.settled {
		d.remoteSettled = true
	}
	if !d.kept {
		d.drop()
	}
}

// transmit writes frames of a delivery's payload while window and room allow, and says whether all is written.
func (l *Link) transmit(d *Delivery) bool {
	s := l.session
	c := s.conn
	for s.window.remoteIncoming > 0 && c.room() && !c.budget.spent() {
		c.budget.charge(1)
		if d.how == concludes {
			l.conclude(d)
			return true
		}
		if d.aborted { // nobody wants the rest of it (§2.7.5)
			c.write(s.channel, &wire.Transfer{Handle: l.handle, Aborted: true})
			s.window.sent(1)
			return true
		}
		out := c.output()
		start := len(out)
		if !d.sent {
			d.id = s.nextDeliveryID
		}
		out, err := l.appendTransfer(out, d, false)
		if err != nil {
			c.unwritable(err)
			return true
		}
		head, rest := d.unwritten()
		space := c.maxTransferOut - (len(out) - start)
		more := len(head)+len(rest) > space
		if more {
			// The frame again, with the flag, which may take a few bytes more.
			out, _ = l.appendTransfer(out[:start], d, true)
			space = c.maxTransferOut - (len(out) - start)
			head = head[:min(len(head), space)]
			rest = rest[:space-len(head)]
		}
		out = append(out, head...)
		d.written += uint32(len(head) + len(rest))
		if len(rest) < gatherLeast {
			c.out = append(out, rest...)
			wire.FinishFrame(c.out, start)
		} else {
			c.out = out
			wire.FinishFrameHead(out, start, len(rest))
			c.gather(rest, d.chunk)
		}
		if !d.sent {
			l.begun(d)
		} else {
			s.window.sent(1)
		}
		if !more {
			l.finished(d)
			return true
		}
	}
	if s.window.remoteIncoming > 0 { // it is the output or the turn that has no room
		l.starve()
	} else {
		s.wait(l)
	}
	return false
}

// Abort gives up a message that has begun to be sent and is not whole, or that still waits (§2.7.5).
func (l *Link) Abort(d *Delivery) error {
	if d.whole || d.aborted {
		return fmt.Errorf("message is sent: %w", ErrRole)
	}
	d.aborted = true
	if !d.sent || !l.running() || l.transmit(d) {
		l.queue.remove(d)
	}
	if d.sent {
		d.forget()
	}
	d.drop()
	d.settled, d.remoteSettled = true, true
	return nil
}

package engine

import (
	"bytes"
	"fmt"
	"math"

	"github.com/Azure/go-amqp"

	"github.com/hadron-mq/hadron/internal/wire"
)

// onTransfer takes one frame of a message (§2.7.5).
func (s *Session) onTransfer(t *wire.Transfer, payload []byte) {
	c := s.conn
	w := &s.window
	if w.incoming == 0 {
		s.fail(amqp.ErrCondWindowViolation, fmt.Sprintf("transfer frame beyond the session's incoming window of %d", sessionWindow))
		return
	}
	w.incoming--
	w.nextIncoming++
	s.frames++
	if w.low() {
		s.markDirty()
	}
	l := s.handles.get(t.Handle)
	switch {
	case l == nil:
		s.fail(amqp.ErrCondUnattachedHandle, fmt.Sprintf("transfer frame for handle %d, which is not attached", t.Handle))
		return
	case l.role != RoleReceiver:
		l.fail(amqp.ErrCondNotAllowed, fmt.Sprintf("transfer frame for handle %d, where the peer is the receiver", t.Handle))
		return
	}
	if l.resumption.active {
		l.resumed(t)
		return
	}
	d := l.incomplete
	if d == nil {
		if !s.number(t) || l.strays() {
			return
		}
		if t.Resume {
			l.resumed(t)
			return
		}
		if l.unlisted(t) {
			return
		}
		if d = l.arrive(t); d == nil {
			return
		}
	} else if !l.continues(d, t) {
		return
	}
	if t.Settled.V { // settled on any frame of it is settled (§2.7.5)
		d.remoteSettled = true
	}
	if t.State != nil {
		d.remote = t.State
	}
	if l.local != Active { // what was on its way when the link was closed
		l.drop(d, t.More && !t.Aborted)
		return
	}
	if t.Aborted { // whatever it says of more
		l.abort(d)
		return
	}
	if why := l.unfitting(t, d); why != "" {
		l.drop(d, t.More)
		l.fail(amqp.ErrCondInvalidField, fmt.Sprintf("transfer frame of delivery %d on link %q: %s", d.id, l.name, why))
		return
	}
	if limit := l.cfg.MaxMessageSize; limit > 0 && uint64(len(d.data)+len(payload)) > limit {
		l.drop(d, t.More)
		l.fail(amqp.ErrCondMessageSizeExceeded, fmt.Sprintf("message of more than %d bytes", limit))
		return
	}
	switch {
	case !t.More && l.incomplete == nil: // nearly always
		d.data, d.gathered = payload, c.input.own != nil
		c.input.arrived(l, payload)
	case !d.gather(payload):
		l.drop(d, t.More)
		l.fail(amqp.ErrCondResourceLimitExceeded, fmt.Sprintf("unfinished messages of more than %d bytes, or no room for as many", c.cfg.MaxPartial))
		return
	case t.More:
		l.incomplete, c.input.whole = d, 0
		return
	default:
		c.partial -= cap(d.data)
		l.gathered = len(d.data)
		l.incomplete = nil
	}
	d.whole = true
	if !d.remoteSettled {
		s.unsettled[RoleReceiver.index()].put(d)
	}
	c.emit(Event{Kind: DeliveryReceived, Session: s, Link: l, Delivery: d})
	l.spent()
}

// number takes the delivery-id of a message's first frame. Ids are the session's, and follow one another (§2.6.12); uamqp gives the number of
// the transfer frame instead, so that they skip as many as there were frames.
func (s *Session) number(t *wire.Transfer) bool {
	id := t.DeliveryID
	switch {
	case !id.OK:
		s.fail(amqp.ErrCondInvalidField, fmt.Sprintf("first transfer frame of a message for handle %d has no delivery-id", t.Handle))
		return false
	case s.received && id.V-s.lastDeliveryID-1 >= s.frames:
		s.fail(amqp.ErrCondInvalidField, fmt.Sprintf("transfer frame of delivery %d after delivery %d", id.V, s.lastDeliveryID))
		return false
	}
	s.received, s.lastDeliveryID, s.frames = true, id.V, 0
	return true
}

// continues takes a further frame of a message: what it repeats is as the first frame said (§2.7.5).
func (l *Link) continues(d *Delivery, t *wire.Transfer) bool {
	switch {
	case t.DeliveryID.OK && t.DeliveryID.V != d.id:
		l.session.fail(amqp.ErrCondInvalidField, fmt.Sprintf("transfer frame of delivery %d amid delivery %d on link %q", t.DeliveryID.V, d.id, l.name))
		return false
	case l.local != Active:
		return true
	case t.DeliveryTag != nil && !bytes.Equal(t.DeliveryTag, d.Tag()):
		l.drop(d, t.More)
		l.fail(amqp.ErrCondInvalidField, fmt.Sprintf("transfer frame of delivery %d with another delivery-tag than the first", d.id))
		return false
	case t.MessageFormat.OK && t.MessageFormat.V != d.format:
		l.drop(d, t.More)
		l.fail(amqp.ErrCondInvalidField, fmt.Sprintf("transfer frame of delivery %d with message-format %d, and %d before", d.id, t.MessageFormat.V, d.format))
		return false
	}
	return true
}

// unfitting says how a frame is at odds with the settle modes that the link was attached with (§2.7.5). The sender's attach tells which one it
// keeps to, and ours which one we do.
func (l *Link) unfitting(t *wire.Transfer, d *Delivery) string {
	mode := amqp.SenderSettleModeMixed
	if l.peer != nil {
		mode = l.peer.SndSettleMode
	}
	switch {
	case t.RcvSettleMode.V == amqp.ReceiverSettleModeSecond && l.cfg.RcvSettleMode == amqp.ReceiverSettleModeFirst && !d.remoteSettled:
		return "rcv-settle-mode second, where first was negotiated"
	case mode == amqp.SenderSettleModeUnsettled && t.Settled.V && !t.Resume:
		return "settled, where snd-settle-mode unsettled was negotiated"
	case mode == amqp.SenderSettleModeSettled && !t.More && !d.remoteSettled:
		return "not settled, where snd-settle-mode settled was negotiated"
	}
	return ""
}

// drop lets go of a message that is not wanted. The rest of it may be on its way.
func (l *Link) drop(d *Delivery, more bool) {
	l.shed()
	l.incomplete = nil
	if more {
		l.incomplete = d
	}
}

// arrive takes the first frame of a message: it uses one credit.
func (l *Link) arrive(t *wire.Transfer) *Delivery {
	switch {
	case t.DeliveryTag == nil || len(t.DeliveryTag) > maxTag:
		l.fail(amqp.ErrCondInvalidField, fmt.Sprintf("first transfer frame of delivery %d has a delivery-tag of %d bytes, not 1 to %d", t.DeliveryID.V, len(t.DeliveryTag), maxTag))
		return nil
	case l.credit == 0:
		if l.local != Active || before(l.deliveryCount, l.promised) || l.overrun() { // closed, or it was on its way when the credit was taken back
			break
		}
		l.fail(amqp.ErrCondTransferLimitExceeded, fmt.Sprintf("transfer frame of delivery %d on link %q, which has no credit", t.DeliveryID.V, l.name))
		return nil
	}
	d := l.newDelivery()
	d.id, d.sent = t.DeliveryID.V, true
	d.setTag(t.DeliveryTag)
	d.format = t.MessageFormat.V
	mode := l.cfg.RcvSettleMode
	if t.RcvSettleMode.OK {
		mode = t.RcvSettleMode.V
	}
	if mode == amqp.ReceiverSettleModeSecond {
		d.how = settlesSecond
	}
	l.credit -= min(l.credit, 1)
	l.deliveryCount++
	l.unsettled++
	l.worked = true
	return d
}

// gather adds a frame's payload to those that have come of a message, and says whether there was room for it. For what is still to come it makes
// as much room as there is already, or as the link's last message took that came in several frames, unless that is much.
func (d *Delivery) gather(payload []byte) bool {
	c := d.link.session.conn
	have, need := cap(d.data), len(d.data)+len(payload)
	if need > have {
		most := c.cfg.MaxPartial - c.partial + have
		if need > most {
			return false
		}
		room := max(need, 2*have)
		if last := d.link.gathered; last > room && c.partial+last <= c.cfg.MaxPartial/4 {
			room = last
			d.link.gathered = 0 // once: else a few bytes would claim it again and again
		}
		if room = min(room, most); !c.afford(room - have) {
			return false
		}
		d.data = append(make([]byte, 0, room), d.data...)
		c.partial += cap(d.data) - have
	}
	d.data = append(d.data, payload...)
	d.gathered = true
	return true
}

// abort ends a message that its sender gave up; it counts as settled (§2.7.5).
func (l *Link) abort(d *Delivery) {
	l.shed()
	l.incomplete = nil
	d.aborted, d.remoteSettled = true, true
	d.forget()
	c := l.session.conn
	c.emit(Event{Kind: DeliveryAborted, Session: l.session, Link: l, Delivery: d})
	l.spent()
}

// shed lets go of the buffer of a message that will not be finished. Frames of it may still come.
func (l *Link) shed() {
	if d := l.incomplete; d != nil {
		l.session.conn.partial -= cap(d.data)
		d.data = nil
	}
}

// Release lets go of the encoded message, once it was decoded.
func (d *Delivery) Release() { d.data = nil }

// Gathered says that the encoded message is no view of the driver's chunk, because it came in several frames or was read into memory of the connection's. Who
// has it released may keep it.
func (d *Delivery) Gathered() bool { return d.gathered }

// AddCredit gives the sender credit for n messages more (§2.6.7). It is for receivers without a window.
func (l *Link) AddCredit(n uint32) {
	l.withheld += min(n, math.MaxUint32-l.withheld)
	if !l.paused {
		l.giveWithheld()
	}
	l.markDirty()
}

// SetWindow changes the window, which is topped up to it, or taken back as far as it was given. Without one, credit is the application's affair.
func (l *Link) SetWindow(n uint32) {
	l.cfg.Window = n
	switch held := l.held(); {
	case l.paused || l.drain || l.local != Active:
	case held < n:
		l.credit += n - held
		l.topUp = true
	case l.credit > 0 && held > n:
		l.credit -= min(l.credit, held-n)
		l.topUp = true
	}
	l.markDirty()
}

// Pause takes the credit back that has been given and not used (§2.6.10). Messages that are on their way still come (§2.6.7). Resume gives it again.
func (l *Link) Pause() {
	if l.paused {
		return
	}
	l.paused = true
	if l.cfg.Window == 0 {
		l.withheld += min(l.credit, math.MaxUint32-l.withheld)
	}
	if l.credit > 0 {
		l.credit, l.topUp = 0, true
		l.markDirty()
	}
	l.spent()
}

// Unpause ends a pause.
func (l *Link) Unpause() {
	l.paused = false
	l.giveWithheld()
	l.markDirty()
}

// Paused tells whether the link is between the two.
func (l *Link) Paused() bool { return l.paused }

// maxAwaiting is how many messages a receiver without a window holds whose sender is to settle them, and has yet to: one that never does is given no
// credit beyond that. In a window they count as all else that is not settled.
const maxAwaiting = 2048

// giveWithheld makes credit that was added the sender's, as far as there is room for messages that it is to settle.
func (l *Link) giveWithheld() {
	n := min(l.withheld, math.MaxUint32-l.credit)
	if l.cfg.RcvSettleMode == amqp.ReceiverSettleModeSecond {
		n = min(n, maxAwaiting-min(l.credit+l.awaiting, maxAwaiting))
	}
	if n > 0 {
		l.withheld -= n
		l.credit += n
		l.topUp = true
	}
}

// Drain asks the sender to use the credit it has, or to give it back (§2.6.7). Without any, it ends at once.
func (l *Link) Drain() {
	if l.local != Active {
		return
	}
	l.withheld = 0 // given back as it stands
	l.drain = true
	if l.spent(); l.drain {
		l.topUp = true
		l.markDirty()
	}
}

// onSenderFlow takes the sender's view of the link: it may have given credit back, and says what it has.
func (l *Link) onSenderFlow(p *wire.Flow) {
	l.available = p.Available.V
	if p.DeliveryCount.OK && before(l.deliveryCount, p.DeliveryCount.V) {
		l.credit -= min(l.credit, p.DeliveryCount.V-l.deliveryCount)
		l.deliveryCount = p.DeliveryCount.V
	}
	l.spent()
}

// spent ends a drain once no credit is left and all that came has come whole, be it that the sender gave the credit back or that it used
// it: senders may take a drain that finds no credit for none, and say nothing (Qpid Proton-J does).
func (l *Link) spent() {
	if !l.drain || l.credit > 0 || l.incomplete != nil {
		return
	}
	l.drain = false
	l.session.conn.emit(Event{Kind: LinkDrained, Session: l.session, Link: l})
	if l.cfg.Window > 0 {
		l.markDirty()
	}
}

// held is what a window counts: messages that may still come, and those that came and are not settled.
func (l *Link) held() uint32 { return l.credit + uint32(max(l.unsettled, 0)) }

// flushReceiver ends a receiver's turn: the window is topped up once half of it is used. A sender's attach is waited for: some send messages as soon
// as there is credit, ahead of it (rhea does). One that refuses the link is given none.
func (l *Link) flushReceiver() {
	if l.remote == Uninitialized || l.Refused() {
		return
	}
	if l.withheld > 0 && !l.drain && !l.paused {
		l.giveWithheld()
	}
	if l.cfg.Window > 0 && !l.drain && !l.paused {
		if held := l.held(); held < l.cfg.Window && l.cfg.Window-held >= max(l.cfg.Window/2, 1) {
			l.credit += l.cfg.Window - held
			l.topUp = true
		}
	}
	if l.topUp || l.echo {
		l.topUp, l.echo, l.beyond = false, false, 0
		l.session.writeFlow(l)
	}
}

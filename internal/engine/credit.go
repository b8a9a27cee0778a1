package engine

import (
	"math"

	"github.com/hadron-mq/hadron/internal/wire"
)

// Credit returns how many messages can be sent now: the credit that the peer has given less what waits for it,
// and 0 while the output is full.
func (l *Link) Credit() int {
	if l.role == RoleReceiver {
		return number(l.credit + min(l.withheld, math.MaxUint32-l.credit))
	}
	s := l.session
	if l.local != Active || l.remote != Active || l.wroteDetach || s.local != Active || s.conn.local != Active {
		return 0
	}
	if !s.conn.room() {
		l.starve()
		return 0
	}
	if s.conn.alone() {
		l.idle = true
		return 0
	}
	if s.window.remoteIncoming == 0 {
		l.idle = true
		if l.credit > 0 {
			s.wait(l)
		}
		return 0
	}
	if l.restricted {
		l.idle = true
		return 0
	}
	return max(number(l.credit)-l.queue.len(), 0)
}

// number is n, or the most that an int is sure to hold: a peer may give credit of 32 bits where an int has 31.
func number(n uint32) int { return int(min(n, math.MaxInt32)) }

// Queued returns how many messages wait for credit; Unsettled how many deliveries this end has not settled.
func (l *Link) Queued() int    { return l.queue.len() }
func (l *Link) Unsettled() int { return l.unsettled }

// Draining says whether the receiver wants the credit used or given back (§2.6.7).
func (l *Link) Draining() bool { return l.drain }

// Available returns, on a receiver, how many messages the sender last said it had.
func (l *Link) Available() uint32 { return l.available }

// starve notes that the link waits for the output to be taken.
func (l *Link) starve() {
	if !l.starved {
		l.starved = true
		l.session.conn.starved.push(l)
	}
}

// resume sends what waits, and tells the driver when more may be sent.
func (l *Link) resume() {
	s := l.session
	if l.role != RoleSender || l.local != Active || l.remote != Active || s.local != Active || s.conn.local != Active {
		return
	}
	for l.queue.len() > 0 {
		d := l.queue.first()
		if !d.sent && (l.credit == 0 || s.conn.alone() || l.restricted && d.how == ordinary) {
			break
		}
		if !l.transmit(d) {
			break
		}
		l.queue.pop()
	}
	if l.restricted {
		l.markDirty()
	}
	switch {
	case s.window.remoteIncoming == 0:
		l.idle = true
		s.wait(l)
	case l.credit == 0 || l.queue.len() > 0 || s.conn.alone() || l.restricted:
		l.idle = true
	case !s.conn.room():
		l.starve()
	default:
		l.sent = false // what was sent here needs no telling at the turn's end
		l.tell()
	}
}

// tell says that more may be sent, unless that is being said already.
func (l *Link) tell() {
	l.idle = false
	if !l.told {
		l.told = true
		l.session.conn.emit(Event{Kind: LinkSendable, Session: l.session, Link: l})
	}
}

// onFlow takes a flow frame's part about the link (§2.6.7).
func (l *Link) onFlow(p *wire.Flow) {
	if p.Echo {
		l.echo = true
		l.markDirty()
	}
	if l.role == RoleReceiver {
		l.onSenderFlow(p)
		return
	}
	had := l.credit
	count := uint32(0) // the receiver has not seen our attach when it gives no delivery-count: its initial value counts
	if p.DeliveryCount.OK {
		count = p.DeliveryCount.V
	}
	// link-credit := delivery-count of the receiver + link-credit of the receiver - our delivery-count, as serial numbers (§2.6.7). What is on
	// its way may be more than the receiver now allows.
	credit := p.LinkCredit.V
	switch ahead := l.deliveryCount - count; {
	case before(l.deliveryCount, count):
		credit += min(-ahead, math.MaxUint32-credit)
	default:
		credit -= min(ahead, credit)
	}
	l.credit, l.drain = credit, p.Drain
	if l.drain {
		l.markDirty()
	}
	if credit > 0 && (had == 0 || l.idle || l.drain || l.queue.len() > 0) {
		l.resume()
	}
}

// flushSender ends a sender's turn.
func (l *Link) flushSender() {
	s := l.session
	switch {
	case l.drain && l.credit > 0 && l.queue.len() == 0 && s.conn.room() && !l.sent:
		// What was not used in this turn is given back: the count is moved on as if it had been (§2.6.7).
		l.deliveryCount += l.credit
		l.credit = 0
		s.writeFlow(l)
		l.echo = false
	case l.drain && l.credit == 0:
		s.writeFlow(l)
		l.drain, l.echo = false, false
	case l.echo:
		s.writeFlow(l)
		l.echo = false
	}
	if !l.sent {
		return
	}
	l.sent = false
	switch {
	case l.Credit() > 0: // which notes it where the output is full
		l.tell()
	case l.credit == 0:
		l.idle = true
	}
	if l.drain {
		l.markDirty()
	}
}

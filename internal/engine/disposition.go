package engine

import (
	"fmt"

	"github.com/Azure/go-amqp"

	"github.com/hadron-mq/hadron/internal/wire"
)

// dispositionRange is a run of deliveries that were given the same state in one turn: one frame tells of them all.
type dispositionRange struct {
	used        bool
	settled     bool
	first, last uint32
	state       *wire.State
}

// settleRange notes a state for the disposition frame of this turn's end.
func (s *Session) settleRange(role Role, id uint32, state *wire.State, settled bool) {
	r := &s.ranges[role.index()]
	if r.used {
		if id == r.last+1 && r.state == state && r.settled == settled {
			r.last = id
			return
		}
		s.flushRange(role)
	}
	*r = dispositionRange{used: true, settled: settled, first: id, last: id, state: state}
	s.markDirty()
}

func (s *Session) flushRanges() {
	s.flushRange(RoleSender)
	s.flushRange(RoleReceiver)
}

func (s *Session) flushRange(role Role) {
	r := &s.ranges[role.index()]
	if !r.used || !s.wroteBegin || s.wroteEnd {
		return
	}
	r.used = false
	p := wire.Disposition{Role: bool(role), First: r.first, Settled: r.settled, State: r.state}
	r.state = nil
	if r.last != r.first {
		p.Last = wire.Some(r.last)
	}
	s.conn.write(s.channel, &p)
}

// onDisposition takes what the peer says of a range of deliveries (§2.7.6).
func (s *Session) onDisposition(p *wire.Disposition) {
	first, last := p.First, p.First
	if p.Last.OK {
		last = p.Last.V
	}
	// The peer as receiver speaks of what we sent, as sender of what it sent.
	role, next := RoleSender, s.nextDeliveryID
	if !p.Role {
		role, next = RoleReceiver, s.lastDeliveryID+1
	}
	known := role == RoleSender && s.window.sentAny() || role == RoleReceiver && s.received
	if !known || before(last, first) || !before(last, next) || !before(first, next) {
		s.fail(amqp.ErrCondInvalidField, fmt.Sprintf("disposition frame of deliveries %d to %d, which were not all sent", first, last))
		return
	}
	s.conn.heeding = heeding{session: s, role: role, first: first, last: last, state: p.State, settled: p.Settled}
}

// heeding is a disposition of the peer's that has not come to all of its deliveries yet. One frame may be about any number of them, so that they
// are gone through one by one, over as many turns as it takes, before the next frame is parsed.
type heeding struct {
	session     *Session // nil where all is done
	role        Role
	first, last uint32 // what is left
	state       *wire.State
	settled     bool
}

// heed goes on with the disposition until there is something to tell, or the turn's work is spent.
func (c *Connection) heed() {
	h := &c.heeding
	u := h.session.deliveries(h.role)
	for told := false; !told; {
		d := u.next(h.first, h.last)
		if d == nil {
			*h = heeding{}
			return
		}
		if d.stale() {
			u.remove(d)
			d.drop()
			if c.budget.spend() {
				continue
			}
			return
		}
		state, settled := h.state, h.settled
		if h.first = d.id + 1; d.id == h.last {
			*h = heeding{}
			d.heed(state, settled)
			return
		}
		told = d.heed(state, settled) || !c.budget.spend()
	}
}

// heedAll ends the disposition at once, for a transport that has no other turn: what the peer has said is not sent again.
func (c *Connection) heedAll() {
	for c.heeding.session != nil {
		c.heed()
	}
}

// defaultOutcome returns what the source makes of a delivery that is settled without an outcome (§3.5.3), nil where it has said nothing. The
// sender's source is what counts.
func (d *Delivery) defaultOutcome() *wire.State {
	l, source, said := d.link, (*wire.Source)(nil), d.remote
	if l.role == RoleSender {
		source = l.cfg.Source
	} else if said = d.local; l.peer != nil {
		source = l.peer.Source
	}
	if source == nil || said != nil && said.Code != wire.CodeReceived {
		return nil
	}
	return wire.StateOf(source.DefaultOutcome)
}

// heed takes what the peer says of one delivery, and says whether that is news.
func (d *Delivery) heed(state *wire.State, settled bool) bool {
	l := d.link
	l.worked = true
	if state == nil && settled && l.role == RoleSender {
		state = d.defaultOutcome()
	}
	if state.Same(d.remote) {
		state = nil
	}
	if state == nil && !settled {
		return false
	}
	if state != nil {
		d.remote = state
	}
	if settled && !d.remoteSettled {
		d.remoteSettled = true
		l.session.deliveries(l.role).remove(d)
		if l.role == RoleReceiver && d.local != nil && !d.settled { // settle mode second: this is what was waited for
			d.forget()
		}
	}
	c := l.session.conn
	c.emit(Event{Kind: DeliveryUpdated, Session: l.session, Link: l, Delivery: d})
	if l.role == RoleSender && !d.undecided() {
		c.decided = true
		c.lands(d)
	}
	return true
}

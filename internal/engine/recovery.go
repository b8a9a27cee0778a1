package engine

import (
	"fmt"

	"github.com/Azure/go-amqp"

	"github.com/hadron-mq/hadron/internal/wire"
)

// A link that is attached again says in its attach what it holds unsettled from before, and so does the peer. What both hold is resumed under its
// tag, what only the sender holds is sent again, and what only the receiver holds is settled (§2.6.13). A peer that keeps no state says nothing, which
// comes to the same: a sender sends all of it again.
//
// A sender holds what has left and has no outcome, all without a state of its own. A receiver holds what it has given an outcome and what its
// sender is to settle (§2.8.3, mode second): what it has not decided on is the sender's again.

// recovery is what a link holds from before it was attached.
type recovery struct {
	held  []*Delivery          // in the order in which they were sent, or came
	byTag map[string]*Delivery // receivers: those that the sender may resume, once its attach has told
}

// retain keeps deliveries for the next attach, behind those that are still held from an earlier one.
func (l *Link) retain(unsettled []*Delivery) {
	var held []*Delivery
	if l.recovery != nil {
		for _, d := range l.recovery.held {
			if !d.settled && (d.link != l || d.epoch != l.epoch) {
				held = append(held, d)
			}
		}
	}
	for _, d := range unsettled {
		if l.role == RoleSender || d.how == settlesNext && !d.settled && !d.remoteSettled {
			held = append(held, d)
		}
	}
	if l.recovery = nil; len(held) > 0 {
		l.recovery = &recovery{held: held}
	}
}

// describe puts into an attach what the link holds.
func (r *recovery) describe(p *wire.Attach) {
	if r == nil || len(r.held) == 0 {
		return
	}
	p.Unsettled = make(map[string]*wire.State, len(r.held))
	for _, d := range r.held {
		if !d.settled {
			p.Unsettled[string(d.Tag())] = d.local
		}
	}
}

// shorten leaves out of an attach what does not fit into size bytes of what is held, and says whether some of it is left.
func (r *recovery) shorten(p *wire.Attach, size int) bool {
	p.Unsettled, p.IncompleteUnsettled = nil, true
	bare, err := p.Append(nil)
	if err != nil {
		return false
	}
	part := make(map[string]*wire.State)
	for used, i := len(bare)+wire.FrameHeaderSize+16, 0; i < len(r.held); i++ { // 16: the headers of longer lists
		d := r.held[i]
		state, err := d.local.Append(nil)
		if used += 5 + int(d.tagLen) + len(state); err != nil || used > size {
			break
		}
		part[string(d.Tag())] = d.local
	}
	p.Unsettled = part
	return len(part) > 0
}

// reconcile compares what the peer's attach says with what the link holds.
func (l *Link) reconcile(theirs map[string]*wire.State, incomplete bool) {
	if l.Refused() {
		return
	}
	if l.role == RoleSender {
		l.restricted = incomplete || l.listedPart
		l.reconcileSent(theirs)
	} else {
		l.restricted = l.listedPart
		l.reconcileReceived(theirs, incomplete)
	}
	if l.restricted {
		l.markDirty()
	}
}

// reconcileSent decides how each message that has left before goes on. They stand at the front of the queue.
func (l *Link) reconcileSent(theirs map[string]*wire.State) {
	r := l.recovery
	if l.recovery = nil; r == nil {
		return
	}
	c := l.session.conn
	for _, d := range r.held {
		state, both := theirs[string(d.Tag())]
		switch {
		case !both || d.aborted || d.settled: // sent again, if at all
		case state != nil && state.Terminal(): // its outcome is known, and the receiver waits for us to settle it
			d.how = concludes
			d.remote, d.remoteSettled = state, true
			l.unsettled++
			c.emit(Event{Kind: DeliveryUpdated, Session: l.session, Link: l, Delivery: d})
		default:
			d.how = resumes
			if state != nil && state.Code == wire.CodeReceived {
				d.written = uint32(wire.SectionOffset(d.data, state.SectionNumber, state.SectionOffset))
			}
		}
	}
	if l.restricted { // only what is resumed may be sent
		l.queue.advance(func(d *Delivery) bool { return d.how != ordinary })
	}
}

// reconcileReceived settles what the sender has settled, and makes ready for what it resumes.
func (l *Link) reconcileReceived(theirs map[string]*wire.State, incomplete bool) {
	r := l.recovery
	if r == nil {
		return
	}
	held := r.held
	*r = recovery{byTag: make(map[string]*Delivery)}
	for _, d := range held {
		if _, both := theirs[string(d.Tag())]; both || incomplete {
			r.held = append(r.held, d)
			r.byTag[string(d.Tag())] = d
			continue
		}
		l.concluded(d, nil)
	}
}

// concluded ends a delivery from before that the sender has settled.
func (l *Link) concluded(d *Delivery, state *wire.State) {
	if state != nil {
		d.remote = state
	}
	d.link, d.remoteSettled, d.settled = l, true, true
	l.session.conn.emit(Event{Kind: DeliveryUpdated, Session: l.session, Link: l, Delivery: d})
}

// resumption is a delivery that the sender resumes, while its frames come. Of what a receiver holds it has had all, so that a payload says nothing.
type resumption struct {
	active  bool
	d       *Delivery // nil for one that is not held: it is ignored (§2.7.5)
	id      uint32
	settled bool
	state   *wire.State
}

// resumed takes a frame of a delivery that the sender resumes.
func (l *Link) resumed(t *wire.Transfer) {
	s, r := l.session, &l.resumption
	if !r.active {
		*r = resumption{active: true, id: t.DeliveryID.V}
		if have := l.recovery; have != nil && l.local == Active {
			r.d = have.byTag[string(t.DeliveryTag)]
			delete(have.byTag, string(t.DeliveryTag))
		}
		l.credit -= min(l.credit, 1)
		l.deliveryCount++
		l.markDirty()
	}
	r.settled = r.settled || t.Settled.V || t.Aborted
	if t.State != nil {
		r.state = t.State
	}
	if t.More && !t.Aborted {
		return
	}
	done := *r
	*r = resumption{}
	l.spent()
	d := done.d
	switch {
	case d == nil:
	case done.settled:
		l.concluded(d, done.state)
	case done.state != nil && done.state.Terminal() && !done.state.Same(d.local): // the sender's view counts, and is said back
		d.local = done.state
		s.settleRange(RoleReceiver, done.id, done.state, true)
		l.concluded(d, done.state)
	default: // it wants to hear the outcome again
		d.link, d.id, d.epoch = l, done.id, l.epoch
		l.unsettled++
		l.awaiting++
		s.deliveries(RoleReceiver).put(d)
		s.settleRange(RoleReceiver, d.id, d.local, false)
	}
}

// conclude sends the settlement of a delivery whose outcome the receiver's attach has told, and nothing of the message.
func (l *Link) conclude(d *Delivery) {
	s := l.session
	state, _ := l.fittingState(d.remote)
	s.conn.write(s.channel, &wire.Transfer{Handle: l.handle, DeliveryID: wire.Some(s.nextDeliveryID), DeliveryTag: d.Tag(), MessageFormat: wire.Some(d.format),
		Settled: wire.Some(true), State: state, Resume: true})
	s.nextDeliveryID++
	l.deliveryCount++
	l.credit--
	s.window.sent(1)
}

// Where one end could not list all that it holds, only what was listed is resumed. The link is then suspended and attached again, for the rest,
// before anything new may be sent (§2.7.3).

// maybeRepeat does that for a link of ours once all that could be resumed is settled.
func (l *Link) maybeRepeat() {
	waits := l.unsettled > 0 || l.role == RoleReceiver && l.recovery != nil && len(l.recovery.byTag) > 0 ||
		l.role == RoleSender && l.queue.len() > 0 && l.queue.first().how != ordinary
	if l.incoming || waits || !l.running() {
		return
	}
	l.repeating, l.wroteDetach = true, true
	l.session.flushRanges()
	l.session.conn.write(l.session.channel, &wire.Detach{Handle: l.handle})
}

// repeat attaches the link again, now that the peer has suspended it too.
func (l *Link) repeat() {
	s := l.session
	s.localHandles.remove(l.handle)
	l.reset(nil)
	l.replay()
}

// unlisted refuses a message that is none of those that were listed, from a sender that was told that others were left out (§2.7.3).
func (l *Link) unlisted(t *wire.Transfer) bool {
	if l.restricted && l.local == Active {
		l.fail(amqp.ErrCondNotAllowed, fmt.Sprintf("transfer frame of delivery %d on link %q, which is not resumed, while the unsettled map is incomplete", t.DeliveryID.V, l.name))
		return true
	}
	return false
}

// maxRemembered is how many deliveries of suspended links a session remembers.
const maxRemembered = maxAwaiting

// rememberedCost is about what one of them takes, with its tag, in bytes.
const rememberedCost = 256

// cost is what the session takes itself.
func (s *Session) cost() int { return sessionCost + s.remembered*rememberedCost }

// remember keeps what a link of the peer's holds that the peer has suspended, until the session ends or the link comes back (§2.6.4).
func (s *Session) remember(l *Link) {
	if l.role != RoleReceiver || l.awaiting == 0 || s.remembered+int(l.awaiting) > maxRemembered {
		return
	}
	l.recovery = nil
	l.retain(s.deliveries(RoleReceiver).takeOut(l))
	if l.recovery == nil {
		return
	}
	if s.memory == nil {
		s.memory = make(map[string]*recovery)
	}
	s.memory[l.name] = l.recovery
	s.remembered += len(l.recovery.held)
	s.conn.take(len(l.recovery.held) * rememberedCost)
}

// recall gives a link of the peer's what it held when it was suspended, if the peer resumes it; else that is forgotten.
func (s *Session) recall(l *Link, theirs map[string]*wire.State) {
	r := s.memory[l.name]
	if r == nil || l.role != RoleReceiver {
		return
	}
	delete(s.memory, l.name)
	s.remembered -= len(r.held)
	s.conn.take(-len(r.held) * rememberedCost)
	if theirs != nil {
		l.recovery = r
	}
}

package engine

import (
	"fmt"

	"github.com/hadron-mq/hadron/internal/turn"
	"github.com/hadron-mq/hadron/internal/wire"
)

// maxTag is the longest delivery tag that the protocol allows, in bytes (§2.8.7).
const maxTag = 32

// inlineTag is the longest delivery tag that has its place in the delivery. Longer ones are rare.
const inlineTag = 16

// slabSize is how many deliveries are allocated at a time: 3 KiB of them, a size that Go's allocator has much room for. A delivery
// that the application may keep is never used again for another message: it stays what it was, at the price of keeping its few neighbours in
// memory.
const slabSize = 24

// Delivery is one message on its way over a link, and what became of it (§2.6.12).
type Delivery struct {
	link *Link
	id   uint32

	epoch  uint16 // of the link: a delivery belongs to one attachment
	tagLen uint8
	sent   bool // senders: the first frame is written, so id is meant
	whole  bool // the last frame is written, or has arrived
	kept   bool // senders: data stays until the outcome is known
	// Settled is forgotten: an end that has settled a delivery keeps no state of it.
	settled, remoteSettled bool
	aborted                bool
	gathered               bool // receivers: data is a buffer of its own
	tracked                bool // it is in its session's map, as long as epoch is its link's
	how                    how

	tag     [inlineTag]byte
	longTag *[maxTag]byte // nil for a tag that fits inline
	format  uint32
	written uint32 // senders: how much of data is on its way

	local, remote *wire.State

	data  []byte     // the encoded message: what frames have brought, or what is to be sent, perhaps again
	head  *[]byte    // of a shared message: what comes before data
	chunk *keptChunk // where data is kept, with others

	context any // the application's
}

// how is what is special about a delivery: when a receiver settles it (§2.8.3), or how a sender takes it up again (§2.6.13).
type how uint8

const (
	ordinary      how = iota // a receiver settles it first
	settlesSecond            // receivers: after its sender
	settlesNext              // receivers: it has an outcome, and the sender is to settle it
	resumes                  // senders: the receiver knows of it, and it is resumed
	concludes                // senders: the receiver has told its outcome, and only the settlement is sent
)

// setTag copies a tag of at most maxTag bytes.
func (d *Delivery) setTag(tag []byte) {
	d.tagLen = uint8(len(tag))
	if len(tag) > inlineTag {
		d.longTag = new([maxTag]byte)
		copy(d.longTag[:], tag)
		return
	}
	copy(d.tag[:], tag)
}

// Context returns what the application keeps with the delivery, and SetContext keeps it.
func (d *Delivery) Context() any     { return d.context }
func (d *Delivery) SetContext(v any) { d.context = v }

// newDelivery takes the delivery that was recycled, or the next one of the link's slab.
func (l *Link) newDelivery() *Delivery {
	d := l.spare
	if l.spare = nil; d == nil {
		if len(l.slab) == 0 {
			size := slabSize
			if l.slab == nil { // links on which each delivery is recycled need one
				size = 1
			}
			l.slab = make([]Delivery, size)
		}
		d = &l.slab[0]
		l.slab = l.slab[1:]
	}
	d.link, d.epoch = l, l.epoch
	return d
}

// Recycle gives a settled delivery to the link's next message. It is for a driver that knows that nobody has it any more.
func (d *Delivery) Recycle() {
	if l := d.link; d.settled && !d.tracked && l.incomplete != d {
		*d = Delivery{}
		l.spare = d
	}
}

// Turn returns the lock of the delivery's loop, which the engine itself never takes.
func (d *Delivery) Turn() *turn.Lock { return d.link.turn }

// Link returns the link that the delivery travels on.
func (d *Delivery) Link() *Link { return d.link }

// Tag returns the delivery tag that the sender chose.
func (d *Delivery) Tag() []byte {
	if d.longTag != nil {
		return d.longTag[:d.tagLen]
	}
	return d.tag[:d.tagLen]
}

// Format returns the message format code; 0 is an AMQP message (§2.8.11).
func (d *Delivery) Format() uint32 { return d.format }

// LocalState and RemoteState return what each end says of the delivery, nil where it has said nothing.
func (d *Delivery) LocalState() *wire.State  { return d.local }
func (d *Delivery) RemoteState() *wire.State { return d.remote }

// Settled and RemoteSettled tell which end has forgotten the delivery.
func (d *Delivery) Settled() bool       { return d.settled }
func (d *Delivery) RemoteSettled() bool { return d.remoteSettled }

// Aborted says that the sender gave the message up.
func (d *Delivery) Aborted() bool { return d.aborted }

// Encoded returns the message of a received delivery as it came. It is a view of the input: it is valid until the
// connection's following event.
func (d *Delivery) Encoded() []byte {
	if d.link.role == RoleSender {
		return nil
	}
	return d.data
}

// Update gives the delivery a state and, where settle is set, forgets it. As a receiver in settle mode second,
// settle means to settle when the sender has (§2.6.12).
func (d *Delivery) Update(state *wire.State, settle bool) error {
	l := d.link
	switch {
	case d.settled:
		return ErrSettled
	case d.remoteSettled:
		// The sender has settled: there is nobody to tell.
		d.local = state
		d.forget()
		return nil
	case !d.sent && l.role == RoleSender:
		return fmt.Errorf("%w before it is sent", ErrRole)
	case !l.carries(d):
		return ErrLost
	}
	said, err := l.fittingState(state)
	if err != nil {
		if c := l.session.conn; c.hand == d { // it is not accepted in place of that
			c.meant = &wire.State{Code: state.Code, DeliveryFailed: state.DeliveryFailed, UndeliverableHere: state.UndeliverableHere}
		}
		return err
	}
	d.local = state
	if settle && l.role == RoleReceiver && d.how != ordinary {
		settle = false
		if d.how == settlesSecond {
			d.how = settlesNext
			l.awaiting++
		}
	}
	l.session.settleRange(l.role, d.id, said, settle)
	if settle {
		if state == nil && l.role == RoleReceiver {
			d.local = d.defaultOutcome()
		}
		d.forget()
	}
	return nil
}

// fittingState returns a state that fits into a frame and can be encoded. The reason of a rejection is cut. Annotations are the message's, so that
// they cannot be; a sender only says back what it was told, and may leave it out.
func (l *Link) fittingState(state *wire.State) (*wire.State, error) {
	if state == nil || state.Error == nil && state.Annotations == nil {
		return state, nil
	}
	room := l.session.conn.maxFrameOut - performativeRoom
	if state.Error != nil {
		if fitting := wire.FitError(state.Error, room-16); fitting != state.Error { // 16: what is around it
			short := *state
			short.Error = fitting
			return &short, nil
		}
		return state, nil
	}
	b, err := state.Append(nil)
	if err == nil && len(b) > room {
		err = fmt.Errorf("state of %d bytes, where %d fit into a frame", len(b), room)
	}
	if err != nil && l.role == RoleSender {
		return nil, nil
	}
	return state, err
}

// carries says whether the delivery is one of the link's transport of now.
func (l *Link) carries(d *Delivery) bool {
	return d.tracked && d.epoch == l.epoch && l.running()
}

// running says whether transfers and dispositions may be about the link: it is attached at both ends, and all that it is on is open.
func (l *Link) running() bool {
	s := l.session
	return l.local == Active && l.remote == Active && !l.wroteDetach && s.local == Active && s.conn.local == Active && s.conn.phase == phaseFrames
}

// forget ends this end's knowledge of the delivery, and makes way in a receiver's window.
func (d *Delivery) forget() {
	if d.settled {
		return
	}
	d.settled = true
	if d.link.role == RoleSender {
		d.link.session.conn.lands(d)
		d.aborted = d.aborted || d.sent && !d.whole // the peer has made up its mind early
		d.drop()
	}
	l := d.link
	if d.epoch != l.epoch { // the link has forgotten it long ago
		return
	}
	l.unsettled--
	if d.how == settlesNext {
		l.awaiting--
	}
	l.session.deliveries(l.role).remove(d)
	if l.restricted || l.role == RoleReceiver && (l.cfg.Window > 0 || l.withheld > 0) {
		l.markDirty()
	}
}

// leave forgets what is not settled of a link that is no more.
func (s *Session) leave(l *Link) {
	if u := s.deliveries(l.role); u.leave(l) {
		s.conn.sweeps.push(u)
		s.conn.touch()
	}
}

// deliveries returns what is not settled of what the session sends, or receives.
func (s *Session) deliveries(r Role) *unsettled { return &s.unsettled[r.index()] }

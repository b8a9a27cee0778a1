package engine

import (
	"fmt"

	"github.com/Azure/go-amqp"

	"github.com/hadron-mq/hadron/internal/turn"
	"github.com/hadron-mq/hadron/internal/wire"
)

// Role is which end of a link one is; as on the wire, true is the receiver (§2.8.1).
type Role bool

// The roles.
const (
	RoleSender   Role = false
	RoleReceiver Role = true
)

func (r Role) noun() string {
	if r == RoleReceiver {
		return "receiver"
	}
	return "sender"
}

func (r Role) index() int {
	if r {
		return 1
	}
	return 0
}

// Link is one end of a link (§2.6). Sender and receiver are views of it.
type Link struct {
	session *Session
	turn    *turn.Lock // the link may move to another connection, but to one of the same loop
	name    string
	role    Role

	cfg LinkConfig

	local, remote State

	incoming  bool   // the peer attached it
	restoring bool   // a Reset has made it wait for the peer's attach
	suspended bool   // it waits for Resume
	repeating bool   // it is being suspended, to be attached again with more of what it holds
	lingers   bool   // it has ended for the application, and not yet for the peer
	epoch     uint16 // how many attachments there were before this one

	peer *wire.Attach // what the peer's attach said; nil before
	said int          // bytes of it

	incomplete *Delivery // receivers: what has begun to arrive
	recovery   *recovery // what it holds from before it was attached; nil for nearly all
	paused     bool      // receivers: no credit is given
	withheld   uint32    // receivers: credit that was added and that the sender has not been given yet
	gathered   int       // receivers: bytes of the last message that came in several frames
	queue      sendQueue // senders: what waits for credit, window or room
	slab       []Delivery
	spare      *Delivery
	nextTag    uint64
	unsettled  int // deliveries that this end has not settled
	tracked    int // and those of them that are in the session's map
	over       bool

	listed        bool // it is one of the session's links: those before and after it
	before, after *Link

	linkTransport
}

// linkTransport is what ends with the socket.
type linkTransport struct {
	handle       uint32 // ours
	remoteHandle uint32
	wroteAttach  bool
	wroteDetach  bool

	deliveryCount uint32
	credit        uint32
	awaiting      uint32 // receivers: messages that have an outcome, and that the sender is to settle
	available     uint32 // receivers: what the sender says it has
	promised      uint32 // receivers: the delivery-count up to which there was credit at some time
	beyond        uint32 // receivers: messages that came without credit since the last flow, from a peer that does that
	drain         bool
	dirty         bool
	topUp         bool // receivers: the credit has changed, and the sender is not told yet
	echo          bool // the peer asked for a flow
	told          bool // senders: a LinkSendable event is on its way
	sent          bool // senders: something was sent in this turn
	starved       bool
	listedPart    bool // our attach has not said all that the link holds
	restricted    bool // only what is resumed may be sent, until the link is attached again
	resumption    resumption
	waits         bool   // senders: for the peer's window, in the session's list
	errant        bool   // it was closed because the peer broke the protocol
	idle          bool   // senders: it could not send, and wants to be told when it can
	worked        bool   // a message or an outcome has come
	farewell      uint32 // how often output had been taken when it became errant
	heard         uint32 // and how often input had come
}

// linkKey is what an attach is matched by: a name is used once in each direction (§2.6.1).
type linkKey struct {
	name string
	role Role
}

func (l *Link) key() linkKey { return linkKey{l.name, l.role} }

// Config returns what the link asks for, to be set before Attach.
func (l *Link) Config() *LinkConfig { return &l.cfg }

// SetName names the link, before Attach.
func (l *Link) SetName(name string) { l.name = name }

// Session returns the session that the link is on.
func (l *Link) Session() *Session { return l.session }

// Turn returns the lock of the link's loop, which the engine itself never takes.
func (l *Link) Turn() *turn.Lock { return l.turn }

// Name returns the link's name, and Role which end of it this is.
func (l *Link) Name() string { return l.name }
func (l *Link) Role() Role   { return l.role }

// LocalState and RemoteState tell how far each side is.
func (l *Link) LocalState() State  { return l.local }
func (l *Link) RemoteState() State { return l.remote }

// Peer returns what the peer's attach said, nil before it came.
func (l *Link) Peer() *wire.Attach { return l.peer }

// Detach asks for the link to be suspended: its terminus stays with the peer (§2.6.4).
func (l *Link) Detach() { l.detach(Detached, nil) }

// Close asks for the link to be closed (§2.6.6). The peer is given err, if it is not nil. Messages that wait for credit are
// reported released: they never left.
func (l *Link) Close(err *amqp.Error) { l.detach(Closed, err) }

func (l *Link) detach(to State, err *amqp.Error) {
	if l.local == Closed || l.local == to {
		return
	}
	c := l.session.conn
	c.acceptHandBefore(nil, l, err != nil)
	if l.local == Uninitialized && l.remote == Active && to == Closed {
		// A link is refused by attaching it without the terminus, and closing it at once (§2.6.3).
		l.bare()
		l.replay()
	}
	if l.wroteAttach && !l.wroteDetach && l.session.local == Active && l.session.remote != Closed && !c.wroteClose {
		l.flush()
		l.session.flushRanges()
		l.wroteDetach = true
		c.write(l.session.channel, &wire.Detach{Handle: l.handle, Closed: to == Closed, Error: c.fitting(err)})
	}
	l.local = to
	l.queue.releaseAll(c)
	l.shed()
	c.restored(&l.restoring)
	if !l.wroteAttach && l.remote == Uninitialized { // the peer does not know of it, and will not answer
		c.emit(Event{Kind: LinkRemoteDetach, Session: l.session, Link: l})
	}
	l.ended()
}

// ended lets go of the link once neither side uses it any more.
func (l *Link) ended() {
	if l.local < Detached || l.wroteAttach && l.remote < Detached && l.session.remote != Closed {
		return
	}
	s := l.session
	if l.wroteAttach {
		s.localHandles.remove(l.handle)
	}
	s.leave(l)
	if d := s.conn.suspicion.flying; d != nil && d.link == l {
		s.conn.lands(d)
	}
	s.forget(l)
}

// onDetach takes the peer's detach (§2.7.7).
func (s *Session) onDetach(p *wire.Detach) {
	l := s.handles.get(p.Handle)
	if l == nil {
		s.fail(amqp.ErrCondUnattachedHandle, fmt.Sprintf("detach frame for handle %d, which is not attached", p.Handle))
		return
	}
	s.handles.remove(p.Handle)
	l.remote = Detached
	if p.Closed {
		l.remote = Closed
	}
	l.shed()
	if l.repeating && !p.Closed && l.local == Active {
		l.repeat()
		return
	}
	if l.incoming && !p.Closed {
		s.remember(l)
	}
	l.incomplete, l.credit = nil, 0
	if !l.lingers {
		s.conn.emit(Event{Kind: LinkRemoteDetach, Session: s, Link: l, Err: remoteError(l.role.noun(), p.Error)})
	}
	s.conn.restored(&l.restoring)
	if p.Closed && l.local == Detached && l.wroteDetach && !l.durable() {
		l.closeToo()
		return
	}
	l.ended()
}

// closeToo answers a peer that closed the link while we suspended it. Our detach did not say that the link is closed, so it is attached once
// more, to be closed (§2.6.6). For the application it has ended.
func (l *Link) closeToo() {
	s := l.session
	s.localHandles.remove(l.handle)
	s.leave(l)
	l.epoch++
	l.over = false
	l.linkTransport = linkTransport{}
	l.unsettled = 0
	l.lingers, l.remote = true, Uninitialized
	l.bare()
	l.replay()
	l.detach(Closed, nil)
}

// durable says whether the peer was asked to keep its terminus. Some peers answer its suspension by closing it and keep it all the same, and to
// close it would be to delete it.
func (l *Link) durable() bool {
	source, target := l.cfg.Source, l.cfg.Target
	return source != nil && source.Durable != amqp.DurabilityNone || target != nil && target.Durable != amqp.DurabilityNone
}

// bare takes all from a link that is attached only to be closed: it has no terminus.
func (l *Link) bare() {
	l.cfg.Source, l.cfg.Target, l.cfg.Coordinator, l.cfg.Extensions = nil, nil, nil, nil
	l.cfg.Window, l.cfg.Adapt, l.withheld = 0, nil, 0
	l.local = Active
	l.session.conn.name(l)
}

func (l *Link) markDirty() {
	if !l.dirty {
		l.dirty = true
		c := l.session.conn
		c.dirtyLinks.push(l)
		c.touch()
	}
}

// flush sends what the turn has left to say about the link.
func (l *Link) flush() {
	l.dirty = false
	if l.local != Active || !l.wroteAttach || l.wroteDetach || l.remote >= Detached || l.session.local != Active {
		l.topUp, l.echo, l.sent = false, false, false
		return
	}
	if l.restricted {
		l.maybeRepeat()
	}
	if l.role == RoleReceiver {
		l.flushReceiver()
		return
	}
	l.flushSender()
}

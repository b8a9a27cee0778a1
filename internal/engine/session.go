package engine

import (
	"fmt"
	"slices"

	"github.com/Azure/go-amqp"

	"github.com/hadron-mq/hadron/internal/turn"
	"github.com/hadron-mq/hadron/internal/wire"
)

// Session is one end of a session: two windows, and the links within (§2.5).
type Session struct {
	conn *Connection

	local, remote State
	incoming      bool  // the peer began it
	restoring     bool  // a Reset has made it wait for the peer's begin
	links         links // that are in use locally

	opened bool // the driver's own: the application knows that the session is open

	sessionTransport
}

// sessionTransport is what ends with the socket.
type sessionTransport struct {
	channel       uint16 // ours
	remoteChannel uint16
	wroteBegin    bool
	wroteEnd      bool
	handleMax     uint32 // the peer's

	handles      table[Link] // by the peer's handle
	localHandles table[Link]

	window window

	nextDeliveryID uint32       // of the next delivery sent
	lastDeliveryID uint32       // of the last delivery received
	received       bool         // whether there was one
	frames         uint32       // transfer frames since its first
	unsettled      [2]unsettled // sent and received, and not settled

	memory     map[string]*recovery // what suspended links of the peer's hold, by their names
	remembered int                  // how many deliveries that is

	ranges   [2]dispositionRange // what this turn settled, as sender and as receiver
	dirty    bool
	waiting  fifo[*Link] // senders that have found the peer's window closed
	reopened bool        // they are being resumed
	owing    bool        // the peer is to be told the window, apart from any link
}

// NoteOpened keeps for the driver that the application knows that the session is open, and says whether it did before.
func (s *Session) NoteOpened() (before bool) {
	before, s.opened = s.opened, true
	return before
}

// Turn returns the lock of the connection's loop, which the engine itself never takes.
func (s *Session) Turn() *turn.Lock { return s.conn.driver.Turn }

// Channel returns the number of our channel, 0 before there is one.
func (s *Session) Channel() uint16 { return s.channel }

// Connection returns the connection that the session is on.
func (s *Session) Connection() *Connection { return s.conn }

// LocalState and RemoteState tell how far each side is.
func (s *Session) LocalState() State  { return s.local }
func (s *Session) RemoteState() State { return s.remote }

// Ours says whether this end made the session.
func (s *Session) Ours() bool { return !s.incoming }

// Links returns the links that are in use.
func (s *Session) Links() []*Link { return slices.Collect(s.links.all) }

// Begin asks for the session to be begun (§2.5.1).
func (s *Session) Begin() error {
	if s.local != Uninitialized {
		return nil
	}
	if s.conn.local == Closed {
		return fmt.Errorf("session: begin: connection is %w", ErrClosed)
	}
	if s.conn.remote == Active && s.conn.localChannels.free() > uint32(s.conn.remoteOpen.ChannelMax) {
		return fmt.Errorf("session: begin a session beyond %d: %w", s.conn.remoteOpen.ChannelMax, ErrLimit)
	}
	s.local = Active
	s.replay()
	return nil
}

// replay writes the begin, and the attaches of the links, once the transport can carry them.
func (s *Session) replay() {
	c := s.conn
	if s.local != Active || !c.wroteOpen || s.wroteBegin || c.remote == Uninitialized && c.localChannels.free() > 0 { // §2.4.1: 0 is the highest before the peer's open
		return
	}
	s.channel = uint16(c.localChannels.free())
	c.localChannels.put(uint32(s.channel), s)
	s.wroteBegin = true
	s.window.init()
	begin := wire.Begin{
		NextOutgoingID: s.window.nextOutgoing,
		IncomingWindow: s.window.incoming,
		OutgoingWindow: outgoingWindow,
		HandleMax:      c.cfg.handleMax(),
	}
	if s.remote == Active {
		begin.RemoteChannel = wire.Some(s.remoteChannel)
	}
	c.write(s.channel, &begin)
	for l := range s.links.all { // one that cannot be attached is let go of
		l.replay()
	}
}

// End asks for the session to be ended (§2.5.5), and its links with it. The peer is given err, if it is not nil.
func (s *Session) End(err *amqp.Error) { s.end(err, nil) }

// end ends the session; cause is what the peer did wrong on it, if that is why.
func (s *Session) end(err *amqp.Error, cause error) {
	if s.local == Closed {
		return
	}
	s.conn.acceptHandBefore(s, nil, err != nil)
	if s.conn.phase == phaseFrames {
		s.conn.flushRanges() // outcomes given before the end belong before it on the wire
	}
	if s.local == Uninitialized && s.remote == Active { // a session is refused by beginning and ending it at once: only then does the peer hear of it
		s.local = Active
		s.replay()
	}
	wasBegun := s.wroteBegin
	s.local = Closed
	for l := range s.links.all {
		l.queue.releaseAll(s.conn)
	}
	if wasBegun && !s.wroteEnd && !s.conn.wroteClose {
		s.wroteEnd = true
		s.conn.write(s.channel, &wire.End{Error: s.conn.fitting(err)})
	}
	if cause != nil {
		s.cut(cause)
		s.conn.emit(Event{Kind: SessionFailed, Session: s, Err: cause})
	}
	if !wasBegun { // the peer does not know of it, and will not answer
		for l := range s.links.all {
			if l.local == Active {
				l.local = Closed
				s.conn.emit(Event{Kind: LinkRemoteDetach, Session: s, Link: l})
			}
			s.conn.restored(&l.restoring)
		}
		s.conn.restored(&s.restoring)
		s.conn.emit(Event{Kind: SessionRemoteEnd, Session: s})
	}
	s.ended()
}

// ended lets go of the session once neither side uses it any more.
func (s *Session) ended() {
	if s.local != Closed || s.wroteBegin && s.remote != Closed && s.conn.phase != phaseDead {
		return
	}
	c := s.conn
	for l := range s.links.all {
		l.local, l.remote = Closed, Closed
		l.shed()
		s.forget(l)
	}
	if s.wroteBegin {
		c.localChannels.remove(uint32(s.channel))
	}
	c.forget(s)
}

// onBegin takes a begin: the answer to ours, or a session of the peer's (§2.7.2).
func (c *Connection) onBegin(channel uint16, p *wire.Begin) {
	if channel > c.cfg.channelMax() {
		// §2.7.1: closed with the framing error
		c.fail(amqp.ErrCondFramingError, fmt.Sprintf("begin frame on channel %d, beyond the channel-max of %d", channel, c.cfg.channelMax()))
		return
	}
	if s := c.channels.get(uint32(channel)); s != nil {
		s.fail(amqp.ErrCondIllegalState, fmt.Sprintf("begin frame on channel %d, which has a session", channel))
		return
	}
	var s *Session
	if p.RemoteChannel.OK {
		s = c.localChannels.get(uint32(p.RemoteChannel.V))
		if s == nil || s.remote != Uninitialized {
			c.fail(amqp.ErrCondNotFound, fmt.Sprintf("begin frame answers channel %d, which asked for no session", p.RemoteChannel.V))
			return
		}
	} else {
		s = c.NewSession()
		s.incoming = true
	}
	s.remote, s.remoteChannel, s.handleMax = Active, channel, p.HandleMax
	s.window.remoteBegin(p)
	c.channels.put(uint32(channel), s)
	if s.local != Closed {
		c.emit(Event{Kind: SessionRemoteBegin, Session: s})
	}
	c.restored(&s.restoring)
}

// onEnd takes the peer's end (§2.7.8).
func (s *Session) onEnd(p *wire.End) {
	c := s.conn
	s.remote = Closed
	c.channels.remove(uint32(s.remoteChannel))
	err := remoteError("session", p.Error)
	s.cut(err)
	c.emit(Event{Kind: SessionRemoteEnd, Session: s, Err: err})
	s.ended()
}

// cut ends the links of a session that has ended, for the same reason. Those that were closed and wait for the peer's answer wait no longer.
func (s *Session) cut(err error) {
	c := s.conn
	c.restored(&s.restoring)
	for l := range s.links.all {
		c.restored(&l.restoring)
		answered := l.remote >= Detached
		l.remote = Closed
		switch {
		case l.local == Active:
			c.emit(Event{Kind: LinkRemoteDetach, Session: s, Link: l, Err: err})
		case l.wroteDetach && !answered && !l.lingers:
			c.emit(Event{Kind: LinkRemoteDetach, Session: s, Link: l})
		}
	}
}

// NewLink makes a link; Attach asks for it to be attached.
func (s *Session) NewLink(name string, role Role) *Link {
	l := &Link{session: s, turn: s.conn.driver.Turn, name: name, role: role}
	l.cfg = LinkConfig{QueueLimit: DefaultQueueLimit, MaxMessageSize: DefaultMaxMessageSize, SndSettleMode: amqp.SenderSettleModeUnsettled}
	s.enter(l)
	return l
}

func (s *Session) markDirty() {
	if !s.dirty {
		s.dirty = true
		s.conn.dirtySessions.push(s)
		s.conn.touch()
	}
}

// flush sends what the turn has left to say about the session. Its links come first: their flows tell the window too.
func (s *Session) flush() {
	s.dirty = false
	if s.local != Active || !s.wroteBegin {
		return
	}
	s.flushRanges() // of what was settled since the others were flushed
	if s.owing || s.window.low() {
		s.writeFlow(nil)
	}
}

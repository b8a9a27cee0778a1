package engine

import (
	"errors"
	"fmt"
	"unicode/utf8"

	"github.com/Azure/go-amqp"

	"github.com/hadron-mq/hadron/internal/wire"
)

// Attach asks for the link to be attached (§2.6.3).
func (l *Link) Attach() error {
	if l.local != Uninitialized {
		return nil
	}
	s := l.session
	if err := l.check(); err != nil {
		err = fmt.Errorf("%s: attach %q: %w", l.role.noun(), l.name, err)
		if l.incoming && s.local != Closed && s.conn.local != Closed {
			l.Close(&amqp.Error{Condition: refusal(err), Description: err.Error()})
			return err
		}
		l.Discard()
		return err
	}
	s.conn.name(l)
	l.local = Active
	l.replay()
	return nil
}

// Discard lets go of a link that was not attached, and will not be.
func (l *Link) Discard() {
	l.session.forget(l)
	l.local = Closed
}

// check says why the link cannot be attached.
func (l *Link) check() error {
	s := l.session
	have := s.conn.names.get(l.key())
	switch {
	case s.local == Closed || s.conn.local == Closed:
		return fmt.Errorf("session is %w", ErrClosed)
	case have != nil && have != l:
		return errors.New("name is in use on this connection")
	case !utf8.ValidString(l.name):
		return errors.New("name is not valid UTF-8")
	case s.remote == Active && s.localHandles.free() > s.handleMax:
		return fmt.Errorf("link beyond the peer's handle-max of %d: %w", s.handleMax, ErrLimit)
	case s.conn.links > s.conn.cfg.MaxLinks:
		return fmt.Errorf("link beyond the connection's limit of %d: %w", s.conn.cfg.MaxLinks, ErrLimit)
	}
	if l.incoming && (l.role == RoleSender && l.cfg.Source != nil && l.cfg.Source.Dynamic && !addressed(l.cfg.Source.Address) ||
		l.role == RoleReceiver && l.cfg.Target != nil && l.cfg.Target.Dynamic && !addressed(l.cfg.Target.Address)) {
		return errUnnamed // §3.5.3, §3.5.4
	}
	b, err := l.attach().Append(nil) // filters and properties are the application's: what has no encoding is told now
	if size := wire.FrameHeaderSize + len(b); err == nil && s.conn.remote == Active && size > s.conn.maxFrameOut {
		err = fmt.Errorf("%d bytes, where the peer takes frames of %d: %w", size, s.conn.maxFrameOut, errFrameSize)
	}
	return err
}

// refusal is the condition with which a link of the peer's is refused that cannot be opened.
func refusal(err error) amqp.ErrCond {
	switch {
	case errors.Is(err, errUnnamed):
		return amqp.ErrCondNotImplemented
	case errors.Is(err, errFrameSize):
		return amqp.ErrCondFrameSizeTooSmall
	case errors.Is(err, ErrLimit):
		return amqp.ErrCondResourceLimitExceeded
	default:
		return amqp.ErrCondInternalError
	}
}

// mostTaken returns how many bytes of one message the link takes, by its own bound and the connection's.
func (l *Link) mostTaken() uint64 {
	most := uint64(l.session.conn.cfg.MaxPartial)
	if limit := l.cfg.MaxMessageSize; limit > 0 {
		most = min(most, limit)
	}
	return most
}

func (l *Link) attach() *wire.Attach {
	p := &wire.Attach{
		Name:          l.name,
		Handle:        l.handle,
		Role:          bool(l.role),
		SndSettleMode: l.cfg.SndSettleMode,
		RcvSettleMode: l.cfg.RcvSettleMode,
		Source:        l.cfg.Source,
		Target:        l.cfg.Target,
		Coordinator:   l.cfg.Coordinator,
	}
	if l.role == RoleSender {
		p.InitialDeliveryCount = wire.Some(l.deliveryCount) // mandatory for senders (§2.7.3)
	} else {
		p.MaxMessageSize = l.mostTaken()
	}
	if e := l.cfg.Extensions; e != nil {
		p.Properties, p.OfferedCapabilities, p.DesiredCapabilities = e.Properties, e.OfferedCapabilities, e.DesiredCapabilities
	}
	l.recovery.describe(p)
	return p
}

// replay writes the attach once the session's begin is written, and the peer's open has come if the attach goes by it or is too long to go before.
func (l *Link) replay() {
	s := l.session
	if l.local != Active || !s.wroteBegin || l.wroteAttach || l.suspended || l.adapts() && s.conn.remote == Uninitialized {
		return
	}
	l.handle = s.localHandles.free()
	attach := l.attach()
	if l.adapts() {
		l.cfg.Adapt(&s.conn.remoteOpen, attach)
	}
	err := s.conn.put(s.channel, attach)
	if err != nil && len(attach.Unsettled) > 0 && s.conn.remote != Uninitialized && l.recovery.shorten(attach, s.conn.maxFrameOut) {
		l.listedPart = true
		err = s.conn.put(s.channel, attach)
	}
	if err != nil {
		if s.conn.remote != Uninitialized {
			l.unattachable(err)
		}
		return
	}
	s.localHandles.put(l.handle, l)
	l.wroteAttach = true
	l.idle = true
	if l.role == RoleReceiver && (l.cfg.Window > 0 || l.credit > 0) {
		l.topUp = true
		l.markDirty()
	}
}

// unattachable ends a link whose attach cannot be written to this peer: most likely it is too long for it.
func (l *Link) unattachable(err error) {
	s := l.session
	if l.incoming { // and neither can the attach that refuses it: the peer's name for it is too long for the peer itself
		s.end(&amqp.Error{Condition: refusal(err), Description: fmt.Sprintf("attach %q: %v", l.name, err)}, fmt.Errorf("session: attach %q: %w", l.name, err))
		return
	}
	l.local = Closed
	l.queue.releaseAll(s.conn)
	s.conn.restored(&l.restoring)
	s.conn.emit(Event{Kind: LinkRemoteDetach, Session: s, Link: l, Err: fmt.Errorf("%s: attach %q: %w", l.role.noun(), l.name, err)})
	l.ended()
}

// adapts says whether the attach goes by the peer's open.
func (l *Link) adapts() bool { return l.cfg.Adapt != nil && !l.incoming }

// onAttach takes an attach: the answer to ours, or a link of the peer's (§2.7.3).
func (s *Session) onAttach(p *wire.Attach, bytes int) {
	c := s.conn
	switch {
	case p.Handle > c.cfg.handleMax():
		// §2.7.2: closed with the framing error
		c.fail(amqp.ErrCondFramingError, fmt.Sprintf("attach frame: handle %d, beyond the handle-max of %d", p.Handle, c.cfg.handleMax()))
		return
	case s.handles.get(p.Handle) != nil:
		s.fail(amqp.ErrCondHandleInUse, fmt.Sprintf("attach frame: handle %d is in use by link %q", p.Handle, s.handles.get(p.Handle).name))
		return
	}
	if !s.admits(bytes) {
		return
	}
	theirs := p.Unsettled
	p.Unsettled = nil // it may be large, and is looked at once
	role := Role(!p.Role)
	l := c.names.get(linkKey{p.Name, role})
	switch {
	case l != nil && l.session == s && l.remote == Uninitialized && l.wroteAttach:
		// the answer to ours
	case l != nil && l.remote == Active && l.local == Active:
		// The name is attached already: the newer link steals it (§2.6.1).
		l.Close(&amqp.Error{Condition: amqp.ErrCondStolen, Description: "the link was attached again"})
		c.unname(l)
		c.emit(Event{Kind: LinkRemoteDetach, Session: l.session, Link: l, Err: fmt.Errorf("%s: link %q was attached again by the peer", l.role.noun(), l.name)})
		l = nil
	default:
		l = nil
	}
	if l == nil {
		if c.links >= c.cfg.MaxLinks {
			// A link that is refused lives until the peer agrees: one too many cannot be refused by itself.
			s.fail(amqp.ErrCondResourceLimitExceeded, fmt.Sprintf("attach frame: link beyond the connection's limit of %d", c.cfg.MaxLinks))
			return
		}
		l = s.NewLink(p.Name, role)
		l.incoming = true
	}
	l.remote, l.remoteHandle, l.peer = Active, p.Handle, p
	l.hold(bytes)
	s.handles.put(p.Handle, l)
	if l.incoming {
		s.recall(l, theirs)
	}
	if role == RoleReceiver {
		l.deliveryCount = p.InitialDeliveryCount.V
	}
	switch {
	case l.local >= Detached: // detached before the answer came
		return
	case !p.Role && !p.InitialDeliveryCount.OK: // §2.7.3
		l.fail(amqp.ErrCondInvalidField, fmt.Sprintf("attach frame: sender %q gives no initial-delivery-count", p.Name))
		return
	case !l.incoming && l.unnamed(): // §3.5.3, §3.5.4
		l.fail(amqp.ErrCondInvalidField, fmt.Sprintf("attach frame: link %q has a dynamic node without an address", p.Name))
		return
	}
	if l.incoming {
		if what := malformed(p); what != "" {
			l.fail(amqp.ErrCondInvalidField, fmt.Sprintf("attach frame: link %q: %s", p.Name, what))
			return
		}
	}
	if l.repeating { // the application knows
		l.repeating = false
	} else {
		c.emit(Event{Kind: LinkRemoteAttach, Session: s, Link: l})
	}
	l.reconcile(theirs, p.IncompleteUnsettled)
	if !l.Refused() {
		c.restored(&l.restoring)
	}
	if role == RoleReceiver && l.local == Active {
		l.markDirty()
	}
}

package sender

import (
	"fmt"

	"github.com/Azure/go-amqp"

	"github.com/hadron-mq/hadron/connection"
	"github.com/hadron-mq/hadron/delivery"
	"github.com/hadron-mq/hadron/internal/engine"
	"github.com/hadron-mq/hadron/internal/settings"
	"github.com/hadron-mq/hadron/internal/wire"
)

// Sender is the sending end of a link (§2.6). Its methods can be called from any goroutine.
type Sender engine.Link

// Errors of senders, for errors.Is.
var (
	// ErrClosed is returned for sending on a link that is closed, or whose session or connection is.
	ErrClosed = engine.ErrClosed
	// ErrQueueFull is returned for sending when as many messages as QueueLimit allows wait for credit.
	ErrQueueFull = engine.ErrQueueFull
	// ErrMessageSize is returned for a message larger than the peer takes.
	ErrMessageSize = engine.ErrMessageSize
)

// enter takes the loop's lock for one call, and leave lets go of it.
func (s *Sender) enter() *engine.Link {
	x := (*engine.Link)(s)
	x.Turn().Lock()
	return x
}

func (s *Sender) leave() { (*engine.Link)(s).Turn().Unlock() }

// Create makes a sender to an address on a session, and attaches it: OnLinkOpened tells when the peer has answered, OnSendable when
// it gives credit. Programs mostly use Container.CreateSender.
func Create(session *connection.Session, address string, opts ...Option) (*Sender, error) {
	if session == nil {
		return nil, fmt.Errorf("sender: to %q: no session is given", address)
	}
	on := (*engine.Session)(session)
	on.Turn().Lock()
	defer on.Turn().Unlock()
	l, err := newLink(on, opts)
	if err != nil {
		return nil, fmt.Errorf("sender: to %q: %w", address, err)
	}
	cfg := l.Config()
	if cfg.Target == nil {
		cfg.Target = new(wire.Target)
	}
	if !cfg.Target.Dynamic && cfg.Target.Address == nil && address != "" {
		cfg.Target.Address = &address
	}
	if cfg.Source == nil {
		cfg.Source = new(wire.Source)
	}
	if err := l.Attach(); err != nil {
		return nil, fmt.Errorf("sender: to %q: %w", address, err)
	}
	return (*Sender)(l), nil
}

// Open answers a link that the peer attached, as its sender. Without options it has the address, settle modes and default outcome that the peer
// asked for, and of all else that the peer would like of the source nothing: options say what is granted (§3.5.3). It is done for a handler that does
// nothing in OnLinkOpening. A second call does nothing. A source that is to be dynamic needs a SourceAddress: without one the link is
// refused, and Open says so.
func (s *Sender) Open(opts ...Option) error {
	defer s.leave()
	l := s.enter()
	cfg, peer := l.Config(), l.Peer()
	if l.LocalState() != engine.Uninitialized {
		return nil
	}
	if peer != nil {
		cfg.Source, cfg.Target = settings.GrantSource(peer.Source), peer.Target
		cfg.SndSettleMode, cfg.RcvSettleMode = peer.SndSettleMode, peer.RcvSettleMode
	}
	if err := settings.Configure(l, opts); err != nil {
		return fmt.Errorf("sender: open: %w", err)
	}
	return l.Attach()
}

// Send sends a message to be settled by its outcome, or settled where the sender is AtMostOnce. With credit it is on its way;
// without, it waits, up to QueueLimit messages. The message is encoded at once: it can be changed and sent again.
// The delivery is the one that OnAccepted and its like will show.
//
// The error wraps ErrClosed, ErrQueueFull, ErrMessageSize, or says what in the message cannot be encoded.
func (s *Sender) Send(m *amqp.Message) (*delivery.Delivery, error) {
	defer s.leave()
	l := s.enter()
	if err := check(m); err != nil {
		return s.sent(nil, err)
	}
	return s.sent(l.Send(m, settled(l)))
}

// SendSettled sends a message that nobody will hear of again. It needs settle mode mixed, or settled.
func (s *Sender) SendSettled(m *amqp.Message) (*delivery.Delivery, error) {
	defer s.leave()
	l := s.enter()
	if err := check(m); err != nil {
		return s.sent(nil, err)
	}
	return s.sent(l.Send(m, true))
}

// SendEncoded sends a message that is encoded already, such as one that came as Delivery.Encoded. format is its message format,
// 0 for an AMQP message (§2.8.11).
func (s *Sender) SendEncoded(message []byte, format uint32) (*delivery.Delivery, error) {
	defer s.leave()
	l := s.enter()
	return s.sent(l.SendEncoded(message, format, settled(l)))
}

// SendShared sends a message that is encoded already and lies in two parts, of which the first may be empty. It does not copy the second, which must
// never change afterwards: for large messages that go to many, or wait. Otherwise it is as SendEncoded.
func (s *Sender) SendShared(head, rest []byte, format uint32) (*delivery.Delivery, error) {
	defer s.leave()
	l := s.enter()
	return s.sent(l.SendShared(head, rest, format, settled(l)))
}

func settled(l *engine.Link) bool {
	return l.Config().SndSettleMode == amqp.SenderSettleModeSettled
}

func (s *Sender) sent(d *engine.Delivery, err error) (*delivery.Delivery, error) {
	if err != nil {
		return nil, fmt.Errorf("sender: send to %q: %w", address((*engine.Link)(s)), err)
	}
	return (*delivery.Delivery)(d), nil
}

// Credit returns how many messages would be sent now, without waiting: the credit that the peer has given and that is not
// used, and 0 while the connection's output is full. OnSendable tells when it rises from 0.
func (s *Sender) Credit() int {
	defer s.leave()
	return s.enter().Credit()
}

// Queued returns how many messages wait for credit, Unsettled how many have left and have no outcome yet.
func (s *Sender) Queued() int {
	defer s.leave()
	return s.enter().Queued()
}
func (s *Sender) Unsettled() int {
	defer s.leave()
	return s.enter().Unsettled()
}

// Draining tells whether the receiver wants its credit used or given back. What is not used in OnSendable is given
// back for the handler.
func (s *Sender) Draining() bool {
	defer s.leave()
	return s.enter().Draining()
}

// String names the link and its address, for people.
func (s *Sender) String() string {
	defer s.leave()
	l := s.enter()
	return fmt.Sprintf("sender %.100q to %.100q", l.Name(), address(l))
}

// GoString is String.
func (s *Sender) GoString() string { return s.String() }

// Name returns the link's name.
func (s *Sender) Name() string {
	defer s.leave()
	return s.enter().Name()
}

// Session returns the session that the link is on, Connection its connection.
func (s *Sender) Session() *connection.Session {
	defer s.leave()
	return (*connection.Session)(s.enter().Session())
}

func (s *Sender) Connection() *connection.Connection { return s.Session().Connection() }

// Active tells whether both ends are attached.
func (s *Sender) Active() bool {
	defer s.leave()
	l := s.enter()
	return l.LocalState() == engine.Active && l.RemoteState() == engine.Active
}

// Address returns where the messages go: the target's address as the peer says it, or as it was asked for. It is empty for the
// anonymous terminus. On a listener's end, where messages leave a node, the source's address is what counts: see RemoteSource.
func (s *Sender) Address() string {
	defer s.leave()
	return address(s.enter())
}

func address(l *engine.Link) string {
	if peer := l.Peer(); peer != nil && peer.Target != nil && peer.Target.Address != nil {
		return *peer.Target.Address
	}
	if t := l.Config().Target; t != nil && t.Address != nil {
		return *t.Address
	}
	return ""
}

// Source and Target return what this end says of the link's two nodes, RemoteSource and RemoteTarget what the peer says;
// nil where nothing is said. They must not be changed.
func (s *Sender) Source() *connection.Source {
	defer s.leave()
	return (*connection.Source)(s.enter().Config().Source)
}
func (s *Sender) Target() *connection.Target {
	defer s.leave()
	return (*connection.Target)(s.enter().Config().Target)
}

func (s *Sender) RemoteSource() *connection.Source {
	defer s.leave()
	if p := s.enter().Peer(); p != nil {
		return (*connection.Source)(p.Source)
	}
	return nil
}

func (s *Sender) RemoteTarget() *connection.Target {
	defer s.leave()
	if p := s.enter().Peer(); p != nil {
		return (*connection.Target)(p.Target)
	}
	return nil
}

// RemoteProperties returns the properties of the peer's attach.
func (s *Sender) RemoteProperties() map[string]any {
	defer s.leave()
	if p := s.enter().Peer(); p != nil {
		return p.Properties
	}
	return nil
}

// SettleMode returns whether messages are sent settled, unsettled or either (§2.8.2).
func (s *Sender) SettleMode() amqp.SenderSettleMode {
	defer s.leave()
	return s.enter().Config().SndSettleMode
}

// Suspended tells whether the peer has detached the link and not closed it (§2.6.4).
func (s *Sender) Suspended() bool {
	defer s.leave()
	return s.enter().RemoteState() == engine.Detached
}

// Abort gives up a message that has not left whole (§2.7.5). The error says that it has.
func (s *Sender) Abort(d *delivery.Delivery) error {
	defer s.leave()
	if err := s.enter().Abort((*engine.Delivery)(d)); err != nil {
		return fmt.Errorf("sender: abort %x: %w", d.Tag(), err)
	}
	return nil
}

// Close closes the link (§2.6.6). Messages that have left keep their way to an outcome no longer; those that wait for credit are
// reported released.
func (s *Sender) Close() {
	defer s.leave()
	s.enter().Close(nil)
}

// CloseWithError closes the link and tells the peer why; in OnLinkOpening it refuses the link.
func (s *Sender) CloseWithError(err *amqp.Error) {
	defer s.leave()
	s.enter().Close(err)
}

// Detach suspends the link: the peer keeps its terminus, as durable as it is (§2.6.4).
func (s *Sender) Detach() {
	defer s.leave()
	s.enter().Detach()
}

// Context returns what SetContext keeps with the sender: the application's own, which Hadron does not look at.
func (s *Sender) Context() any {
	defer s.leave()
	return s.enter().Config().UserContext
}
func (s *Sender) SetContext(v any) {
	defer s.leave()
	s.enter().Config().UserContext = v
}

package receiver

import (
	"fmt"

	"github.com/Azure/go-amqp"

	"github.com/hadron-mq/hadron/connection"
	"github.com/hadron-mq/hadron/internal/engine"
	"github.com/hadron-mq/hadron/internal/settings"
	"github.com/hadron-mq/hadron/internal/wire"
)

// Receiver is the receiving end of a link (§2.6). Its methods can be called from any goroutine.
type Receiver engine.Link

// ErrClosed is what operations on a closed receiver wrap, for errors.Is.
var ErrClosed = engine.ErrClosed

// enter takes the loop's lock for one call, and leave lets go of it.
func (r *Receiver) enter() *engine.Link {
	x := (*engine.Link)(r)
	x.Turn().Lock()
	return x
}

func (r *Receiver) leave() { (*engine.Link)(r).Turn().Unlock() }

// Create makes a receiver from an address on a session, and attaches it: OnLinkOpened tells when the peer has answered,
// OnMessage brings the messages. Programs mostly use Container.CreateReceiver.
func Create(session *connection.Session, address string, opts ...Option) (*Receiver, error) {
	if session == nil {
		return nil, fmt.Errorf("receiver: from %q: no session is given", address)
	}
	on := (*engine.Session)(session)
	on.Turn().Lock()
	defer on.Turn().Unlock()
	l, err := newLink(on, opts)
	if err != nil {
		return nil, fmt.Errorf("receiver: from %q: %w", address, err)
	}
	cfg := l.Config()
	if cfg.Source == nil {
		cfg.Source = new(wire.Source)
	}
	if !cfg.Source.Dynamic && cfg.Source.Address == nil && address != "" {
		cfg.Source.Address = &address
	}
	if cfg.Target == nil {
		cfg.Target = new(wire.Target)
	}
	if err := l.Attach(); err != nil {
		return nil, fmt.Errorf("receiver: from %q: %w", address, err)
	}
	return (*Receiver)(l), nil
}

// Open answers a link that the peer attached, as its receiver. Without options it has the address and the settle modes that the peer asked for, a
// window of DefaultCredit, and of all else that the peer would like of the target nothing: options say what is granted (§3.5.4). It is done for a
// handler that does nothing in OnLinkOpening. A second call does nothing. A target that is to be dynamic needs a TargetAddress: without one the
// link is refused, and Open says so.
func (r *Receiver) Open(opts ...Option) error {
	defer r.leave()
	l := r.enter()
	cfg, peer := l.Config(), l.Peer()
	if l.LocalState() != engine.Uninitialized {
		return nil
	}
	if peer != nil {
		cfg.Source, cfg.Target = peer.Source, settings.GrantTarget(peer.Target)
		if peer.Coordinator != nil {
			cfg.Coordinator = new(wire.Coordinator)
		}
		cfg.SndSettleMode, cfg.RcvSettleMode = peer.SndSettleMode, peer.RcvSettleMode
		cfg.Window = DefaultCredit
	}
	if err := settings.Configure(l, opts); err != nil {
		return fmt.Errorf("receiver: open: %w", err)
	}
	return l.Attach()
}

// AddCredit lets n more messages come (§2.6.7). It is for receivers with ManualCredit.
func (r *Receiver) AddCredit(n int) {
	defer r.leave()
	r.enter().AddCredit(uint32(max(n, 0)))
}

// Credit returns how many messages may still come.
func (r *Receiver) Credit() int {
	defer r.leave()
	return r.enter().Credit()
}

// SetCredit changes the window that receiver.Credit sets: how many messages may be on their way or unsettled. Credit that was given beyond it is
// taken back; what was sent meanwhile still comes. 0 leaves credit to the handler, as ManualCredit does. The error says that n is negative.
func (r *Receiver) SetCredit(n int) error {
	if n < 0 || n > 1<<30 {
		return fmt.Errorf("receiver: set credit: %d is not from 0 to %d", n, 1<<30)
	}
	defer r.leave()
	r.enter().SetWindow(uint32(n))
	return nil
}

// Pause stops messages for now: the credit that the sender has and has not used is taken back (§2.6.10). What is on its way still comes. Resume gives the
// credit again. Both do nothing the second time.
func (r *Receiver) Pause() {
	defer r.leave()
	r.enter().Pause()
}

// Resume lets messages come again after Pause.
func (r *Receiver) Resume() {
	defer r.leave()
	r.enter().Unpause()
}

// Paused tells whether the receiver is paused.
func (r *Receiver) Paused() bool {
	defer r.leave()
	return r.enter().Paused()
}

// Drain asks the sender to use the credit that it has at once, or to give it back (§2.6.7). It gives none: without credit it ends at once. OnDrained
// tells when that is done. With a window, new credit is given then, unless the receiver is paused.
func (r *Receiver) Drain() {
	defer r.leave()
	r.enter().Drain()
}

// Unsettled returns how many messages have come and are not settled.
func (r *Receiver) Unsettled() int {
	defer r.leave()
	return r.enter().Unsettled()
}

// Available returns how many messages the sender last said that it had.
func (r *Receiver) Available() int {
	defer r.leave()
	return int(r.enter().Available())
}

// String names the link and its address, for people.
func (r *Receiver) String() string {
	defer r.leave()
	l := r.enter()
	return fmt.Sprintf("receiver %.100q from %.100q", l.Name(), address(l))
}

// GoString is String.
func (r *Receiver) GoString() string { return r.String() }

// Name returns the link's name.
func (r *Receiver) Name() string {
	defer r.leave()
	return r.enter().Name()
}

// Session returns the session that the link is on, Connection its connection.
func (r *Receiver) Session() *connection.Session {
	defer r.leave()
	return (*connection.Session)(r.enter().Session())
}

func (r *Receiver) Connection() *connection.Connection { return r.Session().Connection() }

// Active tells whether both ends are attached.
func (r *Receiver) Active() bool {
	defer r.leave()
	l := r.enter()
	return l.LocalState() == engine.Active && l.RemoteState() == engine.Active
}

// Address returns where the messages come from: the source's address as the peer says it, or as it was asked for. On a
// listener's end, where messages come to a node, the target's address is what counts: see RemoteTarget.
func (r *Receiver) Address() string {
	defer r.leave()
	return address(r.enter())
}

func address(l *engine.Link) string {
	if peer := l.Peer(); peer != nil && peer.Source != nil && peer.Source.Address != nil {
		return *peer.Source.Address
	}
	if s := l.Config().Source; s != nil && s.Address != nil {
		return *s.Address
	}
	return ""
}

// Source and Target return what this end says of the link's two nodes, RemoteSource and RemoteTarget what the peer says;
// nil where nothing is said. They must not be changed.
func (r *Receiver) Source() *connection.Source {
	defer r.leave()
	return (*connection.Source)(r.enter().Config().Source)
}
func (r *Receiver) Target() *connection.Target {
	defer r.leave()
	return (*connection.Target)(r.enter().Config().Target)
}

func (r *Receiver) RemoteSource() *connection.Source {
	defer r.leave()
	if p := r.enter().Peer(); p != nil {
		return (*connection.Source)(p.Source)
	}
	return nil
}

func (r *Receiver) RemoteTarget() *connection.Target {
	defer r.leave()
	if p := r.enter().Peer(); p != nil {
		return (*connection.Target)(p.Target)
	}
	return nil
}

// Coordinator tells whether the peer attached the link to control transactions (§4.2): it has no target then.
func (r *Receiver) Coordinator() bool {
	defer r.leave()
	p := r.enter().Peer()
	return p != nil && p.Coordinator != nil
}

// RemoteProperties returns the properties of the peer's attach.
func (r *Receiver) RemoteProperties() map[string]any {
	defer r.leave()
	if p := r.enter().Peer(); p != nil {
		return p.Properties
	}
	return nil
}

// Suspended tells whether the peer has detached the link and not closed it (§2.6.4).
func (r *Receiver) Suspended() bool {
	defer r.leave()
	return r.enter().RemoteState() == engine.Detached
}

// Close closes the link (§2.6.6): its terminus goes, a durable subscription too. Messages that are not settled go back.
func (r *Receiver) Close() {
	defer r.leave()
	r.enter().Close(nil)
}

// CloseWithError closes the link and tells the peer why; in OnLinkOpening it refuses the link.
func (r *Receiver) CloseWithError(err *amqp.Error) {
	defer r.leave()
	r.enter().Close(err)
}

// Detach suspends the link: the peer keeps its terminus, as durable as it is (§2.6.4).
func (r *Receiver) Detach() {
	defer r.leave()
	r.enter().Detach()
}

// Context returns what SetContext keeps with the receiver: the application's own, which Hadron does not look at.
func (r *Receiver) Context() any {
	defer r.leave()
	return r.enter().Config().UserContext
}
func (r *Receiver) SetContext(v any) {
	defer r.leave()
	r.enter().Config().UserContext = v
}

package delivery

import (
	"fmt"

	"github.com/Azure/go-amqp"

	"github.com/hadron-mq/hadron/internal/engine"
	"github.com/hadron-mq/hadron/internal/wire"
)

// Delivery is one message on its way over a link. The one that Send returned is the one that OnAccepted shows. Its methods can be
// called from any goroutine, also after the callback that showed it: see receiver.ManualAccept.
type Delivery engine.Delivery

// Errors of deliveries, for errors.Is.
var (
	// ErrSettled is returned for a second outcome.
	ErrSettled = engine.ErrSettled
	// ErrLost is returned for settling what came over a connection that is lost: the sender has it back, or sends it again.
	ErrLost = engine.ErrLost
	// ErrGivenUp is in the Event.Err of OnRejected for a message that was sent again and again, and the connection lost each time: four times
	// in a row, the last two with no other message on its way. It wraps what the connection was lost over, too.
	ErrGivenUp = engine.ErrGivenUp
)

// enter takes the loop's lock for one call, and leave lets go of it.
func (d *Delivery) enter() *engine.Delivery {
	x := (*engine.Delivery)(d)
	x.Turn().Lock()
	return x
}

func (d *Delivery) leave() { (*engine.Delivery)(d).Turn().Unlock() }

// String says what has become of the delivery, and names its link, for people.
func (d *Delivery) String() string {
	defer d.leave()
	e := d.enter()
	role, state := "sender", e.RemoteState()
	if e.Link().Role() == engine.RoleReceiver {
		role, state = "receiver", e.LocalState()
	}
	said := "without an outcome"
	if state != nil {
		said = outcome(state.Code)
	}
	if e.Settled() {
		said += ", settled"
	}
	return fmt.Sprintf("delivery %x of %s %.100q, %s", e.Tag(), role, e.Link().Name(), said)
}

// GoString is String.
func (d *Delivery) GoString() string { return d.String() }

// outcome names a delivery state (§3.4).
func outcome(code uint64) string {
	name := map[uint64]string{wire.CodeAccepted: "accepted", wire.CodeRejected: "rejected", wire.CodeReleased: "released", wire.CodeModified: "modified"}[code]
	if name == "" {
		return fmt.Sprintf("state %#x", code)
	}
	return name
}

// Tag returns the delivery tag, 1 to 32 bytes that the sender chose (§2.8.7). It must not be changed.
func (d *Delivery) Tag() []byte {
	return (*engine.Delivery)(d).Tag()
}

// Format returns the message format code; 0 is an AMQP message (§2.8.11).
func (d *Delivery) Format() uint32 {
	return (*engine.Delivery)(d).Format()
}

// Encoded returns the message as it came over the wire, on a receiver. It is a view of the connection's input, valid
// during the callback.
func (d *Delivery) Encoded() []byte {
	defer d.leave()
	return d.enter().Encoded()
}

// Accept settles the delivery as accepted: the message is taken, and the sender need not keep it (§3.4.2).
// The error is ErrSettled or ErrLost, wrapped.
func (d *Delivery) Accept() error { return d.settle("accept", wire.Accepted) }

// Reject settles the delivery as rejected: the message cannot be processed (§3.4.3). What is wrong with it may be said
// in err, which may be nil.
func (d *Delivery) Reject(err *amqp.Error) error {
	return d.settle("reject", &wire.State{Code: wire.CodeRejected, Error: err})
}

// Release settles the delivery as released: it was not looked at, and may go to anyone (§3.4.4).
func (d *Delivery) Release() error { return d.settle("release", wire.Released) }

// Modify settles the delivery as modified (§3.4.5): failed counts the delivery as a failed attempt, undeliverableHere asks that
// it not come to this link again, and annotations, which may be nil, are merged into the message's own.
func (d *Delivery) Modify(failed, undeliverableHere bool, annotations amqp.Annotations) error {
	return d.settle("modify", &wire.State{Code: wire.CodeModified, DeliveryFailed: failed, UndeliverableHere: undeliverableHere, Annotations: annotations})
}

// Settle forgets the delivery, with the state that it has. A sender's deliveries are settled for it once their
// outcome has been shown.
func (d *Delivery) Settle() error {
	defer d.leave()
	e := d.enter()
	return d.settled("settle", e.Update(e.LocalState(), true))
}

func (d *Delivery) settle(verb string, state *wire.State) error {
	defer d.leave()
	return d.settled(verb, d.enter().Update(state, true))
}

func (d *Delivery) settled(verb string, err error) error {
	if err != nil {
		return fmt.Errorf("delivery: %s %x: %w", verb, d.Tag(), err)
	}
	return nil
}

// Settled tells whether this end has settled the delivery, RemoteSettled whether the peer has.
func (d *Delivery) Settled() bool {
	defer d.leave()
	return d.enter().Settled()
}
func (d *Delivery) RemoteSettled() bool {
	defer d.leave()
	return d.enter().RemoteSettled()
}

// Aborted tells whether the sender gave the message up before it was whole (§2.7.5).
func (d *Delivery) Aborted() bool {
	defer d.leave()
	return d.enter().Aborted()
}

// State returns the state that this end gave the delivery, RemoteState the one that the peer gave it; nil where none was given.
func (d *Delivery) State() amqp.DeliveryState {
	defer d.leave()
	return vocabulary(d.enter().LocalState())
}
func (d *Delivery) RemoteState() amqp.DeliveryState {
	defer d.leave()
	return vocabulary(d.enter().RemoteState())
}

// Context returns what SetContext keeps with the delivery: the application's own, which Hadron does not look at.
func (d *Delivery) Context() any {
	defer d.leave()
	return d.enter().Context()
}
func (d *Delivery) SetContext(v any) {
	defer d.leave()
	d.enter().SetContext(v)
}

package engine

import (
	"errors"
	"fmt"
	"time"

	"github.com/Azure/go-amqp"

	"github.com/hadron-mq/hadron/internal/wire"
)

// A message that makes the peer drop the connection would be sent for ever. It is found by what becomes of it: where connections are lost soon and
// without an outcome, messages go out one at a time, and one that is alone on its way when that happens again is given up.
const (
	lossesToSuspect = 2               // losses without an outcome, after which messages go out one at a time
	lossesToGiveUp  = 4               // and after which one is given up,
	lossesAlone     = 2               // if it was alone on its way so often
	suspectTime     = 5 * time.Second // a connection that lasts as long has nothing against the message
)

// ErrGivenUp is why a message was rejected by this end: the connection was lost each time it was sent.
var ErrGivenUp = errors.New("the connection was lost each time the message was sent")

// suspicion is what a connection has against messages. It outlives transports.
type suspicion struct {
	losses int       // in a row, without an outcome
	left   int       // how many messages still go out one at a time
	flying *Delivery // the one that is on its way then
	alone  *Delivery // that was alone on its way when the connection was lost
	times  int       // how often in a row
}

// accuse takes note that a transport, or a link's attachment, was lost with these on their way, after outcomes of others if worked is set. cause is
// why, nil where the loss says nothing about messages. It returns a message that is given up.
func (c *Connection) accuse(sent []*Delivery, worked bool, cause error) *Delivery {
	x := &c.suspicion
	x.flying = nil
	if worked || cause == nil || len(sent) == 0 {
		x.losses, x.alone = 0, nil
		return nil
	}
	x.losses++
	switch {
	case len(sent) > 1:
		x.alone = nil
	case x.alone == sent[0]:
		x.times++
	default:
		x.alone, x.times = sent[0], 1
	}
	if x.losses >= lossesToSuspect {
		x.left = max(x.left, len(sent))
	}
	if x.alone == nil || x.losses < lossesToGiveUp || x.times < lossesAlone {
		return nil
	}
	d := x.alone
	x.losses, x.left, x.alone = lossesToSuspect, x.left-1, nil
	return d
}

// giveUp rejects a message in the peer's place.
func (d *Delivery) giveUp(cause error) {
	told := &amqp.Error{Condition: amqp.ErrCondInternalError, Description: ErrGivenUp.Error()}
	if errors.As(cause, &told) {
		cause = fmt.Errorf("%w: %w", ErrGivenUp, cause)
	} else {
		cause = fmt.Errorf("%w, the last time because of: %w", ErrGivenUp, cause)
	}
	d.drop()
	d.remote, d.remoteSettled = &wire.State{Code: wire.CodeRejected, Error: told}, true
	d.link.session.conn.emit(Event{Kind: DeliveryUpdated, Session: d.link.session, Link: d.link, Delivery: d, Err: cause})
}

// undecided says whether the peer has made up its mind about a delivery that was sent, or the application has.
func (d *Delivery) undecided() bool {
	return !d.settled && !d.remoteSettled && (d.remote == nil || !d.remote.Terminal())
}

// sentOn returns what is on its way to the peer on a session, or on one link of it, to be sent again where it is lost.
func (s *Session) sentOn(l *Link) (sent []*Delivery) {
	for d := range s.deliveries(RoleSender).all {
		if (l == nil || d.link == l) && d.undecided() && d.link.resends() && !d.link.incoming {
			sent = append(sent, d)
		}
	}
	return sent
}

// alone says whether a new message has to wait for the one that is on its way.
func (c *Connection) alone() bool { return c.suspicion.left > 0 && c.suspicion.flying != nil }

// flies notes that a message is on its way.
func (c *Connection) flies(d *Delivery) {
	if c.suspicion.left > 0 {
		c.suspicion.flying = d
	}
}

// lands notes that a message has an outcome, or that nobody waits for one. The next may go.
func (c *Connection) lands(d *Delivery) {
	x := &c.suspicion
	if x.flying != d {
		return
	}
	x.flying = nil
	x.left--
	c.letFly()
}

// acquit ends the suspicion.
func (c *Connection) acquit() {
	c.suspicion = suspicion{}
	c.letFly()
}

// letFly lets links go on that had to wait.
func (c *Connection) letFly() {
	for _, s := range c.sessions {
		for l := range s.links.all {
			if c.alone() {
				return
			}
			l.resume()
		}
	}
}

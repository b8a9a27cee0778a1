package engine

import (
	"slices"

	"github.com/hadron-mq/hadron/internal/wire"
)

// sendQueue is the messages of one sender that wait for credit, window or room, oldest first.
type sendQueue struct {
	list []*Delivery
	head int
}

func (q *sendQueue) len() int { return len(q.list) - q.head }

func (q *sendQueue) push(d *Delivery) { q.list = append(q.list, d) }

func (q *sendQueue) first() *Delivery { return q.list[q.head] }

func (q *sendQueue) pop() {
	q.list[q.head] = nil
	q.head++
	if q.head == len(q.list) {
		q.list, q.head = nil, 0
	} else if q.head > 64 && q.head > len(q.list)/2 {
		q.list, q.head = append(q.list[:0], q.list[q.head:]...), 0
	}
}

// releaseAll reports what never left as released, so that no message is forgotten in silence.
func (q *sendQueue) releaseAll(c *Connection) {
	for q.len() > 0 {
		d := q.first()
		q.pop()
		if d.aborted || d.how == concludes {
			continue
		}
		d.drop()
		switch {
		case d.settled && d.local == nil && d.remote == nil: // sent settled: nobody waits for an outcome, but it did not leave
			d.settled = false
			d.link.unsettled++
		case !d.settled && !d.sent: // counted where it leaves
			d.link.unsettled++
		}
		d.remote, d.remoteSettled = wire.Released, true
		c.emit(Event{Kind: DeliveryUpdated, Session: d.link.session, Link: d.link, Delivery: d})
	}
}

// sendAgain puts what was sent and is not settled back to the front, in order, or releases it.
// It returns those of which the receiver may know, in order.
func (q *sendQueue) sendAgain(l *Link, sent []*Delivery) (held []*Delivery) {
	waiting := q.list[q.head:]
	q.list, q.head = nil, 0
	c := l.session.conn
	for _, d := range sent {
		switch {
		case d.remoteSettled || d.remote != nil && d.remote.Terminal():
			// its outcome is known, or on its way to the application
		case !d.whole: // it stands in the queue already, half sent
		case !d.kept:
			d.remote, d.remoteSettled = wire.Released, true
			c.emit(Event{Kind: DeliveryUpdated, Session: l.session, Link: l, Delivery: d})
		default:
			held = append(held, d)
			d.again(l)
			q.list = append(q.list, d)
		}
	}
	for _, d := range waiting {
		if d.aborted || d.remoteSettled { // given up half sent, or to be concluded: the receiver settles what we do not speak of any more
			continue
		}
		if d.sent || d.how == resumes {
			held = append(held, d)
			d.again(l)
		}
		d.epoch = l.epoch
		q.list = append(q.list, d)
	}
	return held
}

// advance brings those that may go on to the front, and keeps the order of each kind.
func (q *sendQueue) advance(may func(*Delivery) bool) {
	list := q.list[q.head:]
	slices.SortStableFunc(list, func(a, b *Delivery) int {
		switch {
		case may(a) == may(b):
			return 0
		case may(a):
			return -1
		default:
			return 1
		}
	})
}

// again makes a delivery one that was never sent, in all but its tag.
func (d *Delivery) again(l *Link) {
	d.sent, d.whole, d.tracked, d.epoch = false, false, false, l.epoch
	d.written, d.remote, d.how = 0, nil, ordinary
}

// remove takes one delivery out of the queue.
func (q *sendQueue) remove(d *Delivery) {
	for i := q.head; i < len(q.list); i++ {
		if q.list[i] == d {
			q.list = append(q.list[:i], q.list[i+1:]...)
			return
		}
	}
}

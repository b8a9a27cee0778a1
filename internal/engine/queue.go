package engine

import "github.com/hadron-mq/hadron/internal/wire"

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
		if d.aborted {
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
func (q *sendQueue) sendAgain(l *Link, sent []*Delivery) {
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
			d.again(l)
			q.list = append(q.list, d)
		}
	}
	for _, d := range waiting {
		if d.aborted || d.remoteSettled { // a half-sent one may have been given up
			continue
		}
		if d.sent {
			d.again(l)
		}
		d.epoch = l.epoch
		q.list = append(q.list, d)
	}
}

// again makes a delivery one that was never sent, in all but its tag.
func (d *Delivery) again(l *Link) {
	d.sent, d.whole, d.tracked, d.epoch = false, false, false, l.epoch
	d.written, d.remote = 0, nil
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

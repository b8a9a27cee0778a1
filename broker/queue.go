package broker

import (
	"cmp"
	"slices"

	"github.com/Azure/go-amqp"
)

// queue is a node that keeps messages for consumers that compete for them.
//
// Messages wait in two lists. Those that nobody has had yet are in fresh, whose places follow each other without a gap. Those that
// came back are in returned, sorted by place: every one of them lies before all that is fresh.
type queue struct {
	nodes   *nodes
	address string
	owner   link // of a temporary node: it goes with this link
	links   map[link]struct{}
	deleted bool

	fresh    ring[*message]
	returned []*message
	nextSeq  uint64
	messages int // that the queue answers for, waiting or with a consumer
	bytes    int // of those

	ready    ring[*consumer] // with credit, the one whose turn it is first
	browsers []*browser
	space    space
}

// link is one link to or from a queue.
type link interface {
	// leave lets go of what the link has of its queue, once. The link itself is closed, or about to be.
	leave()
	// refuse closes the link for a reason.
	refuse(err *amqp.Error)
}

// add takes a message in, and offers it to who waits for one.
func (q *queue) add(m *message) {
	m.seq = q.nextSeq
	q.nextSeq++
	q.messages++
	q.bytes += m.size()
	q.fresh.push(m)
	q.dispatch()
}

// drop ends a message, which nobody may use any more.
func (q *queue) drop(m *message) {
	q.messages--
	q.bytes -= m.size()
	for _, c := range m.excluded {
		c.excluded--
	}
	q.nodes.recycle(m)
	if !q.deleted {
		q.space.serve()
		q.tidy()
	}
}

// requeue puts a message back at its place, and offers it again.
func (q *queue) requeue(m *message) {
	q.putBack(m)
	q.dispatch()
}

// putBack puts a message back at its place.
func (q *queue) putBack(m *message) {
	i := len(q.returned)
	if i > 0 && q.returned[i-1].seq > m.seq {
		i, _ = slices.BinarySearchFunc(q.returned, m, bySeq)
	}
	q.returned = slices.Insert(q.returned, i, m)
}

// requeueAll puts many messages back, given in any order.
func (q *queue) requeueAll(back []*message) {
	if len(back) > 0 {
		q.returned = append(q.returned, back...)
		slices.SortFunc(q.returned, bySeq)
		q.dispatch()
	}
}

func bySeq(a, b *message) int { return cmp.Compare(a.seq, b.seq) }

// waiting tells whether there is a message that no consumer has.
func (q *queue) waiting() bool { return q.fresh.len() > 0 || len(q.returned) > 0 }

// dispatch sends what waits to consumers with credit in turn, and shows it to browsers.
func (q *queue) dispatch() {
	if q.deleted {
		return
	}
	for passed := 0; q.waiting() && passed < q.ready.len(); {
		c := q.ready.pop()
		if c.left || c.sender.Credit() == 0 { // OnSendable will tell when there is some again
			c.ready = false
			continue
		}
		q.ready.push(c)
		if m := q.take(c); m == nil { // what waits is excluded for this one
			passed++
		} else {
			passed = 0
			c.send(m)
		}
	}
	for _, b := range q.browsers {
		b.browse()
	}
}

// take takes the first message that may go to a consumer out of its list; nil where there is none.
func (q *queue) take(c *consumer) *message {
	for i := 0; i < len(q.returned); {
		m := q.returned[i]
		if m.excludes(c) { // at most maxExcluded of them
			i++
			continue
		}
		q.removeReturned(i)
		if !q.expire(m) {
			return m
		}
	}
	for q.fresh.len() > 0 {
		if m := q.fresh.pop(); !q.expire(m) {
			return m
		}
	}
	return nil
}

// removeReturned takes one out of the messages that came back: mostly the first.
func (q *queue) removeReturned(i int) {
	switch {
	case len(q.returned) == 1:
		q.returned = nil
	case i == 0:
		q.returned[0] = nil
		q.returned = q.returned[1:]
	default:
		q.returned = slices.Delete(q.returned, i, i+1)
	}
}

// expire drops a message that has outlived its time to live, and says so.
func (q *queue) expire(m *message) bool {
	if !m.expired() {
		return false
	}
	q.nodes.log.Debug("broker: a message has expired", "queue", q.address)
	q.drop(m)
	return true
}

// from returns the first waiting message at a place or beyond it, nil where there is none.
func (q *queue) from(seq uint64) *message {
	i, _ := slices.BinarySearchFunc(q.returned, seq, func(m *message, seq uint64) int { return cmp.Compare(m.seq, seq) })
	if i < len(q.returned) {
		return q.returned[i]
	}
	if q.fresh.len() == 0 {
		return nil
	}
	i = 0
	if first := q.fresh.at(0).seq; seq > first {
		i = int(seq - first)
	}
	if i >= q.fresh.len() {
		return nil
	}
	return q.fresh.at(i)
}

// join notes a link, leave forgets it. A temporary node goes with its owner.
func (q *queue) join(l link) { q.links[l] = struct{}{} }

func (q *queue) leave(l link) {
	delete(q.links, l)
	if q.deleted {
		return
	}
	if q.owner == l {
		q.delete()
		return
	}
	q.prune()
	q.space.serve()
	q.tidy()
}

// prune rids the lists of links that have left, once those may be half of them.
func (q *queue) prune() {
	limit := 2*len(q.links) + smallRing
	if q.ready.len() > limit {
		q.ready.retain(func(c *consumer) bool { return !c.left })
	}
	for _, list := range []*ring[*producer]{&q.space.waiting, &q.space.starving} {
		if list.len() > limit {
			list.retain(func(p *producer) bool { return !p.left })
		}
	}
}

// tidy removes a queue that nobody uses and that holds nothing.
func (q *queue) tidy() {
	if len(q.links) == 0 && q.messages == 0 && q.owner == nil {
		q.deleted = true
		delete(q.nodes.queues, q.address)
	}
}

// delete removes a temporary node, its messages, and the links that others have to it.
func (q *queue) delete() {
	q.deleted = true
	delete(q.nodes.queues, q.address)
	q.fresh, q.returned = ring[*message]{}, nil
	for l := range q.links {
		l.refuse(&amqp.Error{Condition: amqp.ErrCondResourceDeleted, Description: "the temporary node " + q.address + " is gone"})
		l.leave()
	}
}

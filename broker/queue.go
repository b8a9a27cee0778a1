package broker

import (
	"sync"

	"github.com/Azure/go-amqp"
)

// queue is a node that keeps messages for consumers that compete for them. Links of any loop may use it: its mutex guards all that is here,
// and what of links and messages is said to be the queue's. Nothing is sent with the mutex held: a link that has something to do is called, and
// does it on its own loop.
type queue struct {
	nodes     *nodes
	address   string
	maker     *account   // who answers for its name
	temporary *temporary // nil for a node that was made by naming it

	mu      sync.Mutex
	links   map[link]struct{}
	named   bool // it can be found by its address
	deleted bool

	shelf    shelf
	nextSeq  uint64
	messages int // that the queue answers for, waiting or with a consumer
	bytes    int // of those

	idle     lane[*consumer] // with credit, and nothing that waits is for them: the one whose turn it is first
	newest   uint64          // the number of the consumer that came last
	mark     uint64          // for telling consumers apart, see offer
	here     *peer           // see lock
	near     *consumer
	watching lane[*browser] // with credit, and all is seen
	space    space
}

func newQueue(n *nodes, address string, maker *account) *queue {
	q := &queue{nodes: n, address: address, maker: maker, links: make(map[link]struct{})}
	q.space.queue = q
	return q
}

// unlock lets go of the mutex, and of the queue if nobody uses it any more and it holds nothing.
func (q *queue) unlock() {
	over, near := q.over(), q.near
	q.here, q.near = nil, nil
	q.mu.Unlock()
	if over {
		q.nodes.remove(q)
	}
	if near != nil {
		near.peer.do(near)
	}
}

// lock takes the mutex for something that happens on a connection: one of its consumers that is assigned a message then has it sent by unlock.
func (q *queue) lock(here *peer) {
	q.mu.Lock()
	q.here = here
}

// add takes a message in, and gives it to who waits for one.
func (q *queue) add(m *message, a *account) {
	m.seq = q.nextSeq
	q.nextSeq++
	q.messages++
	q.bytes += m.size()
	m.account = a
	q.nodes.memory.charge(a, m.weight())
	if c := q.idle.first; c != nil { // then nothing waits that is for anyone
		q.assign(c.of, m)
	} else {
		q.shelf.push(m)
		q.show()
	}
}

// drop ends a message, which nobody may use any more.
func (q *queue) drop(m *message) {
	q.messages--
	q.bytes -= m.size()
	if m.exclusions != nil {
		q.admit(m)
	}
	a, weight := m.account, m.weight()
	m.recycle()
	q.nodes.memory.charge(a, -weight)
	q.space.serve()
}

// expire drops a message that has outlived its time to live, and says so.
func (q *queue) expire(m *message) bool {
	if !m.expired() {
		return false
	}
	q.nodes.log.Debug("broker: a message has expired", "queue", quoted(q.address))
	q.drop(m)
	return true
}

// giveBack puts a message back at its place. It is offered once serve is called.
func (q *queue) giveBack(m *message) {
	switch e := m.exclusions; {
	case q.deleted:
		q.drop(m)
	case e == nil:
		q.shelf.put(m)
	case e.upTo > 0:
		e.upTo = q.newest // nobody has taken it who was there
		q.shelf.put(m)
	default:
		q.offer(m)
	}
}

// offer gives a message that must not go to some consumers to an idle one that may have it, or puts it aside. Those that are passed over here
// are all among the few that must not have it.
func (q *queue) offer(m *message) {
	q.mark++
	for _, c := range m.exclusions.consumers {
		c.mark = q.mark
	}
	for p := q.idle.first; p != nil; p = p.next {
		if p.of.mark != q.mark {
			q.assign(p.of, m)
			return
		}
	}
	q.shelf.put(m)
}

// serve gives what waits to those that are idle, in turn.
func (q *queue) serve() {
	for q.idle.len() > 0 {
		m := q.shelf.free()
		if m == nil {
			return
		}
		q.shelf.remove(m)
		if !q.expire(m) {
			q.assign(q.idle.first.of, m)
		}
	}
}

// assign gives a message to an idle consumer, whose turn comes after the others' then.
func (q *queue) assign(c *consumer, m *message) {
	c.assigned = append(c.assigned, m)
	if c.allowance--; c.allowance > 0 {
		q.idle.push(&c.turn)
	} else {
		c.turn.leave()
	}
	switch {
	case c.called:
		return
	case c.peer == q.here && q.near == nil:
		q.near = c
	default:
		c.peer.call(c)
	}
	c.called = true
}

// show calls browsers that have not seen what came last, some at a time: those call the others.
func (q *queue) show() {
	for range maxBatch {
		first := q.watching.first
		if first == nil || first.of.next == q.nextSeq {
			return
		}
		first.leave()
		first.of.peer.call(first.of)
	}
}

// join notes a link, leave forgets it.
func (q *queue) join(l link) { q.links[l] = struct{}{} }

func (q *queue) leave(l link) {
	delete(q.links, l)
	if t := q.temporary; t != nil && t.maker == l {
		t.maker = nil
		t.ended = !l.at().suspended
	}
	q.space.serve()
}

// empty ends the messages of a queue that was deleted, some at a time, on the loop of a connection.
func (q *queue) empty(p *peer) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for range maxReturned {
		m := q.shelf.pop()
		if m == nil {
			return
		}
		q.drop(m)
	}
	p.inject(func() { q.empty(p) })
}

// gone is what links are told of a node that was deleted.
func (q *queue) gone() *amqp.Error {
	return &amqp.Error{Condition: amqp.ErrCondResourceDeleted, Description: "the temporary node " + q.address + " is gone"}
}

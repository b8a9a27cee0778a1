package broker

import (
	"fmt"
	"strings"
	"sync"

	"github.com/Azure/go-amqp"
	"github.com/google/uuid"
)

// temporaryPrefix begins the addresses of temporary nodes, which are never made by naming them.
const temporaryPrefix = "$temporary/"

// littleNodes is how many queues an account may make in any case, as long as there may be more.
const littleNodes = 8

// nodes is the broker's nodes by address, and what they have in common.
type nodes struct {
	*options
	memory *memory

	mu     sync.RWMutex // taken before that of a queue
	queues map[string]*queue
}

func newNodes(o *options) *nodes {
	return &nodes{options: o, memory: &memory{limit: int64(o.memoryLimit)}, queues: make(map[string]*queue)}
}

// find returns the queue of an address, nil where there is none.
func (n *nodes) find(address string) *queue {
	n.mu.RLock()
	defer n.mu.RUnlock()
	return n.queues[address]
}

// open finds the queue of an address for a link of an account, or makes it where there is none yet. join is called with the queue's mutex
// held, before it can go again, and may refuse.
func (n *nodes) open(address string, a *account, join func(*queue) (link, *amqp.Error)) *amqp.Error {
	if address == "" {
		return &amqp.Error{Condition: amqp.ErrCondInvalidField, Description: "a node's address must not be empty"}
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if q := n.queues[address]; q != nil {
		q.mu.Lock()
		defer q.mu.Unlock()
		if !q.deleted {
			_, refusal := join(q)
			return refusal
		}
	}
	if strings.HasPrefix(address, temporaryPrefix) {
		return &amqp.Error{Condition: amqp.ErrCondNotFound, Description: fmt.Sprintf("there is no temporary node %q, or not any more", quoted(address))}
	}
	return n.make(newQueue(n, address, a), join)
}

// openTemporary makes a node with an address of its own (§3.5.3, §3.5.4).
func (n *nodes) openTemporary(t *temporary, join func(*queue) (link, *amqp.Error)) *amqp.Error {
	n.mu.Lock()
	defer n.mu.Unlock()
	q := newQueue(n, temporaryPrefix+uuid.NewString(), t.peer.account)
	q.temporary = t
	return n.make(q, join)
}

func (n *nodes) make(q *queue, join func(*queue) (link, *amqp.Error)) *amqp.Error {
	a := q.maker
	if share(int64(n.nodeLimit), int64(len(n.queues)), a.queues.Load(), littleNodes) <= 0 {
		return full("the broker has %d queues, of at most %d, and of those you have made %d", len(n.queues), n.nodeLimit, a.queues.Load())
	}
	q.named = true
	a.queues.Add(1)
	n.queues[q.address] = q
	l, refusal := join(q)
	if q.temporary != nil {
		q.temporary.maker = l
	}
	return refusal
}

// remove gives up a queue's name, unless it has come into use again. The links that there still are to a temporary node are called to be closed,
// and its messages end.
func (n *nodes) remove(q *queue) {
	if n.unname(q) && q.temporary != nil {
		q.empty(q.temporary.peer)
	}
}

func (n *nodes) unname(q *queue) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	q.mu.Lock()
	defer q.mu.Unlock()
	if !q.over() {
		return false
	}
	q.named, q.deleted = false, true
	q.maker.queues.Add(-1)
	delete(n.queues, q.address)
	for l := range q.links {
		l.at().peer.call(l)
	}
	return true
}

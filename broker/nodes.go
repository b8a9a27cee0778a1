package broker

import (
	"fmt"
	"strings"

	"github.com/Azure/go-amqp"
	"github.com/google/uuid"
)

// temporaryPrefix begins the addresses of temporary nodes, which are never made by naming them.
const temporaryPrefix = "$temporary/"

// keptScratch is the largest scratch buffer that is kept, in bytes.
const keptScratch = 64 << 10

// nodes is the broker's nodes by address, and what they have in common.
type nodes struct {
	*options
	queues  map[string]*queue
	scratch []byte // for messages whose header changes on the way

	spare  *message // a list of messages to be used again
	spares int      // its length
}

func newNodes(o *options) *nodes { return &nodes{options: o, queues: make(map[string]*queue)} }

// find returns the queue of an address, nil where there is none.
func (n *nodes) find(address string) *queue { return n.queues[address] }

// open returns the queue of an address, made where there is none yet.
func (n *nodes) open(address string) (*queue, *amqp.Error) {
	if address == "" {
		return nil, &amqp.Error{Condition: amqp.ErrCondInvalidField, Description: "a node's address must not be empty"}
	}
	if q := n.queues[address]; q != nil {
		return q, nil
	}
	if strings.HasPrefix(address, temporaryPrefix) {
		return nil, &amqp.Error{Condition: amqp.ErrCondNotFound, Description: fmt.Sprintf("there is no temporary node %q, or not any more", address)}
	}
	return n.make(address)
}

// openTemporary makes a node with an address of its own (§3.5.3, §3.5.4).
func (n *nodes) openTemporary() (*queue, *amqp.Error) {
	return n.make(temporaryPrefix + uuid.NewString())
}

func (n *nodes) make(address string) (*queue, *amqp.Error) {
	if len(n.queues) >= n.nodeLimit {
		return nil, &amqp.Error{Condition: amqp.ErrCondResourceLimitExceeded, Description: fmt.Sprintf("the broker has %d queues already", n.nodeLimit)}
	}
	q := &queue{nodes: n, address: address, links: make(map[link]struct{})}
	q.space.queue = q
	n.queues[address] = q
	n.log.Debug("broker: queue is made", "queue", address)
	return q, nil
}

// outgoing gives a message as it is to be sent now. The bytes are valid until the next call.
func (n *nodes) outgoing(m *message) []byte {
	if m.unchanged() {
		return m.encoded
	}
	if cap(n.scratch) > keptScratch {
		n.scratch = nil
	}
	n.scratch = m.appendTo(n.scratch[:0])
	return n.scratch
}

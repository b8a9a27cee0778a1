package broker

import (
	"maps"

	"github.com/Azure/go-amqp"

	"github.com/hadron-mq/hadron/delivery"
)

// maxAdded is how many bytes of annotations consumers may add to a message.
const maxAdded = 16 << 10

// changes are the annotations that consumers have added to a message. They are merged into those that it came with when it is sent again.
type changes struct {
	added   amqp.Annotations
	size    int    // of those, encoded
	section []byte // annotations as they are now; nil where they are to be merged anew
}

// annotate adds what a consumer has to say to a message's annotations (§3.4.5), or says why not. A message that has none, being no AMQP message,
// stays as it is.
func (q *queue) annotate(m *message, annotations amqp.Annotations) *amqp.Error {
	if m.format != amqpFormat {
		return nil
	}
	before, weight := 0, m.weight()
	added := maps.Clone(annotations)
	if m.changed != nil {
		before = m.changed.size
		added = maps.Clone(m.changed.added)
		maps.Copy(added, annotations)
	}
	encoded, err := delivery.AppendAnnotated(nil, nil, added)
	more := len(encoded) - before
	switch memory := q.nodes.memory; {
	case err != nil:
		return &amqp.Error{Condition: amqp.ErrCondDecodeError, Description: err.Error()}
	case len(encoded) > maxAdded:
		return full("a message may be given %d bytes of annotations", maxAdded)
	case more > 0 && !memory.takes(m.account, 2*more):
		return full("the broker's memory of %d bytes is used", memory.limit)
	}
	m.changed = &changes{added: added, size: len(encoded)}
	q.mu.Lock()
	q.bytes += more
	q.mu.Unlock()
	q.nodes.memory.charge(m.account, m.weight()-weight)
	return nil
}

// merged returns a message's annotations as they are now. What came and is no annotations stays, and nothing is added.
func (c *changes) merged(m *message) []byte {
	if c.section == nil {
		came := m.encoded[m.at.Annotations:m.at.Bare]
		section, err := delivery.AppendAnnotated(nil, came, c.added)
		if err != nil {
			section = came
		}
		c.section = section
	}
	return c.section
}

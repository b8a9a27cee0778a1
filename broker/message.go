package broker

import (
	"slices"
	"time"

	"github.com/Azure/go-amqp"

	"github.com/hadron-mq/hadron/delivery"
)

// message is one message of a queue, from its arrival until it is gone.
type message struct {
	seq      uint64 // its place in the queue, for good
	encoded  []byte // as it is sent for the first time
	format   uint32
	failed   uint32      // deliveries of this broker that failed, to be added to the count that the message came with
	acquired bool        // some consumer had it before
	expires  int64       // when its time to live ends, in nanoseconds since 1970; 0 for never
	excluded []*consumer // to whom it must not go again (§3.4.5)

	// While a consumer has it.
	delivery   *delivery.Delivery
	prev, next *message
}

const (
	amqpFormat      = 0 // §2.8.11
	defaultPriority = 4 // §3.2.1
)

// plainHeader is the header of messages that came without one, for their first consumer.
var plainHeader = delivery.AppendHeader(nil, &amqp.MessageHeader{Priority: defaultPriority, FirstAcquirer: true})

// newMessage makes a copy of what came. It is written so that it can be sent to its first consumer as it is: with a header
// that says so (§3.2.1). The error says why the header cannot be read.
func (n *nodes) newMessage(encoded []byte, format uint32) (*message, error) {
	if format != amqpFormat { // sections are AMQP's own; this may be anything
		m := n.blank(len(encoded))
		m.encoded = append(m.encoded, encoded...)
		m.format = format
		return m, nil
	}
	header, rest, err := delivery.SplitHeader(encoded)
	if err != nil {
		return nil, err
	}
	m := n.blank(len(plainHeader) + len(encoded))
	if header == nil {
		m.encoded = append(m.encoded, plainHeader...)
	} else {
		if header.TTL > 0 {
			m.expires = time.Now().Add(header.TTL).UnixNano()
		}
		header.FirstAcquirer = true
		m.encoded = delivery.AppendHeader(m.encoded, header)
	}
	m.encoded = append(m.encoded, rest...)
	return m, nil
}

const (
	maxSpare  = 4096 // messages that are kept for others to come
	keptBytes = 1024 // the largest buffer that one of them keeps
)

// blank returns a message with room for size bytes, where there is one, of those that are gone.
func (n *nodes) blank(size int) *message {
	m := n.spare
	if m == nil {
		return &message{encoded: make([]byte, 0, size)}
	}
	n.spare, m.next = m.next, nil
	n.spares--
	if cap(m.encoded) < size {
		m.encoded = make([]byte, 0, size)
	}
	return m
}

// recycle keeps a message that is gone for another.
func (n *nodes) recycle(m *message) {
	if n.spares == maxSpare {
		return
	}
	n.spares++
	buf := m.encoded[:0]
	if cap(buf) > keptBytes {
		buf = nil
	}
	*m = message{encoded: buf, next: n.spare}
	n.spare = m
}

// size returns what the message counts for in QueueBytes.
func (m *message) size() int { return len(m.encoded) }

// expired tells whether the message has outlived its time to live.
func (m *message) expired() bool { return m.expires != 0 && time.Now().UnixNano() >= m.expires }

// unchanged tells whether the message is sent as it is kept.
func (m *message) unchanged() bool {
	return m.format != amqpFormat || !m.acquired && m.expires == 0
}

// appendTo appends the message as it is to be sent now: with its count of failed deliveries, and what is left of its time
// to live (§3.2.1).
func (m *message) appendTo(dst []byte) []byte {
	header, rest, err := delivery.SplitHeader(m.encoded)
	if err != nil || header == nil { // newMessage wrote one
		return append(dst, m.encoded...)
	}
	header.FirstAcquirer = !m.acquired
	header.DeliveryCount += m.failed
	if m.expires != 0 {
		header.TTL = max(time.Until(time.Unix(0, m.expires)), time.Millisecond)
	}
	return append(delivery.AppendHeader(dst, header), rest...)
}

// excludes tells whether the message must not go to a consumer.
func (m *message) excludes(c *consumer) bool {
	return len(m.excluded) > 0 && slices.Contains(m.excluded, c)
}

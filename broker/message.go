package broker

import (
	"sync"
	"time"

	"github.com/Azure/go-amqp"

	"github.com/hadron-mq/hadron/delivery"
)

// message is one message of a queue, from its arrival until it is gone. While it waits it belongs to its queue, whose mutex guards it; while a
// consumer has it, to that consumer's loop.
type message struct {
	seq      uint64 // its place in the queue, for good
	encoded  []byte // as it is sent for the first time; these bytes never change
	at       delivery.Layout
	expires  int64 // when its time to live ends, in nanoseconds since 1970; 0 for never
	format   uint32
	failed   uint32 // deliveries of this broker that failed, to be added to the count that the message came with
	acquired bool   // some consumer had it before
	browsed  bool   // its bytes may be in use by a browser

	account *account // who answers for it
	changed *changes // what consumers have made of it, nil for nearly every message

	exclusions *exclusions // nil for nearly every message; the queue's

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
// that says so (§3.2.1). The error says why it is no message.
func newMessage(encoded []byte, format uint32) (*message, error) {
	if format != amqpFormat { // sections are AMQP's own; this may be anything
		m := blank(len(encoded))
		m.encoded = append(m.encoded, encoded...)
		m.format = format
		return m, nil
	}
	at, err := delivery.Check(encoded)
	if err != nil {
		return nil, err
	}
	header, rest, err := delivery.SplitHeader(encoded)
	if err != nil {
		return nil, err
	}
	m := blank(len(plainHeader) + len(encoded))
	if header == nil {
		m.encoded = append(m.encoded, plainHeader...)
	} else {
		if header.TTL > 0 {
			m.expires = time.Now().Add(header.TTL).UnixNano()
		}
		header.FirstAcquirer = true
		m.encoded = delivery.AppendHeader(m.encoded, header)
	}
	longer := len(m.encoded) - at.Annotations
	m.at = delivery.Layout{Annotations: at.Annotations + longer, Bare: at.Bare + longer, Footer: at.Footer + longer}
	m.encoded = append(m.encoded, rest...)
	return m, nil
}

// spares are messages that are gone, with buffers for others to come.
var spares sync.Pool

// keptBytes is the largest buffer that a spare message keeps.
const keptBytes = 1024

// blank returns a message with room for size bytes: a spare one, unless its buffer is much too large, and would be held by little.
func blank(size int) *message {
	m, _ := spares.Get().(*message)
	if m == nil {
		m = new(message)
	}
	if have := cap(m.encoded); have < size || have > 2*size+64 {
		m.encoded = make([]byte, 0, size)
	}
	return m
}

// recycle keeps a message that is gone for another.
func (m *message) recycle() {
	if m.browsed {
		return
	}
	buf := m.encoded[:0]
	if cap(buf) > keptBytes {
		buf = nil
	}
	*m = message{encoded: buf}
	spares.Put(m)
}

// size returns what the message counts for in QueueBytes, weight what it takes of the broker's memory.
func (m *message) size() int {
	if m.changed != nil {
		return len(m.encoded) + m.changed.size
	}
	return len(m.encoded)
}

func (m *message) weight() int {
	if m.changed != nil {
		return cap(m.encoded) + 2*m.changed.size + messageOverhead
	}
	return cap(m.encoded) + messageOverhead
}

// expired tells whether the message has outlived its time to live.
func (m *message) expired() bool { return m.expires != 0 && time.Now().UnixNano() >= m.expires }

package wire

import (
	"time"

	"github.com/Azure/go-amqp"
)

// slot is what nearly every decoded message needs but for its bytes: the message, its properties, and one data section.
type slot struct {
	message    amqp.Message
	properties amqp.MessageProperties
	data       [1][]byte
}

// Messages that are decoded one after another share memory, because an allocation for each costs half as much again as decoding it does
// (BenchmarkMessageDecode). The sizes are those of Go's allocator that waste least.
type (
	slots   [9]slot // 2,880 bytes, in one of 3,072
	text    [2048]byte
	headers [20]amqp.MessageHeader // few messages have one
)

// shared is the longest message whose bytes share memory with those of others, in bytes.
const shared = 512

// Slabs hands out memory to messages that are decoded one after another. A message that is kept keeps that of its few neighbours, and
// never one that was decoded long before or after. The zero value is ready for use.
type Slabs struct {
	slots   *slots
	text    *text
	headers *headers

	slotted, written, headed int // how much of each is used
}

// slot returns memory for a message without its bytes.
func (s *Slabs) slot() *slot {
	if s.slots == nil || s.slotted == len(s.slots) {
		s.slots, s.slotted = new(slots), 0
	}
	s.slotted++
	return &s.slots[s.slotted-1]
}

// header returns memory for a message's header.
func (s *Slabs) header() *amqp.MessageHeader {
	if s.headers == nil || s.headed == len(s.headers) {
		s.headers, s.headed = new(headers), 0
	}
	s.headed++
	return &s.headers[s.headed-1]
}

// Clone copies bytes that a message keeps. What is long has its copy to itself.
func (s *Slabs) Clone(b []byte) []byte {
	n := len(b)
	if n > shared {
		return append([]byte(nil), b...)
	}
	if s.text == nil || n > len(s.text)-s.written {
		s.text, s.written = new(text), 0
	}
	own := s.text[s.written : s.written+n : s.written+n]
	s.written += n
	copy(own, b)
	return own
}

// pointees is what the pointers in amqp.MessageProperties point to, one allocation for all of them.
type pointees struct {
	to, subject, replyTo, contentType, contentEncoding, groupID, replyToGroupID string

	absoluteExpiryTime, creationTime time.Time
	groupSequence                    uint32
}

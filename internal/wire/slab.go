package wire

import (
	"time"

	"github.com/Azure/go-amqp"
)

// slot is what one decoded message needs but for its bytes: the message and the sections that most messages have.
type slot struct {
	message    amqp.Message
	header     amqp.MessageHeader
	properties amqp.MessageProperties
	data       [1][]byte
}

// slab is memory for a few messages that are decoded one after another. Its size, 3,064 bytes, and the eight that the allocator adds are
// one of the allocator's sizes, and one that it takes from the system eight at a time: with a slab for each message, of 512 bytes,
// decoding takes half as long again (BenchmarkMessageDecode).
type slab struct {
	slots [6]slot
	bytes [1000]byte
}

// Slabs hands out memory to messages that are decoded one after another. A message that is kept keeps that of its few neighbours, and
// never one that was decoded long before or after. The zero value is ready for use.
type Slabs struct {
	slab  *slab
	slots int // used of the slab
	bytes int // likewise
}

// slot returns memory for a message without its bytes.
func (s *Slabs) slot() *slot {
	if s.slab == nil || s.slots == len(s.slab.slots) {
		*s = Slabs{slab: new(slab)}
	}
	s.slots++
	return &s.slab.slots[s.slots-1]
}

// clone copies the bytes of the message that has the last slot. What is long has its copy to itself.
func (s *Slabs) clone(b []byte) []byte {
	n := len(b)
	if n > len(s.slab.bytes)-s.bytes {
		return append([]byte(nil), b...)
	}
	own := s.slab.bytes[s.bytes : s.bytes+n : s.bytes+n]
	s.bytes += n
	copy(own, b)
	return own
}

// pointees is what the pointers in amqp.MessageProperties point to, one allocation for all of them.
type pointees struct {
	to, subject, replyTo, contentType, contentEncoding, groupID, replyToGroupID string

	absoluteExpiryTime, creationTime time.Time
	groupSequence                    uint32
}

package wire

import (
	"time"

	"github.com/Azure/go-amqp"
)

// slab is what one decoded message needs in one allocation: the message, the sections that most messages have, and in
// its variants below a copy of the encoded bytes, which strings and binaries are views of.
type slab struct {
	message    amqp.Message
	header     amqp.MessageHeader
	properties amqp.MessageProperties
	data       [1][]byte
}

// The variants' sizes, 384 and 512 bytes, are the allocator's; past 512 an allocation with pointers costs half as much again.
type (
	slab40 struct {
		slab
		bytes [40]byte
	}
	slab168 struct {
		slab
		bytes [168]byte
	}
)

// newSlab makes a slab with a copy of b.
func newSlab(b []byte) (s *slab, own []byte) {
	switch n := len(b); {
	case n <= 40:
		v := new(slab40)
		s, own = &v.slab, v.bytes[:n:n]
	case n <= 168:
		v := new(slab168)
		s, own = &v.slab, v.bytes[:n:n]
	default:
		s, own = new(slab), make([]byte, n)
	}
	copy(own, b)
	return s, own
}

// pointees is what the pointers in amqp.MessageProperties point to, one allocation for all of them.
type pointees struct {
	to, subject, replyTo, contentType, contentEncoding, groupID, replyToGroupID string

	absoluteExpiryTime, creationTime time.Time
	groupSequence                    uint32
}

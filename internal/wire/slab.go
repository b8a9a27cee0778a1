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

type (
	slab96 struct {
		slab
		bytes [96]byte
	}
	slab192 struct {
		slab
		bytes [192]byte
	}
)

// newSlab makes a slab with a copy of b.
func newSlab(b []byte) (*slab, []byte) {
	var s *slab
	var own []byte
	switch n := len(b); {
	case n <= 96:
		v := new(slab96)
		s, own = &v.slab, v.bytes[:n:n]
	case n <= 192:
		v := new(slab192)
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

package delivery

import (
	"fmt"

	"github.com/Azure/go-amqp"

	"github.com/hadron-mq/hadron/internal/wire"
)

// Decode decodes a message such as Encoded returns. It keeps nothing of b.
func Decode(b []byte) (*amqp.Message, error) {
	m, err := wire.DecodeMessage(b)
	if err != nil {
		return nil, fmt.Errorf("delivery: decode message: %w", err)
	}
	return m, nil
}

// Layout tells where the parts of an encoded message lie, as offsets (§3.2): its header begins it, and its footer is the rest of it.
type Layout struct {
	Annotations int // where delivery annotations and message annotations begin, which may change on the way
	Bare        int // where the bare message begins, which may not
	Footer      int // where it ends
}

// Check tells whether b is a message: sections, each of its type and in its place, and one kind of body. It is for programs that pass messages
// on, and costs little, as it does not look at what is in the sections: Decode may still find a value there that is none.
func Check(b []byte) (Layout, error) {
	at, err := wire.CheckMessage(b)
	if err != nil {
		return Layout{}, fmt.Errorf("delivery: message: %w", err)
	}
	return Layout(at), nil
}

// SplitHeader takes the header section (§3.2.1) off an encoded message: header is nil where there is none, and rest is the
// remaining sections, a view of b. It is for programs that pass messages on: the header is theirs to change, the rest is not.
func SplitHeader(b []byte) (header *amqp.MessageHeader, rest []byte, err error) {
	header, rest, err = wire.SplitHeader(b)
	if err != nil {
		return nil, nil, fmt.Errorf("delivery: decode header: %w", err)
	}
	return header, rest, nil
}

// AppendHeader appends an encoded header section.
func AppendHeader(dst []byte, header *amqp.MessageHeader) []byte {
	return wire.AppendHeader(dst, header)
}

// Properties decodes the properties section (§3.2.4) of an encoded message, nil where there is none. What follows it is not looked at.
func Properties(b []byte) (*amqp.MessageProperties, error) {
	p, err := wire.DecodeProperties(b)
	if err != nil {
		return nil, fmt.Errorf("delivery: decode properties: %w", err)
	}
	return p, nil
}

// AppendAnnotated appends an encoded message with annotations merged into its message annotations (§3.2.3), as a receiver asks for that
// modifies a message (§3.4.5). The rest of the message is appended as it is.
func AppendAnnotated(dst, message []byte, annotations amqp.Annotations) ([]byte, error) {
	out, err := wire.AppendAnnotated(dst, message, annotations)
	if err != nil {
		return dst, fmt.Errorf("delivery: annotate message: %w", err)
	}
	return out, nil
}

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

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
func AppendHeader(dst []byte, header *amqp.MessageHeader) []byte { return wire.AppendHeader(dst, header) }

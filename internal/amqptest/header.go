package amqptest

import "fmt"

// Header is a protocol header: "AMQP", the protocol's id and the version (§2.2).
type Header string

// The headers of version 1.0.0.
const (
	HeaderAMQP Header = "AMQP\x00\x01\x00\x00"
	HeaderTLS  Header = "AMQP\x02\x01\x00\x00" // §5.2.1
	HeaderSASL Header = "AMQP\x03\x01\x00\x00" // §5.3.1
)

// headerSize is the size of a protocol header, and of the fixed part of a frame.
const headerSize = 8

// protocolHeader is the name of the frame that stands for a protocol header.
const protocolHeader = "protocol-header"

// Frame gives the header as a frame named "protocol-header" that has the
// header's bytes for payload, so that a conversation is a list of frames.
func (h Header) Frame() Frame {
	return Frame{Name: protocolHeader, Payload: []byte(h)}
}

// String gives the header in a form such as "AMQP 0 1.0.0".
func (h Header) String() string {
	if len(h) != headerSize {
		return fmt.Sprintf("%q", string(h))
	}
	return fmt.Sprintf("%s %d %d.%d.%d", string(h[:4]), h[4], h[5], h[6], h[7])
}

// startsHeader says whether bytes that should be a frame are a protocol header.
// No frame begins so: its size would be more than a gigabyte.
func startsHeader(b []byte) bool {
	return len(b) >= 4 && string(b[:4]) == "AMQP"
}

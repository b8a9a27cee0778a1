package trace

import (
	"bytes"
	"fmt"

	"github.com/hadron-mq/hadron/internal/wire"
)

const (
	// maxShown is how much of a frame is kept for showing it, in bytes. What is beyond it is a message's, nearly always.
	maxShown = 16 << 10
	// maxFrame is the largest size that is believed to be one: what is larger is no frame.
	maxFrame = 1 << 30
)

// Stream is the bytes of one connection in one direction. It belongs to one goroutine at a time.
type Stream struct {
	prefix string
	arrow  string
	print  func(line string)

	part   []byte // of the header or frame that is incomplete, up to maxShown
	passed int    // how many bytes of it have come
	broken bool   // what comes are no frames
}

// New returns the stream of a connection. Each line is given to show, with a line feed at its end.
func New(connection string, out bool, show func(line string)) *Stream {
	s := &Stream{prefix: "[" + clip(connection, maxText) + "]:", arrow: "<-", print: show}
	if out {
		s.arrow = "->"
	}
	return s
}

// Feed shows the headers and frames that b completes. It keeps nothing of b.
func (s *Stream) Feed(b []byte) {
	for len(b) > 0 && !s.broken {
		take := min(s.missing(), len(b))
		if room := min(take, maxShown-len(s.part)); room > 0 {
			s.part = append(s.part, b[:room]...)
		}
		s.passed += take
		b = b[take:]
		if s.missing() == 0 {
			s.show()
			s.part, s.passed = s.part[:0], 0
		}
	}
}

// missing returns how many bytes the header or frame still wants, as far as is known.
func (s *Stream) missing() int {
	if s.passed < wire.FrameHeaderSize {
		return wire.FrameHeaderSize - s.passed
	}
	if s.isHeader() {
		return 0
	}
	size := wire.ParseFrameHeader(s.part).Size
	if size < wire.FrameHeaderSize || size > maxFrame {
		return 0
	}
	return int(size) - s.passed
}

func (s *Stream) isHeader() bool { return bytes.HasPrefix(s.part, []byte("AMQP")) }

// show shows the header or frame in part.
func (s *Stream) show() {
	if s.isHeader() {
		s.print(fmt.Sprintf("%s %s %s\n", s.prefix, s.arrow, header(wire.ProtocolHeader(s.part))))
		return
	}
	h := wire.ParseFrameHeader(s.part)
	if h.Size < wire.FrameHeaderSize || h.Size > maxFrame || h.DataOffset < 2 || uint32(h.DataOffset)*4 > h.Size || h.Type > wire.FrameTypeSASL {
		s.broken = true
		s.print(fmt.Sprintf("%s %s no frame: %q; nothing more is shown\n", s.prefix, s.arrow, s.part[:wire.FrameHeaderSize]))
		return
	}
	body := s.part[min(int(h.DataOffset)*4, len(s.part)):]
	s.print(fmt.Sprintf("%s %d %s %s\n", s.prefix, h.Channel, s.arrow, frame(h.Type, body, int(h.Size)-int(h.DataOffset)*4)))
}

func header(h wire.ProtocolHeader) string {
	name := fmt.Sprintf("AMQP protocol %d", h[4])
	switch h[4] {
	case wire.HeaderAMQP[4]:
		name = "AMQP"
	case wire.HeaderTLS[4]:
		name = "TLS"
	case wire.HeaderSASL[4]:
		name = "SASL"
	}
	return fmt.Sprintf("%s %d.%d.%d", name, h[5], h[6], h[7])
}

// frame shows a body of size bytes, of which b is all or the beginning.
func frame(kind uint8, b []byte, size int) string {
	if size == 0 {
		return "(empty frame)"
	}
	d := wire.NewDecoder(b)
	code := d.Descriptor() // which knows the symbols too
	fields := d.Value()
	if err := d.Err(); err != nil {
		return fmt.Sprintf("(%d bytes that cannot be shown: %v)", size, err)
	}
	if _, known := masked[code]; kind == wire.FrameTypeSASL && !known && code != wire.CodeSASLMechanisms {
		return fmt.Sprintf("@%#x (%d bytes of a login)", code, size)
	}
	text := performative(wire.Described{Descriptor: code, Value: fields})
	if payload := size - (len(b) - d.Len()); payload > 0 {
		text += fmt.Sprintf(" (%d)", payload)
	}
	return text
}

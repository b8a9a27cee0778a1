package sasl

import (
	"bytes"
	"fmt"
	"slices"

	"github.com/hadron-mq/hadron/internal/wire"
)

// Bounds on what a peer may make of an exchange.
const (
	// MaxFrameSize is the largest SASL frame in which a token or a ticket comes, in
	// bytes. The standard has 512 for all frames, and no way to agree on more
	// (§5.3.1), and that is what other frames may have. But no bearer token and no
	// Kerberos ticket is as small, so peers do send larger ones: RabbitMQ takes
	// 8,192 bytes, Qpid Proton and ActiveMQ Artemis have no such limit.
	MaxFrameSize = 64 << 10
	// MaxRounds is how many challenges an exchange may have.
	MaxRounds = 32
)

// state is where a Layer stands: what it waits for next.
type state uint8

const (
	awaitHeader state = iota
	awaitMechanisms
	awaitInit
	awaitOutcome  // client: or a challenge
	awaitResponse // server
	finished
)

// Layer is the SASL security layer of one connection (§5.3), in the role of
// client or server. It does no IO: what was read is given to Feed, and what is
// to be written is taken from AppendOutput after every Feed, and once before
// the first, also when Feed returns an error.
//
// What may take long is left to others: where Work returns something after a
// Feed, the layer waits for it.
//
// A Layer is for one goroutine at a time.
type Layer struct {
	state     state
	out       []byte
	err       error // the first error of Feed, which stays
	mechanism string
	offered   []string
	rounds    int
	size      uint32 // of the frame that is being read
	work      *Work  // a step that nobody has fetched yet
	busy      bool   // a step is being taken, and nothing is consumed before its end

	hostname string // client: for the server to tell its virtual hosts apart
	offers   []Offer
	client   Client

	listening bool     // server
	servers   []Server // for the mechanisms in offered
	server    Server
	identity  string
}

// Done reports whether the login succeeded: the client has seen the outcome
// and approved, the server has put it in its output.
func (l *Layer) Done() bool { return l.state == finished }

// Mechanism is the name of the mechanism in use, empty before it is chosen.
func (l *Layer) Mechanism() string { return l.mechanism }

// Identity is who logged in, on the server's side, once Done.
func (l *Layer) Identity() string { return l.identity }

// Offered are the mechanisms that the server offers, as it names them. A client
// knows them once they came.
func (l *Layer) Offered() []string { return l.offered }

// AppendOutput appends to dst what is to be sent, and forgets it.
func (l *Layer) AppendOutput(dst []byte) []byte {
	dst = append(dst, l.out...)
	l.out = l.out[:0]
	return dst
}

// Feed consumes the protocol header and whole frames from the front of in, and
// reports how many bytes these are. What is left over, being incomplete, is
// given again with more behind it. After the outcome nothing is consumed: what
// follows is the AMQP header, for others to read.
//
// An error is an *AuthError, a *HeaderError or wraps ErrProtocol. It is final.
func (l *Layer) Feed(in []byte) (consumed int, err error) {
	for l.err == nil && l.state != finished && !l.busy {
		n, err := l.step(in[consumed:])
		consumed += n
		l.err = err
		if n == 0 {
			break
		}
	}
	return consumed, l.err
}

// step consumes the header or one frame, or nothing if it is incomplete.
func (l *Layer) step(in []byte) (int, error) {
	if len(in) < wire.FrameHeaderSize { // the protocol header has as many
		if head := in[:min(len(in), 4)]; l.state == awaitHeader && !bytes.HasPrefix(wire.HeaderSASL[:], head) {
			return 0, headerError(in) // nobody waits for bytes that may not come: an alert of TLS has seven
		}
		return 0, nil
	}
	if l.state == awaitHeader {
		return wire.FrameHeaderSize, l.onHeader(wire.ProtocolHeader(in))
	}
	h := wire.ParseFrameHeader(in)
	body := uint32(h.DataOffset) * 4
	switch {
	case h.Type != wire.FrameTypeSASL:
		return 0, protocolError("frame of type %d in place of a SASL frame", h.Type)
	case h.Size > l.limit():
		return 0, oversized(h.Size, l.limit())
	case body < wire.FrameHeaderSize || body > h.Size:
		return 0, protocolError("frame of %d bytes whose body begins at %d", h.Size, body)
	case uint32(len(in)) < h.Size:
		return 0, nil
	}
	l.size = h.Size
	// §5.3.1: the extended header is ignored, and so are bytes 6 and 7.
	return int(h.Size), l.onBody(in[body:h.Size])
}

// limit is how large the next frame may be, in bytes.
func (l *Layer) limit() uint32 {
	switch {
	case l.mechanism != "":
		return limitOf(l.mechanism)
	case slices.ContainsFunc(l.offered, func(m string) bool { return limitOf(m) > wire.MinMaxFrameSize }):
		return MaxFrameSize // server: the client may choose that one
	}
	return wire.MinMaxFrameSize
}

// limitOf is how large the frames of a mechanism may be. Of those that are not
// of this package it is not known how much they have to say.
func limitOf(mechanism string) uint32 {
	if slices.Contains(tokens, mechanism) || !slices.Contains(strength, mechanism) {
		return MaxFrameSize
	}
	return wire.MinMaxFrameSize
}

func oversized(size, limit uint32) error {
	return protocolError("frame of %d bytes, more than %d", size, limit)
}

func (l *Layer) onHeader(h wire.ProtocolHeader) error {
	if l.listening {
		return l.serverHeader(h)
	}
	return l.clientHeader(h)
}

// onBody takes the body of one frame, which is one performative.
func (l *Layer) onBody(body []byte) error {
	d := wire.NewDecoder(body)
	descriptor := d.Descriptor()
	if err := d.Err(); err != nil {
		return protocolError("%v", err)
	}
	if l.listening {
		return l.serverBody(&d, descriptor)
	}
	return l.clientBody(&d, descriptor)
}

// performative is the body of a SASL frame.
type performative interface {
	Append(dst []byte) ([]byte, error)
	Decode(d *wire.Decoder)
}

// decode reads a performative that is the rest of a frame.
func decode(d *wire.Decoder, p performative) error {
	p.Decode(d)
	if err := d.Err(); err != nil {
		return protocolError("%v", err)
	}
	if n := d.Len(); n > 0 {
		return protocolError("%d bytes behind the body of a frame", n)
	}
	return nil
}

// send puts a frame into the output.
func (l *Layer) send(p performative) error {
	start := len(l.out)
	out, err := p.Append(wire.AppendFrameHeader(l.out, wire.FrameTypeSASL, 0))
	if err != nil {
		return err
	}
	if n := len(out) - start; n > MaxFrameSize {
		return fmt.Errorf("sasl: frame to send has %d bytes, more than %d", n, MaxFrameSize)
	}
	wire.FinishFrame(out, start)
	l.out = out
	return nil
}

// fail is a failed login, as far as it is known now.
func (l *Layer) fail(code uint8, err error) error {
	return &AuthError{Mechanism: l.mechanism, Code: code, Offered: l.offered, Err: err}
}

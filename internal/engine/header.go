package engine

import (
	"bytes"
	"fmt"

	"github.com/hadron-mq/hadron/internal/wire"
)

// stepHeader takes the eight bytes that say what follows (§2.2).
func (c *Connection) stepHeader() bool {
	b := c.input.fill(8)
	if b == nil {
		// Garbage is told from a slow header by its first byte that differs: nobody waits for bytes that cannot come.
		if have := c.input.carry[c.input.at:]; !bytes.HasPrefix([]byte("AMQP"), have[:min(len(have), 4)]) {
			c.badHeader(have)
			return true
		}
		return false
	}
	header := wire.ProtocolHeader(b)
	switch {
	case header == wire.HeaderAMQP && c.require && !c.layer.Done():
		c.out = append(c.out, wire.HeaderSASL[:]...) // the answer to a header that is not wanted is one that is (§2.2)
		c.failWith(&HeaderError{Seen: header[:], Reason: "the peer did not log in"}, nil)
	case header == wire.HeaderAMQP:
		c.input.consume(8)
		c.phase = phaseFrames
		if !c.wroteHeader {
			c.writeHeader()
		}
	case header == wire.HeaderSASL && c.server && c.layer != nil && !c.layer.Done():
		c.phase = phaseSASL // the layer wants to see the header itself
	default:
		c.badHeader(header[:])
	}
	return true
}

// headerReason says what the peer speaks, and what can be done about it.
func (c *Connection) headerReason(seen []byte) string {
	const not = "not an AMQP 1.0 peer"
	switch protocol := wire.Protocol(seen); {
	case bytes.Equal(seen, wire.HeaderSASL[:]) && c.server:
		return "the peer speaks SASL, which is off on this side"
	case bytes.Equal(seen, wire.HeaderSASL[:]):
		return "the peer speaks SASL, which is off on this side: connection.SASLEnabled turns it on"
	case protocol == "":
		return not
	case protocol == "TLS" && c.server:
		return not + ", but one that speaks TLS: here amqp is the scheme, not amqps"
	case protocol == "TLS":
		return not + ", but one that speaks TLS: amqps is the scheme, not amqp"
	default:
		return not + ", but one that speaks " + protocol + ": is it the right port?"
	}
}

func (c *Connection) badHeader(seen []byte) {
	if c.server && !c.wroteHeader {
		answer := wire.HeaderAMQP
		if c.require {
			answer = wire.HeaderSASL
		}
		c.out = append(c.out, answer[:]...)
	}
	c.failWith(&HeaderError{Seen: bytes.Clone(seen), Reason: c.headerReason(seen)}, nil)
}

// HeaderError is a peer that speaks another protocol, or another version of this one.
type HeaderError struct {
	Seen   []byte // the bytes where a protocol header should be
	Reason string
}

func (e *HeaderError) Error() string {
	return fmt.Sprintf("connection: protocol header %q: %s", e.Seen, e.Reason)
}

// stepSASL hands the input to the SASL layer, which takes whole frames of it, and nothing while a step of the login is under way elsewhere.
func (c *Connection) stepSASL() bool {
	n, err := c.layer.Feed(c.input.fill(c.input.len()))
	c.input.consume(n)
	c.out = c.layer.AppendOutput(c.out)
	work := c.layer.Work()
	switch {
	case err != nil:
		c.failWith(fmt.Errorf("connection: log in: %w", err), nil)
	case c.layer.Done():
		c.phase = phaseHeader
		if !c.server {
			c.writeHeader()
		}
	case work != nil && c.driver.Elsewhere != nil:
		c.driver.Elsewhere(work)
	case work != nil:
		work.Run()
		work.Resume(nil)
	case n == 0:
		c.input.fill(c.input.len() + 1) // keep the part of a frame
		return false
	}
	return true
}

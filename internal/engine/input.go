package engine

import (
	"bytes"
	"fmt"
	"slices"
	"time"

	"github.com/Azure/go-amqp"

	"github.com/hadron-mq/hadron/internal/wire"
)

// input is what was fed and not parsed. Frames are parsed where they lie in the driver's chunk; only one that
// spans chunks is put together in carry.
type input struct {
	chunk []byte
	carry []byte
	at    int  // how much of carry is consumed
	short bool // there is less than what is to be parsed next
}

// fill returns a view of the next n bytes, or nil while they are not all there: then all there is was taken out of
// the driver's chunk. What it returned before is no longer valid.
func (in *input) fill(n int) []byte {
	if in.at > 0 && in.at == len(in.carry) {
		in.carry, in.at = in.carry[:0], 0
	}
	if len(in.carry) == 0 && len(in.chunk) >= n {
		return in.chunk[:n]
	}
	if len(in.carry)-in.at < n && in.at > 0 {
		in.carry, in.at = append(in.carry[:0], in.carry[in.at:]...), 0
	}
	if take := min(n-len(in.carry)+in.at, len(in.chunk)); take > 0 {
		in.carry = append(in.carry, in.chunk[:take]...)
		in.chunk = in.chunk[take:]
	}
	if len(in.carry)-in.at < n {
		in.short = true
		return nil
	}
	return in.carry[in.at : in.at+n]
}

// consume passes over n bytes of what fill returned; they stay valid until the next call of fill.
func (in *input) consume(n int) {
	if in.at < len(in.carry) {
		in.at += n
		return
	}
	in.chunk = in.chunk[n:]
}

// amid returns the size of the frame that has come in part, 0 for none.
func (in *input) amid() int {
	if part := in.carry[in.at:]; len(part) >= wire.FrameHeaderSize {
		return int(wire.ParseFrameHeader(part).Size)
	}
	return 0
}

func (in *input) len() int { return len(in.carry) - in.at + len(in.chunk) }

func (in *input) waiting(p phase) bool {
	return p != phaseDead && p != phaseIdle && !in.short && in.len() > 0
}

// keep copies what is left of the chunk.
func (in *input) keep() {
	if len(in.chunk) > 0 {
		in.carry = append(in.carry, in.chunk...)
		in.chunk = nil
	}
}

// AmidFrame returns how many bytes the frame has that has come in part, 0 where there is none: the driver may read more at a time then.
func (c *Connection) AmidFrame() int {
	if c.phase != phaseFrames {
		return 0
	}
	return c.input.amid()
}

// Feed gives the connection bytes that were read at now. They must stay untouched until Unparsed is 0, or KeepInput has copied them.
func (c *Connection) Feed(now time.Time, b []byte) {
	c.clock.received = now
	if c.phase == phaseDead {
		return
	}
	c.input.keep() // the driver fed again before all was parsed
	c.input.chunk, c.input.short = b, false
}

// Unparsed says how many bytes were fed that Next did not come to, for want of work or because the driver stopped calling it. There is no use in
// feeding more before it is 0.
func (c *Connection) Unparsed() int {
	if !c.input.waiting(c.phase) {
		return 0
	}
	return c.input.len()
}

// KeepInput copies what Next did not come to, so that the driver can use the chunk for something else.
func (c *Connection) KeepInput() {
	if c.Unparsed() > 0 {
		c.input.keep()
	}
}

// Next returns the next event, parsing input until there is one; it is valid until the following call. Nil means that there is neither, or
// that the work which Grant gave is spent.
func (c *Connection) Next() *Event {
	for {
		if e := c.events.pop(); e != nil { // without a look at the budget: it may be a view of the input
			c.budget.charge()
			if e.Kind == LinkSendable {
				e.Link.told = false
			}
			return e
		}
		if !c.budget.spend() {
			return nil
		}
		if !c.step() && c.events.empty() {
			c.events.shed()
			return nil
		}
	}
}

// step goes on with what the last frame has caused, or else parses one protocol header or frame, and says whether there was one.
func (c *Connection) step() bool {
	if c.heeding.session != nil {
		c.heed()
		return true
	}
	switch c.phase {
	case phaseHeader:
		return c.stepHeader()
	case phaseSASL:
		return c.stepSASL()
	case phaseFrames:
		return c.stepFrame()
	default:
		c.input.chunk = nil
		return false
	}
}

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

func (c *Connection) headerReason(seen []byte) string {
	if bytes.Equal(seen, wire.HeaderSASL[:]) {
		return "the peer speaks SASL, which is off on this side"
	}
	return "not an AMQP 1.0 peer"
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

// stepFrame takes one frame (§2.3).
func (c *Connection) stepFrame() bool {
	b := c.input.fill(wire.FrameHeaderSize)
	if b == nil {
		return false
	}
	h := wire.ParseFrameHeader(b)
	switch {
	case h.Size < wire.FrameHeaderSize:
		c.fail(amqp.ErrCondFramingError, fmt.Sprintf("frame size of %d, less than its header", h.Size))
		return true
	case h.Size > c.cfg.MaxFrameSize:
		c.fail(amqp.ErrCondFramingError, fmt.Sprintf("frame size of %d, more than the limit of %d", h.Size, c.cfg.MaxFrameSize))
		return true
	case h.DataOffset < 2 || uint32(h.DataOffset)*4 > h.Size:
		c.fail(amqp.ErrCondFramingError, fmt.Sprintf("frame data offset of %d in a frame of %d bytes", h.DataOffset, h.Size))
		return true
	case h.Type != wire.FrameTypeAMQP:
		c.fail(amqp.ErrCondFramingError, fmt.Sprintf("frame type %d, not AMQP", h.Type))
		return true
	}
	if b = c.input.fill(int(h.Size)); b == nil {
		return false
	}
	c.input.consume(int(h.Size))
	if body := b[int(h.DataOffset)*4:]; len(body) > 0 { // an empty frame is a heartbeat (§2.4.5)
		c.handle(h.Channel, body)
	}
	return true
}

// handle takes one frame body to the endpoint that it is for.
func (c *Connection) handle(channel uint16, body []byte) {
	d := wire.NewDecoder(body)
	code := d.Descriptor()
	switch {
	case d.Err() != nil:
		c.fail(amqp.ErrCondDecodeError, "frame body: "+d.Err().Error())
		return
	case c.local == Closed && code != wire.CodeClose && code != wire.CodeOpen: // nothing else matters after our close (§2.4.3)
		return
	case c.remote == Uninitialized && code != wire.CodeOpen:
		c.fail(amqp.ErrCondIllegalState, fmt.Sprintf("frame with descriptor %#x before open", code))
		return
	}
	switch code {
	case wire.CodeTransfer:
		c.transfer.Decode(&d)
		if s := c.session(channel, &d, "transfer"); s != nil {
			c.worked = true
			s.onTransfer(&c.transfer, d.Rest())
		}
	case wire.CodeDisposition:
		c.disposition.Decode(&d)
		if s := c.session(channel, &d, "disposition"); s != nil {
			c.worked = true
			s.onDisposition(&c.disposition)
		}
	case wire.CodeFlow:
		c.flow.Decode(&d)
		if s := c.session(channel, &d, "flow"); s != nil {
			s.onFlow(&c.flow)
		}
	case wire.CodeAttach:
		var p wire.Attach
		p.Decode(&d)
		if s := c.session(channel, &d, "attach"); s != nil {
			s.onAttach(&p)
		}
	case wire.CodeDetach:
		var p wire.Detach
		p.Decode(&d)
		if s := c.session(channel, &d, "detach"); s != nil {
			s.onDetach(&p)
		}
	case wire.CodeBegin:
		var p wire.Begin
		p.Decode(&d)
		if c.decoded(&d, "begin") {
			c.onBegin(channel, &p)
		}
	case wire.CodeEnd:
		var p wire.End
		p.Decode(&d)
		if s := c.session(channel, &d, "end"); s != nil {
			s.onEnd(&p)
		}
	case wire.CodeOpen:
		var p wire.Open
		p.Decode(&d)
		if c.decoded(&d, "open") {
			c.onOpen(channel, &p)
		}
	case wire.CodeClose:
		var p wire.Close
		p.Decode(&d)
		if c.decoded(&d, "close") {
			c.onClose(&p)
		}
	default:
		c.fail(amqp.ErrCondNotImplemented, fmt.Sprintf("frame with unknown performative %#x", code))
	}
}

func (c *Connection) decoded(d *wire.Decoder, what string) bool {
	if err := d.Err(); err != nil {
		c.fail(amqp.ErrCondDecodeError, what+" frame: "+err.Error())
		return false
	}
	return true
}

// session finds the session of a decoded frame; nil means that the frame is not to be looked at.
func (c *Connection) session(channel uint16, d *wire.Decoder, what string) *Session {
	if !c.decoded(d, what) {
		return nil
	}
	s := c.channels.get(uint32(channel))
	if s == nil {
		c.fail(amqp.ErrCondNotFound, fmt.Sprintf("%s frame on channel %d, which has no session", what, channel))
		return nil
	}
	if s.local == Closed && what != "end" { // what was on its way when the session was ended (§2.5.4)
		return nil
	}
	return s
}

// onOpen takes the peer's open (§2.7.1).
func (c *Connection) onOpen(channel uint16, p *wire.Open) {
	switch {
	case channel != 0: // §2.4.1
		c.fail(amqp.ErrCondFramingError, fmt.Sprintf("open frame on channel %d, not 0", channel))
		return
	case c.remote != Uninitialized:
		c.fail(amqp.ErrCondIllegalState, "second open frame")
		return
	case p.MaxFrameSize < wire.MinMaxFrameSize:
		c.fail(amqp.ErrCondInvalidField, fmt.Sprintf("open frame: max-frame-size of %d, less than %d", p.MaxFrameSize, wire.MinMaxFrameSize))
		return
	}
	c.remote = Active
	c.remoteOpen = *p
	c.overruns = overruns(p)
	c.maxFrameOut = int(min(p.MaxFrameSize, maxFrameSize))
	c.clock.heed(p.IdleTimeOut)
	c.emit(Event{Kind: ConnectionRemoteOpen})
	for _, s := range c.sessions { // those that waited to see whom they talk to
		s.replay()
		for _, l := range slices.Clone(s.links) {
			l.replay()
		}
	}
	if c.epoch > 0 && c.restoring == 0 {
		c.emit(Event{Kind: ConnectionRestored})
	}
}

// onClose takes the peer's close (§2.7.9).
func (c *Connection) onClose(p *wire.Close) {
	c.remote = Closed
	c.emit(Event{Kind: ConnectionRemoteClose, Err: remoteError("connection", p.Error)})
	c.ended()
}

package wire

import "errors"

// ErrSections is the reason of a DecodeError for sections that do not make a message: one is missing, or out of its place.
var ErrSections = errors.New("no message is made so")

// Layout tells where the parts of an encoded message lie, as offsets: its header begins it, and its footer is the rest of it.
type Layout struct {
	Annotations int // where the annotations that may change on the way begin
	Bare        int // where the bare message begins, which may not (§3.2)
	Footer      int // where it ends
}

// CheckMessage tells whether b is a message as §3.2 has it: sections, each of its type and in its place, and one kind of body. It reads their
// sizes, and not what is in them.
func CheckMessage(b []byte) (at Layout, err error) {
	d := NewDecoder(b)
	last, body := uint64(0), false
	for d.Len() > 0 {
		start := d.off
		code := d.Descriptor()
		if d.err != nil {
			break
		}
		if code <= last && (code != last || code != CodeData && code != CodeAMQPSequence) || code < CodeHeader || code > CodeFooter ||
			isBody(code) && isBody(last) && code != last {
			d.off = start
			d.fail("message section", ErrSections)
			break
		}
		last, body = code, body || isBody(code)
		if code == CodeFooter {
			at.Footer = start
		}
		d.skipSection(code)
		switch code {
		case CodeHeader:
			at.Annotations, at.Bare = d.off, d.off
		case CodeDeliveryAnnotations, CodeMessageAnnotations:
			at.Bare = d.off
		}
	}
	if !body {
		d.fail("message body", ErrSections)
	}
	if at.Footer == 0 {
		at.Footer = len(b)
	}
	return at, d.Err()
}

func isBody(code uint64) bool { return code >= CodeData && code <= CodeAMQPValue }

// skipSection consumes the value of a section, which has a type of its own but for amqp-value. A null says nothing, where that is possible.
func (d *Decoder) skipSection(code uint64) {
	c := d.constructor("message section")
	var fits bool
	switch code {
	case CodeHeader, CodeProperties:
		fits = c == ctorList0 || c == ctorList8 || c == ctorList32 || c == ctorNull
	case CodeAMQPSequence:
		fits = c == ctorList0 || c == ctorList8 || c == ctorList32
	case CodeData:
		fits = c == ctorBinary8 || c == ctorBinary32
	case CodeAMQPValue:
		fits = true
	default:
		fits = c == ctorMap8 || c == ctorMap32 || c == ctorNull
	}
	if !fits {
		d.mismatch("message section")
		return
	}
	d.skip(c)
}

// skip consumes what follows a constructor, without a look at what is in it (§1.6: the first four bits give the width).
func (d *Decoder) skip(c byte) {
	const what = "value"
	switch c >> 4 {
	case 0x0:
		if c != ctorDescribed {
			d.mismatch(what)
			return
		}
		if d.depth++; d.depth > MaxDepth {
			d.fail(what, ErrLimit)
			return
		}
		d.skip(d.constructor("descriptor"))
		d.skip(d.constructor(what))
		d.depth--
	case 0x4:
	case 0x5:
		d.take(what, 1)
	case 0x6:
		d.take(what, 2)
	case 0x7:
		d.take(what, 4)
	case 0x8:
		d.take(what, 8)
	case 0x9:
		d.take(what, 16)
	case 0xa, 0xc, 0xe:
		d.take(what, int(d.take1(what)))
	case 0xb, 0xd, 0xf:
		if n := d.take4(what); uint64(n) <= uint64(d.Len()) {
			d.take(what, int(n))
		} else {
			d.short(what)
		}
	default:
		d.mismatch(what)
	}
}

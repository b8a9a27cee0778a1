package wire

import (
	"unicode/utf8"

	"github.com/Azure/go-amqp"
)

// Str consumes a string, §1.6.20. A symbol is taken for a string, and Symbol takes a string of ASCII: peers mix them up,
// and go-amqp lets them.
func (d *Decoder) Str() string { return d.strOf(d.constructor("string")) }

// Symbol consumes a symbol, §1.6.21, see Str.
func (d *Decoder) Symbol() amqp.Symbol { return d.symbolOf(d.constructor("symbol")) }

// Binary consumes a binary, §1.6.19: a view of the buffer, not nil even when it is empty.
func (d *Decoder) Binary() []byte {
	if b := d.buf[d.off:]; len(b) >= 2 && b[0] == ctorBinary8 && int(b[1]) <= len(b)-2 {
		end := 2 + int(b[1])
		d.off += end
		return b[2:end:end]
	}
	return d.binaryOf(d.constructor("binary"))
}

// variable consumes length and content of the variable-width constructor c; the view is nil only after an error.
func (d *Decoder) variable(what string, c byte) []byte {
	if c&0xf0 == 0xa0 {
		// At least the length's byte is there, or the length is 0 and an error is recorded.
		return d.take(what, int(d.take1(what)))
	}
	n := d.take4(what)
	if uint64(n) > uint64(len(d.buf)-d.off) {
		d.short(what)
		return nil
	}
	return d.take(what, int(n))
}

func (d *Decoder) binaryOf(c byte) []byte {
	if c != ctorBinary8 && c != ctorBinary32 {
		d.mismatch("binary")
		return nil
	}
	return d.variable("binary", c)
}

// ownBinaryOf is binaryOf for values that outlive the buffer.
func (d *Decoder) ownBinaryOf(c byte) []byte {
	b := d.binaryOf(c)
	if d.owned || d.err != nil {
		return b
	}
	return append(make([]byte, 0, len(b)), b...)
}

// text consumes a string or a symbol and checks that it is what it says.
func (d *Decoder) text(what string, c byte) []byte {
	switch c {
	case ctorString8, ctorString32:
		b := d.variable(what, c)
		if !utf8.Valid(b) {
			d.fail(what, ErrValue)
			return nil
		}
		return b
	case ctorSymbol8, ctorSymbol32:
		b := d.variable(what, c)
		if !isASCII(b) {
			d.fail(what, ErrValue)
			return nil
		}
		return b
	}
	d.mismatch(what)
	return nil
}

func (d *Decoder) strOf(c byte) string {
	b := d.text("string", c)
	if d.owned {
		return stringView(b)
	}
	return string(b)
}

func (d *Decoder) symbolOf(c byte) amqp.Symbol {
	b := d.text("symbol", c)
	if c != ctorSymbol8 && c != ctorSymbol32 && !isASCII(b) {
		d.fail("symbol", ErrValue)
		return ""
	}
	if d.owned {
		return amqp.Symbol(stringView(b))
	}
	return amqp.Symbol(intern(b))
}

// symbols consumes a field of symbols that is "multiple", §1.4: one symbol, or an array of them. (A null is the caller's.)
func (d *Decoder) symbols() []amqp.Symbol {
	c := d.constructor("symbols")
	if c != ctorArray8 && c != ctorArray32 {
		return []amqp.Symbol{d.symbolOf(c)}
	}
	n, outer := d.open("symbols", c)
	element := d.constructor("symbols")
	var s []amqp.Symbol
	if d.chargeArray("symbols", n, element) {
		s = elements(d, n, element, (*Decoder).symbolOf)
	}
	d.close("symbols", outer)
	return s
}

func isASCII[T string | []byte](s T) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

func validChar(v uint32) bool { return v <= utf8.MaxRune && utf8.ValidRune(rune(v)) }

// intern is string(b), without an allocation for the symbols that every connection repeats.
func intern(b []byte) string {
	switch string(b) {
	case "":
		return ""
	case "PLAIN":
		return "PLAIN"
	case "ANONYMOUS":
		return "ANONYMOUS"
	case "EXTERNAL":
		return "EXTERNAL"
	case "move":
		return "move"
	case "copy":
		return "copy"
	case "queue":
		return "queue"
	case "topic":
		return "topic"
	case "never":
		return "never"
	case "session-end":
		return "session-end"
	case "link-detach":
		return "link-detach"
	case "connection-close":
		return "connection-close"
	case "amqp:accepted:list":
		return "amqp:accepted:list"
	case "amqp:rejected:list":
		return "amqp:rejected:list"
	case "amqp:released:list":
		return "amqp:released:list"
	case "amqp:modified:list":
		return "amqp:modified:list"
	}
	return string(b)
}

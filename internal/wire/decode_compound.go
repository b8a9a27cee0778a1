package wire

import "math"

// open enters the list, map or array of constructor c, just consumed: from here on the buffer ends where the compound
// does. It returns the count of elements and what close needs to leave it again.
func (d *Decoder) open(what string, c byte) (count, outer int) {
	outer = len(d.buf)
	size, width := 0, 0
	switch c {
	case ctorList0:
	case ctorList8, ctorMap8, ctorArray8:
		width = 1
		if outer-d.off < 2 {
			d.short(what)
			return 0, 0
		}
		size, count = int(d.buf[d.off]), int(d.buf[d.off+1])
	default:
		width = 4
		if outer-d.off < 8 {
			d.short(what)
			return 0, 0
		}
		// An int may have 31 bits for it: what is more is more than any buffer has, and more than MaxCount.
		size = int(min(d.take4(what), math.MaxInt32))
		count = int(min(d.take4(what), math.MaxInt32))
		d.off -= 8
	}
	switch body := size - width; {
	case size > outer-d.off-width:
		d.short(what)
	case count > MaxCount || d.depth >= MaxDepth:
		d.fail(what, ErrLimit)
	case count > body || body < 0:
		// The size counts the count; every element has at least one byte.
		d.fail(what, ErrSize)
	default:
		d.depth++
		d.compounds++
		d.buf = d.buf[:d.off+width+size]
		d.off += 2 * width
		return count, outer
	}
	return 0, 0
}

// close leaves a compound, which must be consumed to its end.
func (d *Decoder) close(what string, outer int) {
	if d.err != nil {
		return
	}
	if d.off != len(d.buf) {
		d.fail(what, ErrSize)
		return
	}
	d.depth--
	d.compounds--
	d.buf = d.buf[:outer]
}

// enter and leave count the depth of what has no size of its own.
func (d *Decoder) enter(what string) {
	if d.depth >= MaxDepth {
		d.fail(what, ErrLimit)
	}
	d.depth++
}

func (d *Decoder) leave() { d.depth-- }

// fields enters the list of a composite type with at most limit fields, §1.4, and leaves its end to close.
func (d *Decoder) fields(what string, limit int) (count, outer int) {
	if b := d.buf[d.off:]; len(b) >= 3 && b[0] == ctorList8 && d.depth < MaxDepth {
		// Nearly always; what is wrong is left to open to tell.
		size, count := int(b[1]), int(b[2])
		if size <= len(b)-2 && count < size && count <= limit {
			outer = len(d.buf)
			d.buf = d.buf[:d.off+2+size]
			d.off += 3
			d.depth++
			d.compounds++
			return count, outer
		}
	}
	c := d.constructor(what)
	if c != ctorList8 && c != ctorList0 && c != ctorList32 {
		d.mismatch(what)
		return 0, 0
	}
	count, outer = d.open(what, c)
	if count > limit {
		d.fail(what, ErrField)
		return 0, 0
	}
	return count, outer
}

// missing fails because a mandatory field is null or absent.
func (d *Decoder) missing(what string) { d.fail(what, ErrField) }

// Descriptor consumes a described type's 0x00 and its descriptor, §1.3.2. Symbols of the specification's own types give
// the type's numeric code; any other descriptor that is not a ulong is an error.
func (d *Decoder) Descriptor() uint64 {
	if b := d.buf[d.off:]; len(b) >= 3 && b[0] == ctorDescribed && b[1] == ctorSmallUlong {
		d.off += 3
		return uint64(b[2])
	}
	if c := d.constructor("descriptor"); c != ctorDescribed {
		d.mismatch("descriptor")
		return 0
	}
	switch c := d.constructor("descriptor"); c {
	case ctorSymbol8, ctorSymbol32:
		code, ok := codeOf(d.text("descriptor", c))
		if !ok {
			d.fail("descriptor", ErrValue)
		}
		return code
	default:
		return d.ulongOf(c)
	}
}

// expect consumes the descriptor of one type.
func (d *Decoder) expect(what string, code uint64) {
	if d.Descriptor() != code {
		d.fail(what, ErrType)
	}
}

package amqptest

import (
	"fmt"
	"math"
	"unicode/utf8"
)

const (
	// maxDepth bounds how deep values nest.
	maxDepth = 100
	// maxItems bounds an array whose items have no bytes of their own, where
	// the input's length is no bound.
	maxItems = 1 << 12
)

// decoder reads values (§1.6). Its first error stays, and every read after it
// gives nothing.
type decoder struct {
	buf   []byte
	pos   int
	depth int
	err   error
}

func (d *decoder) fail(format string, args ...any) {
	if d.err == nil {
		d.err = fmt.Errorf("at byte %d: %s", d.pos, fmt.Sprintf(format, args...))
	}
}

func (d *decoder) take(n uint64) []byte {
	if d.err == nil && n > uint64(len(d.buf)-d.pos) {
		d.fail("%d bytes are needed and %d are left", n, len(d.buf)-d.pos)
	}
	if d.err != nil {
		return nil
	}
	b := d.buf[d.pos : d.pos+int(n)]
	d.pos += int(n)
	return b
}

// uint reads an unsigned number of width bytes.
func (d *decoder) uint(width uint64) uint64 {
	var n uint64
	for _, b := range d.take(width) {
		n = n<<8 | uint64(b)
	}
	return n
}

// constructor is what comes before a value's bytes (§1.2): the format code,
// after the descriptors where there are any, outermost first.
type constructor struct {
	descriptors []any
	code        byte
}

func (d *decoder) constructor() constructor {
	var c constructor
	for {
		c.code = byte(d.uint(1))
		if d.err != nil || c.code != 0x00 {
			return c
		}
		if len(c.descriptors) == maxDepth {
			d.fail("more than %d descriptors", maxDepth)
			return c
		}
		d.enter()
		c.descriptors = append(c.descriptors, d.value())
		d.depth--
	}
}

// enter counts a level of nesting, which has to be left by depth--.
func (d *decoder) enter() {
	if d.depth++; d.depth > maxDepth {
		d.fail("values nest deeper than %d", maxDepth)
	}
}

func (d *decoder) value() any {
	return d.construct(d.constructor())
}

func (d *decoder) construct(c constructor) any {
	v := d.primitive(c.code)
	for i := len(c.descriptors) - 1; i >= 0 && d.err == nil; i-- {
		v = d.describe(c.descriptors[i], v)
	}
	return v
}

func (d *decoder) primitive(code byte) any {
	if d.err != nil {
		return nil
	}
	switch code {
	case 0x40:
		return nil
	case 0x41, 0x42:
		return code == 0x41
	case 0x56:
		b := d.uint(1)
		if b > 1 {
			d.fail("a boolean of %#x", b)
		}
		return b == 1
	case 0x50:
		return uint8(d.uint(1))
	case 0x51:
		return int8(d.uint(1))
	case 0x60:
		return uint16(d.uint(2))
	case 0x61:
		return int16(d.uint(2))
	case 0x43, 0x52, 0x70:
		return uint32(d.uint(width(code)))
	case 0x44, 0x53, 0x80:
		return d.uint(width(code))
	case 0x54:
		return int32(int8(d.uint(1)))
	case 0x71:
		return int32(d.uint(4))
	case 0x55:
		return int64(int8(d.uint(1)))
	case 0x81:
		return int64(d.uint(8))
	case 0x72:
		return math.Float32frombits(uint32(d.uint(4)))
	case 0x82:
		return math.Float64frombits(d.uint(8))
	case 0x73:
		return d.char()
	case 0x83:
		return Timestamp(d.uint(8))
	case 0x74:
		var v Decimal32
		copy(v[:], d.take(4))
		return v
	case 0x84:
		var v Decimal64
		copy(v[:], d.take(8))
		return v
	case 0x94:
		var v Decimal128
		copy(v[:], d.take(16))
		return v
	case 0x98:
		var v UUID
		copy(v[:], d.take(16))
		return v
	case 0xa0, 0xb0:
		return append([]byte{}, d.take(d.size(code))...)
	case 0xa1, 0xb1:
		s := d.take(d.size(code))
		if !utf8.Valid(s) {
			d.fail("a string that is not UTF-8: %q", s)
		}
		return string(s)
	case 0xa3, 0xb3:
		return d.symbol(code)
	case 0x45, 0xc0, 0xd0:
		return d.list(code)
	case 0xc1, 0xd1:
		return d.pairs(code)
	case 0xe0, 0xf0:
		return d.array(code)
	default:
		d.fail("no type has the format code %#02x", code)
		return nil
	}
}

// width is the size of a fixed-width value, from the upper half of its code (§1.2).
func width(code byte) uint64 {
	switch code >> 4 {
	case 0x4:
		return 0
	case 0x5:
		return 1
	case 0x7:
		return 4
	default:
		return 8
	}
}

// size reads a size or a count: one byte for the codes 0xa., 0xc. and 0xe.,
// four for 0xb., 0xd. and 0xf. (§1.2).
func (d *decoder) size(code byte) uint64 {
	if code>>4%2 == 0 {
		return d.uint(1)
	}
	return d.uint(4)
}

func (d *decoder) char() Char {
	n := d.uint(4)
	if n > utf8.MaxRune || !utf8.ValidRune(rune(n)) {
		d.fail("a char of %#x", n)
		return 0
	}
	return Char(n)
}

func (d *decoder) symbol(code byte) Symbol {
	s := d.take(d.size(code))
	for _, c := range s {
		if c > 0x7f {
			d.fail("a symbol that is not ASCII: %q", s)
		}
	}
	return Symbol(s)
}

// compound reads size and count and gives a decoder of exactly the content,
// which the caller ends with done.
func (d *decoder) compound(code byte) (content *decoder, count uint64) {
	size := d.size(code)
	start := d.pos
	count = d.size(code)
	counted := uint64(d.pos - start)
	if d.err == nil && size < counted {
		d.fail("a size of %d, which does not hold the count", size)
	}
	from := d.pos
	body := d.take(size - counted)
	if d.err != nil {
		return &decoder{err: d.err}, 0
	}
	content = &decoder{buf: d.buf[:from+len(body)], pos: from, depth: d.depth}
	content.enter()
	return content, count
}

func (d *decoder) done(content *decoder) {
	if content.err == nil && content.pos != len(content.buf) {
		content.fail("%d bytes after the last of the values", len(content.buf)-content.pos)
	}
	if d.err == nil {
		d.err = content.err
	}
}

func (d *decoder) list(code byte) List {
	list := List{}
	if code == 0x45 {
		return list
	}
	content, count := d.compound(code)
	for i := uint64(0); i < count && content.err == nil; i++ {
		list = append(list, content.value())
	}
	d.done(content)
	return list
}

func (d *decoder) pairs(code byte) Map {
	m := Map{}
	content, count := d.compound(code)
	if count%2 != 0 {
		content.fail("a map of %d values: a key lacks its value", count)
	}
	for i := uint64(0); i < count && content.err == nil; i += 2 {
		m = append(m, Pair{content.value(), content.value()})
	}
	d.done(content)
	return m
}

func (d *decoder) array(code byte) Array {
	items := Array{}
	content, count := d.compound(code)
	c := content.constructor()
	if count > maxItems && count > uint64(len(content.buf)) {
		content.fail("an array of %d items in %d bytes", count, len(content.buf))
	}
	for i := uint64(0); i < count && content.err == nil; i++ {
		items = append(items, content.construct(c))
	}
	d.done(content)
	return items
}

// describe puts a descriptor to a value, and holds a type that the
// specification knows against what it says about it.
func (d *decoder) describe(descriptor, v any) D {
	name, def := nameOf(descriptor)
	if name == "" {
		return D{Descriptor: descriptor, Value: v}
	}
	if def == nil {
		return D{Name: name, Value: v}
	}
	if def.value != "" {
		if problem := checkKind(def.value, v); problem != "" {
			d.fail("%s: %s", name, problem)
		}
		return D{Name: name, Value: v}
	}
	list, ok := v.(List)
	if !ok {
		d.fail("%s: %s where the specification says list", name, typed(v))
	} else if len(list) > len(def.fields) {
		d.fail("%s: %d fields, of which the specification has %d", name, len(list), len(def.fields))
	}
	fields := M{}
	for i := range def.fields {
		f := &def.fields[i]
		if i >= len(list) || list[i] == nil {
			if f.mandatory {
				d.fail("%s: the mandatory field %s is null", name, f.name)
			}
			continue
		}
		if problem := f.check(list[i]); problem != "" {
			d.fail("%s.%s: %s", name, f.name, problem)
		}
		fields[f.name] = list[i]
	}
	return D{Name: name, Fields: fields}
}

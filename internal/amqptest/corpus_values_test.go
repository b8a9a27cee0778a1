package amqptest

import (
	"bytes"
	"encoding/binary"
	"strings"
)

// valueSamples are encoded values: each constructor that there may be, with contents at its bounds, whether it is one of the specification or not (§1.2,
// §1.6); compounds of all kinds, with sizes and counts that are right and wrong; and each type that the specification describes, with each
// of its fields.
func valueSamples() *samples {
	s := newSamples("Encoded values")
	s.section("of a fixed width, with each constructor")
	for _, class := range []struct {
		high  byte
		width int
	}{{0x40, 0}, {0x50, 1}, {0x60, 2}, {0x70, 4}, {0x80, 8}, {0x90, 16}} {
		for low := range byte(16) {
			c := class.high | low
			for _, fill := range []byte{0, 1, 0x7f, 0x80, 0xff} {
				s.add(append([]byte{c}, bytes.Repeat([]byte{fill}, class.width)...))
			}
			if class.width > 0 {
				s.add(append([]byte{c, 0x80}, make([]byte, class.width-1)...), []byte{c})
			}
		}
	}
	s.section("of variable width")
	for _, c := range []byte{0xa0, 0xa1, 0xa3, 0xaf, 0xb0, 0xb1, 0xb3, 0xbf} {
		for _, text := range []string{"", "x", "hello", "\x00", "\xff", "\xc3", "Grüße", "\u2028", strings.Repeat("s", 40)} {
			s.add(sized(c, []byte(text)))
		}
		s.add([]byte{c}, []byte{c, 0xff, 'x'}, []byte{c, 0xff, 0xff, 0xff, 0xff}, []byte{c, 0x80, 0, 0, 0, 'x'})
	}
	elements := [][]byte{{0x40}, {0x41}, {0x53, 1}, {0xa1, 1, 'k'}, {0xa3, 1, 'k'}, {0x45}, {0xc0, 1, 0}, {0xc1, 1, 0}, {0x00, 0x53, 0x24, 0x45}}
	s.section("lists and maps")
	s.add([]byte{0x45})
	for _, c := range []byte{0xc0, 0xd0, 0xc1, 0xd1, 0xcf, 0xdf} {
		s.add(compound(c, 0, nil))
		for _, one := range elements {
			s.add(compound(c, 1, one), compound(c, 2, append(bytes.Clone(one), one...)))
			for _, other := range elements {
				s.add(compound(c, 2, append(bytes.Clone(one), other...)))
			}
		}
	}
	s.section("arrays: of each constructor, of none, one and three elements")
	for _, c := range []byte{0xe0, 0xf0} {
		for constructor := range 256 {
			item := arrayItem(byte(constructor))
			for _, n := range []int{0, 1, 3} {
				s.add(compound(c, n, append([]byte{byte(constructor)}, bytes.Repeat(item, n)...)))
			}
		}
		s.add(compound(c, 2, []byte{0x00, 0xa3, 1, 'd', 0x50, 1, 2}), compound(c, 1, []byte{0x00, 0x00, 0x53, 1, 0x53, 2, 0x50, 1}))
	}
	s.section("described")
	for _, descriptor := range append(elements, []byte{0x80, 0, 0, 0, 0, 0, 0, 0, 0x24}, []byte{0x44}, []byte{0xa3, 18, 'a', 'm', 'q', 'p', ':', 'a', 'c', 'c', 'e', 'p', 't', 'e', 'd', ':', 'l', 'i', 's', 't'}) {
		for _, v := range elements {
			s.add(append(append([]byte{0}, descriptor...), v...))
		}
	}
	for code := range byte(0x80) {
		s.add([]byte{0, 0x53, code, 0x45}, []byte{0, 0x53, code, 0xc0, 2, 1, 0x40})
	}
	s.section("the types that the specification describes")
	for _, def := range definitions {
		for _, fields := range fieldsOf(byName[def.name]) {
			s.add(describedList(def.code, fields...))
		}
	}
	s.section("nested")
	for _, depth := range []int{2, 30, 31, 32, 33, 34, 100} {
		list, array := []byte{0x45}, []byte{0x50, 1}
		for range depth {
			list, array = compound(0xd0, 1, list), append([]byte{0xf0}, compound(0xf0, 1, array)...)
		}
		s.add(list, array, append(bytes.Repeat([]byte{0x00, 0x53, 0x01}, depth), 0x40), append(bytes.Repeat([]byte{0x00}, depth), 0x40))
	}
	s.section("with sizes and counts that lie")
	for _, c := range []byte{0xc0, 0xc1, 0xe0} {
		for size := range byte(8) {
			for count := range byte(6) {
				s.add([]byte{c, size, count, 0x41, 0x42, 0x41, 0x42})
			}
		}
	}
	for _, c := range []byte{0xd0, 0xd1, 0xf0} {
		for _, size := range []uint32{0, 3, 4, 6, 9, 1 << 16, 1 << 31, 1<<32 - 1} {
			for _, count := range []uint32{0, 1, 2, 1 << 16, 1<<16 + 1, 1 << 31, 1<<32 - 1} {
				b := binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32([]byte{c}, size), count)
				s.add(append(b, 0x41, 0x42))
			}
		}
	}
	s.broken(600, 200)
	return s
}

// sized is content with its length before it, of the width that the constructor has.
func sized(c byte, content []byte) []byte {
	if c&0x10 == 0 {
		return append([]byte{c, byte(len(content))}, content...)
	}
	return append(binary.BigEndian.AppendUint32([]byte{c}, uint32(len(content))), content...)
}

// compound is a list, map or array, with its size and its count before it.
func compound(c byte, count int, content []byte) []byte {
	if c&0x10 == 0 {
		return append([]byte{c, byte(len(content) + 1), byte(count)}, content...)
	}
	b := binary.BigEndian.AppendUint32([]byte{c}, uint32(len(content)+4))
	return append(binary.BigEndian.AppendUint32(b, uint32(count)), content...)
}

// arrayItem is an element of an array, whose constructor stands before all of them.
func arrayItem(c byte) []byte {
	switch c >> 4 {
	case 0x4:
		return nil
	case 0x5, 0x6, 0x7, 0x8, 0x9:
		return append(make([]byte, 1<<(c>>4-5)-1), 1)
	case 0xa:
		return []byte{1, 'x'}
	case 0xb:
		return []byte{0, 0, 0, 1, 'x'}
	case 0xc:
		return []byte{3, 2, 0x41, 0x42}
	case 0xd:
		return []byte{0, 0, 0, 6, 0, 0, 0, 2, 0x41, 0x42}
	case 0xe:
		return []byte{3, 1, 0x50, 7}
	case 0xf:
		return []byte{0, 0, 0, 6, 0, 0, 0, 1, 0x50, 7}
	}
	return []byte{1}
}

// describedList is a list with a descriptor.
func describedList(code uint64, fields ...[]byte) []byte {
	return append([]byte{0x00, 0x53, byte(code)}, compound(0xd0, len(fields), bytes.Join(fields, nil))...)
}

// ofKind are encoded values of the types that fields have.
var ofKind = map[string][]byte{
	"boolean": {0x41}, "ubyte": {0x50, 1}, "ushort": {0x60, 0, 1}, "uint": {0x52, 1}, "ulong": {0x53, 1}, "timestamp": {0x83, 0, 0, 0, 0, 0, 0, 0, 1},
	"string": {0xa1, 1, 's'}, "symbol": {0xa3, 1, 'y'}, "binary": {0xa0, 1, 'b'}, "*": {0xa1, 1, 'a'},
	"map": {0xc1, 5, 2, 0xa3, 1, 'k', 0x41}, "fields": {0xc1, 5, 2, 0xa3, 1, 'k', 0x41},
	"error": {0x00, 0x53, 0x1d, 0xc0, 4, 1, 0xa3, 1, 'c'},
}

// fieldsOf are lists of fields of one type: none, all, each alone with those that it must have, each of another type than its own, and one
// too many.
func fieldsOf(def *described) (all [][][]byte) {
	null, wrong := []byte{0x40}, []byte{0x45}
	var whole, least [][]byte
	for _, f := range def.fields {
		v := ofKind[f.kind]
		whole = append(whole, v)
		if !f.mandatory {
			v = null
		}
		least = append(least, v)
	}
	all = append(all, nil, whole, least, append(whole[:len(whole):len(whole)], null))
	for i := range def.fields {
		for _, v := range [][]byte{whole[i], wrong, null, {0x00, 0x53, 0x28, 0x45}, {0xf0, 0, 0, 0, 7, 0, 0, 0, 1, 0xa3, 1, 'y'}} {
			one := append([][]byte(nil), least...)
			one[i] = v
			all = append(all, one, one[:i+1])
		}
	}
	return all
}

package main

import "encoding/binary"

// Values are encoded by hand (§1.6): what a hostile peer sends is its own affair, and no codec would write it.

var (
	null = []byte{0x40}
	yes  = []byte{0x41}
	no   = []byte{0x42}
)

func ubyte(n byte) []byte { return []byte{0x50, n} }

func number(n uint32) []byte { return binary.BigEndian.AppendUint32([]byte{0x70}, n) }

func ulong(n uint64) []byte { return binary.BigEndian.AppendUint64([]byte{0x80}, n) }

func text(s string) []byte { return sized(0xa1, 0xb1, []byte(s)) }

func symbol(s string) []byte { return sized(0xa3, 0xb3, []byte(s)) }

func data(b []byte) []byte { return sized(0xa0, 0xb0, b) }

// sized writes the length in one byte or in four.
func sized(short, long byte, b []byte) []byte {
	if len(b) < 256 {
		return append([]byte{short, byte(len(b))}, b...)
	}
	return append(binary.BigEndian.AppendUint32([]byte{long}, uint32(len(b))), b...)
}

func list(elements ...[]byte) []byte { return compound(0xc0, 0xd0, len(elements), joined(elements...)) }

// mapping is a map of keys and values in turn.
func mapping(elements ...[]byte) []byte {
	return compound(0xc1, 0xd1, len(elements), joined(elements...))
}

// compound writes size and count in a byte each or in four.
func compound(short, long byte, count int, elements []byte) []byte {
	if len(elements) < 255 && count < 256 {
		return append([]byte{short, byte(len(elements) + 1), byte(count)}, elements...)
	}
	b := binary.BigEndian.AppendUint32([]byte{long}, uint32(len(elements)+4))
	return append(binary.BigEndian.AppendUint32(b, uint32(count)), elements...)
}

func described(code byte, value []byte) []byte { return append([]byte{0x00, 0x53, code}, value...) }

func joined(parts ...[]byte) []byte {
	n := 0
	for _, p := range parts {
		n += len(p)
	}
	b := make([]byte, 0, n)
	for _, p := range parts {
		b = append(b, p...)
	}
	return b
}

func repeated(n int, part []byte) []byte {
	b := make([]byte, 0, n*len(part))
	for range n {
		b = append(b, part...)
	}
	return b
}

// nested is a value in maps of one pair, each within the other.
func nested(depth int) []byte {
	v := null
	for range depth {
		v = mapping(null, v)
	}
	return v
}

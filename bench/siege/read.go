package main

import (
	"bufio"
	"encoding/binary"
	"errors"
	"io"
)

// answer is a frame or protocol header of the victim's.
type answer struct {
	header  string // of a protocol header
	channel uint16
	composed
}

// readAnswer reads the next one. A transfer's message is passed over.
func readAnswer(r *bufio.Reader) (a answer, err error) {
	var head [8]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return a, err
	}
	if string(head[:4]) == "AMQP" {
		return answer{header: string(head[:])}, nil
	}
	rest := int(binary.BigEndian.Uint32(head[:])) - len(head)
	if rest < 0 || rest > 1<<28 {
		return a, errors.New("no frame")
	}
	a.channel = binary.BigEndian.Uint16(head[6:])
	if rest == 0 { // a heartbeat
		return a, nil
	}
	const enough = 512 // for a transfer
	b := make([]byte, rest)
	if rest > enough {
		if peek, err := r.Peek(3); err == nil && peek[2] == codeTransfer {
			b = b[:enough]
		}
	}
	if _, err := io.ReadFull(r, b); err != nil {
		return a, err
	}
	if _, err := r.Discard(rest - len(b)); err != nil {
		return a, err
	}
	d := decoder{b: b}
	if v, ok := d.value().(composed); ok {
		a.composed = v
	}
	return a, nil
}

func (a *answer) has(i int) bool { return a.field(i) != nil }

// number returns a field that is a number, 0 where there is none.
func (a *answer) number(i int) uint32 {
	n, _ := a.field(i).(uint64)
	return uint32(n)
}

// condition is that of the error in a field, empty for none.
func (a *answer) condition(i int) string {
	v, _ := a.field(i).(composed)
	if v.code == codeRejected && len(v.fields) > 0 {
		v, _ = v.fields[0].(composed)
	}
	if v.code == codeError && len(v.fields) > 0 {
		s, _ := v.fields[0].(string)
		return s
	}
	return ""
}

// composed is a described list.
type composed struct {
	code   byte
	fields []any
}

// field returns a field, nil where there is none.
func (c *composed) field(i int) any {
	if i < len(c.fields) {
		return c.fields[i]
	}
	return nil
}

// decoder reads values as far as the answers of a victim need it: what cannot be read is nil, and so is the rest.
type decoder struct{ b []byte }

func (d *decoder) take(n int) []byte {
	if n < 0 || n > len(d.b) {
		d.b = nil
		return make([]byte, max(min(n, 8), 0))
	}
	b := d.b[:n]
	d.b = d.b[n:]
	return b
}

func (d *decoder) uint(width int) (n uint64) {
	for _, b := range d.take(width) {
		n = n<<8 | uint64(b)
	}
	return n
}

func (d *decoder) value() any {
	if len(d.b) == 0 {
		return nil
	}
	c := d.take(1)[0]
	switch c {
	case 0x00:
		code, _ := d.value().(uint64)
		fields, _ := d.value().([]any)
		return composed{byte(code), fields}
	case 0x41:
		return true
	case 0x42:
		return false
	case 0x43, 0x44:
		return uint64(0)
	case 0x45:
		return []any{}
	case 0x56:
		return d.uint(1) == 1
	}
	switch c >> 4 {
	case 0x5, 0x6, 0x7, 0x8, 0x9:
		n := d.uint(map[byte]int{5: 1, 6: 2, 7: 4, 8: 8, 9: 16}[c>>4])
		return n
	case 0xa:
		return string(d.take(int(d.uint(1))))
	case 0xb:
		return string(d.take(int(d.uint(4))))
	case 0xc, 0xd, 0xe, 0xf:
		width := 1 + 3*int(c>>4&1)
		in := decoder{d.take(int(d.uint(width)))}
		if c != 0xc0 && c != 0xd0 { // maps and arrays mean nothing to an attack
			return nil
		}
		var all []any
		for n := in.uint(width); n > 0 && len(in.b) > 0; n-- {
			all = append(all, in.value())
		}
		return all
	}
	return nil
}

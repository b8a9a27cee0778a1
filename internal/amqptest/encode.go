package amqptest

import (
	"encoding/binary"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
)

// encoder writes values (§1.6). A wide one writes each value in its longest
// encoding and each composite with all its fields; the other, in its shortest.
// It panics on a value that no AMQP type stands for: the test is wrong.
type encoder struct{ wide bool }

func (e encoder) value(b []byte, v any) []byte {
	switch v := v.(type) {
	case Raw:
		return append(b, v...)
	case D:
		descriptor, value := v.parts(e.wide)
		return e.value(e.value(append(b, 0x00), descriptor), value)
	case M:
		return e.value(b, v.fields())
	case List:
		return e.compound(b, 0xc0, 0xd0, len(v), e.values(nil, v))
	case Map:
		return e.compound(b, 0xc1, 0xd1, 2*len(v), e.pairs(nil, v))
	case Array:
		return e.compound(b, 0xe0, 0xf0, len(v), e.items(nil, v))
	}
	code := longest(v)
	if !e.wide {
		code = shortest(v)
	}
	return e.body(append(b, code), code, v)
}

// parts gives a described value's descriptor and the value it describes.
func (d D) parts(wide bool) (descriptor, value any) {
	if d.Name == "" {
		return d.Descriptor, d.Value
	}
	descriptor, def := lookup(d.Name)
	if d.Value != nil {
		if d.Fields != nil {
			panic(fmt.Sprintf("amqptest: %s has both fields and a value", d.Name))
		}
		return descriptor, d.Value
	}
	if def == nil && d.Fields == nil || def != nil && def.value != "" {
		return descriptor, nil
	}
	list := positional(d.Name, def, d.Fields)
	for !wide && len(list) > 0 && list[len(list)-1] == nil {
		list = list[:len(list)-1]
	}
	return descriptor, list
}

// maxFields bounds the fields of a type that the specification does not know.
const maxFields = 1000

// positional puts named fields in their places. The fields of a type that the
// specification does not know are named by their positions: "0", "1", ...
func positional(name string, def *described, fields M) List {
	var list List
	if def != nil {
		list = make(List, len(def.fields))
	}
	for key, v := range fields {
		if def != nil {
			i := def.position(key)
			if i < 0 {
				panic(fmt.Sprintf("amqptest: %s has no field %q", name, key))
			}
			list[i] = def.fields[i].coerce(v)
			continue
		}
		i, err := strconv.Atoi(key)
		if err != nil || i < 0 || i >= maxFields {
			panic(fmt.Sprintf("amqptest: field %q of %s is no position", key, name))
		}
		for len(list) <= i {
			list = append(list, nil)
		}
		list[i] = v
	}
	return list
}

// fields gives m as a map with symbols for keys (§2.8.15).
func (m M) fields() Map {
	pairs := Map{}
	for _, key := range slices.Sorted(maps.Keys(m)) {
		pairs = append(pairs, Pair{Symbol(key), m[key]})
	}
	return pairs
}

// compound writes size and count before the content, each in one byte where
// both fit (§1.6.22 to §1.6.24).
func (e encoder) compound(b []byte, code8, code32 byte, count int, content []byte) []byte {
	switch {
	case count == 0 && code8 == 0xc0 && !e.wide:
		return append(b, 0x45)
	case len(content)+1 <= math.MaxUint8 && count <= math.MaxUint8 && !e.wide:
		b = append(b, code8, byte(len(content)+1), byte(count))
	default:
		b = append(b, code32)
		b = binary.BigEndian.AppendUint32(b, uint32(len(content)+4))
		b = binary.BigEndian.AppendUint32(b, uint32(count))
	}
	return append(b, content...)
}

func (e encoder) values(b []byte, list List) []byte {
	for _, v := range list {
		b = e.value(b, v)
	}
	return b
}

func (e encoder) pairs(b []byte, m Map) []byte {
	for _, pair := range m {
		b = e.value(e.value(b, pair[0]), pair[1])
	}
	return b
}

// items writes the one constructor of an array and then the bare items. The
// items are in their longest form: the one that holds each of them.
func (e encoder) items(b []byte, items Array) []byte {
	if len(items) == 0 {
		return append(b, 0x40)
	}
	wide := encoder{wide: true}
	kind := kindOf(items[0])
	var code byte
	for i, item := range items {
		if kindOf(item) != kind {
			panic(fmt.Sprintf("amqptest: an array of %s holds %s", kind, typed(item)))
		}
		for {
			d, ok := item.(D)
			if !ok {
				break
			}
			descriptor, value := d.parts(true)
			if i == 0 {
				b = wide.value(append(b, 0x00), descriptor)
			}
			item = value
		}
		if i == 0 {
			code = longest(item)
			b = append(b, code)
		}
		b = wide.body(b, code, item)
	}
	return b
}

// longest is the format code of the longest encoding of v.
func longest(v any) byte {
	switch v.(type) {
	case nil:
		return 0x40
	case bool:
		return 0x56
	case uint8:
		return 0x50
	case int8:
		return 0x51
	case uint16:
		return 0x60
	case int16:
		return 0x61
	case uint32:
		return 0x70
	case int32:
		return 0x71
	case float32:
		return 0x72
	case Char:
		return 0x73
	case Decimal32:
		return 0x74
	case uint64:
		return 0x80
	case int64:
		return 0x81
	case float64:
		return 0x82
	case Timestamp:
		return 0x83
	case Decimal64:
		return 0x84
	case Decimal128:
		return 0x94
	case UUID:
		return 0x98
	case []byte:
		return 0xb0
	case string:
		return 0xb1
	case Symbol:
		return 0xb3
	case List:
		return 0xd0
	case Map, M:
		return 0xd1
	case Array:
		return 0xf0
	default:
		panic(fmt.Sprintf("amqptest: no AMQP type for %v of Go type %T here", v, v))
	}
}

// shortest is the format code of the shortest encoding of v, which is no compound.
func shortest(v any) byte {
	switch v := v.(type) {
	case bool:
		if v {
			return 0x41
		}
		return 0x42
	case uint32:
		if v == 0 {
			return 0x43
		} else if v <= math.MaxUint8 {
			return 0x52
		}
	case uint64:
		if v == 0 {
			return 0x44
		} else if v <= math.MaxUint8 {
			return 0x53
		}
	case int32:
		if int32(int8(v)) == v {
			return 0x54
		}
	case int64:
		if int64(int8(v)) == v {
			return 0x55
		}
	case []byte:
		if len(v) <= math.MaxUint8 {
			return 0xa0
		}
	case string:
		if len(v) <= math.MaxUint8 {
			return 0xa1
		}
	case Symbol:
		if len(v) <= math.MaxUint8 {
			return 0xa3
		}
	}
	return longest(v)
}

// body writes v after the format code that was chosen for it.
func (e encoder) body(b []byte, code byte, v any) []byte {
	switch v := v.(type) {
	case nil:
		return b
	case bool:
		if code != 0x56 {
			return b
		} else if v {
			return append(b, 1)
		}
		return append(b, 0)
	case uint8:
		return append(b, v)
	case int8:
		return append(b, byte(v))
	case uint16:
		return binary.BigEndian.AppendUint16(b, v)
	case int16:
		return binary.BigEndian.AppendUint16(b, uint16(v))
	case uint32:
		return integer(b, code, uint64(v))
	case int32:
		return integer(b, code, uint64(v))
	case uint64:
		return integer(b, code, v)
	case int64:
		return integer(b, code, uint64(v))
	case float32:
		return binary.BigEndian.AppendUint32(b, math.Float32bits(v))
	case float64:
		return binary.BigEndian.AppendUint64(b, math.Float64bits(v))
	case Char:
		return binary.BigEndian.AppendUint32(b, uint32(v))
	case Timestamp:
		return binary.BigEndian.AppendUint64(b, uint64(v))
	case Decimal32:
		return append(b, v[:]...)
	case Decimal64:
		return append(b, v[:]...)
	case Decimal128:
		return append(b, v[:]...)
	case UUID:
		return append(b, v[:]...)
	case []byte:
		return variable(b, code, string(v))
	case string:
		return variable(b, code, v)
	case Symbol:
		return variable(b, code, string(v))
	}
	// A compound inside an array: its constructor is written once, before all
	// the items, so only what follows the format code belongs here.
	return append(b, encoder{wide: true}.value(nil, v)[1:]...)
}

// integer writes n in the width that the upper half of the format code names (§1.2).
func integer(b []byte, code byte, n uint64) []byte {
	switch code >> 4 {
	case 0x4:
		return b
	case 0x5:
		return append(b, byte(n))
	case 0x7:
		return binary.BigEndian.AppendUint32(b, uint32(n))
	default:
		return binary.BigEndian.AppendUint64(b, n)
	}
}

func variable(b []byte, code byte, s string) []byte {
	if code>>4 == 0xa {
		b = append(b, byte(len(s)))
	} else {
		b = binary.BigEndian.AppendUint32(b, uint32(len(s)))
	}
	return append(b, s...)
}

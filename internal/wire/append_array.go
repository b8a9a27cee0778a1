package wire

import (
	"encoding/binary"
	"errors"
	"math"
	"time"
	"unicode/utf8"

	"github.com/Azure/go-amqp"
)

// errNoArray says that a value is of no type that encodes as an array.
var errNoArray = errors.New("not an array")

// appendArray appends a slice as an array, §1.6.24.
func appendArray(dst []byte, v any, depth int) ([]byte, error) {
	start := len(dst)
	dst, n, err := appendElements(openCompound(dst, ctorArray8), v, depth+1)
	if err != nil {
		return dst[:start], err
	}
	return closeCompound(dst, start, n), nil
}

// appendWideArray appends an array as an element of an array.
func appendWideArray(dst []byte, v any, depth int) ([]byte, error) {
	start := len(dst)
	dst, n, err := appendElements(openWide(dst), v, depth+1)
	if err != nil {
		return dst, err
	}
	return closeWide(dst, start, n), nil
}

// appendElements appends the constructor and the elements of an array, and counts them.
func appendElements(dst []byte, v any, depth int) ([]byte, int, error) {
	if depth > MaxDepth {
		return dst, 0, encodeError("array", ErrLimit)
	}
	switch v := v.(type) {
	case []amqp.Symbol:
		return appendTexts(dst, v, ctorSymbol8, func(s amqp.Symbol) bool { return isASCII(string(s)) })
	case []string:
		return appendTexts(dst, v, ctorString8, utf8.ValidString)
	case [][]byte:
		return appendTexts(dst, v, ctorBinary8, func([]byte) bool { return true })
	case []amqp.Null:
		// No decoder of ours would take it, see MaxCount.
		if len(v) > 1 {
			return dst, 0, encodeError("array of nulls", ErrLimit)
		}
		return append(dst, ctorNull), len(v), nil
	case []bool:
		return appendEach(dst, v, ctorBool, func(dst []byte, b bool) []byte {
			if b {
				return append(dst, 1)
			}
			return append(dst, 0)
		})
	case UbyteArray:
		return append(append(dst, ctorUbyte), v...), len(v), nil
	case []int8:
		return appendEach(dst, v, ctorByte, func(dst []byte, n int8) []byte { return append(dst, byte(n)) })
	case []uint16:
		return appendEach(dst, v, ctorUshort, binary.BigEndian.AppendUint16)
	case []int16:
		return appendEach(dst, v, ctorShort, func(dst []byte, n int16) []byte { return binary.BigEndian.AppendUint16(dst, uint16(n)) })
	case []uint32:
		if small(v, 0, math.MaxUint8) {
			return appendEach(dst, v, ctorSmallUint, func(dst []byte, n uint32) []byte { return append(dst, byte(n)) })
		}
		return appendEach(dst, v, ctorUint, binary.BigEndian.AppendUint32)
	case []int32:
		if small(v, math.MinInt8, math.MaxInt8) {
			return appendEach(dst, v, ctorSmallInt, func(dst []byte, n int32) []byte { return append(dst, byte(n)) })
		}
		return appendEach(dst, v, ctorInt, func(dst []byte, n int32) []byte { return binary.BigEndian.AppendUint32(dst, uint32(n)) })
	case []uint64:
		if small(v, 0, math.MaxUint8) {
			return appendEach(dst, v, ctorSmallUlong, func(dst []byte, n uint64) []byte { return append(dst, byte(n)) })
		}
		return appendEach(dst, v, ctorUlong, binary.BigEndian.AppendUint64)
	case []int64:
		if small(v, math.MinInt8, math.MaxInt8) {
			return appendEach(dst, v, ctorSmallLong, func(dst []byte, n int64) []byte { return append(dst, byte(n)) })
		}
		return appendEach(dst, v, ctorLong, func(dst []byte, n int64) []byte { return binary.BigEndian.AppendUint64(dst, uint64(n)) })
	case []float32:
		return appendEach(dst, v, ctorFloat, func(dst []byte, f float32) []byte {
			return binary.BigEndian.AppendUint32(dst, math.Float32bits(f))
		})
	case []float64:
		return appendEach(dst, v, ctorDouble, func(dst []byte, f float64) []byte {
			return binary.BigEndian.AppendUint64(dst, math.Float64bits(f))
		})
	case []Decimal32:
		return appendEach(dst, v, ctorDecimal32, func(dst []byte, x Decimal32) []byte { return append(dst, x[:]...) })
	case []Decimal64:
		return appendEach(dst, v, ctorDecimal64, func(dst []byte, x Decimal64) []byte { return append(dst, x[:]...) })
	case []Decimal128:
		return appendEach(dst, v, ctorDecimal128, func(dst []byte, x Decimal128) []byte { return append(dst, x[:]...) })
	case []Char:
		for _, c := range v {
			if !validChar(uint32(c)) {
				return dst, 0, encodeError("char", ErrValue)
			}
		}
		return appendEach(dst, v, ctorChar, func(dst []byte, c Char) []byte { return binary.BigEndian.AppendUint32(dst, uint32(c)) })
	case []time.Time:
		return appendEach(dst, v, ctorTimestamp, func(dst []byte, t time.Time) []byte {
			return binary.BigEndian.AppendUint64(dst, uint64(t.UnixMilli()))
		})
	case []amqp.UUID:
		return appendEach(dst, v, ctorUUID, func(dst []byte, u amqp.UUID) []byte { return append(dst, u[:]...) })
	}
	return appendCompounds(dst, v, depth)
}

// appendCompounds is appendElements for elements that nest.
func appendCompounds(dst []byte, v any, depth int) ([]byte, int, error) {
	var err error
	switch v := v.(type) {
	case [][]any:
		dst = append(dst, ctorList32)
		for _, list := range v {
			start := len(dst)
			if dst, err = appendItems(openWide(dst), list, depth); err != nil {
				return dst, 0, err
			}
			dst = closeWide(dst, start, len(list))
		}
		return dst, len(v), nil
	case []map[any]any:
		dst = append(dst, ctorMap32)
		for _, m := range v {
			start := len(dst)
			dst, err = appendPairs(openWide(dst), m, depth, func(dst []byte, k any) ([]byte, error) { return appendValue(dst, k, depth+1) })
			if err != nil {
				return dst, 0, err
			}
			dst = closeWide(dst, start, 2*len(m))
		}
		return dst, len(v), nil
	case Array:
		dst = append(dst, ctorArray32)
		for _, array := range v {
			if dst, err = appendWideArray(dst, array, depth); err != nil {
				return dst, 0, err
			}
		}
		return dst, len(v), nil
	case DescribedArray:
		if dst, err = appendValue(append(dst, ctorDescribed), v.Descriptor, depth); err != nil {
			return dst, 0, err
		}
		return appendElements(dst, v.Values, depth+1)
	}
	return dst, 0, errNoArray
}

func appendEach[T any](dst []byte, s []T, c byte, one func([]byte, T) []byte) ([]byte, int, error) {
	dst = append(dst, c)
	for _, v := range s {
		dst = one(dst, v)
	}
	return dst, len(s), nil
}

// appendTexts appends elements of variable width, all with a length of 1 byte, or all with one of 4.
func appendTexts[T string | amqp.Symbol | []byte](dst []byte, s []T, narrow byte, valid func(T) bool) ([]byte, int, error) {
	c := narrow
	for _, v := range s {
		if !valid(v) {
			return dst, 0, encodeError("array", ErrValue)
		}
		if len(v) > math.MaxUint8 {
			c = narrow | wide
		}
	}
	dst = append(dst, c)
	for _, v := range s {
		if c == narrow {
			dst = append(dst, byte(len(v)))
		} else {
			dst = binary.BigEndian.AppendUint32(dst, uint32(len(v)))
		}
		dst = append(dst, v...)
	}
	return dst, len(s), nil
}

func small[T uint32 | int32 | uint64 | int64](s []T, low, high T) bool {
	for _, v := range s {
		if v < low || v > high {
			return false
		}
	}
	return true
}

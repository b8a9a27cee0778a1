package wire

import (
	"encoding/binary"
	"math"
	"time"
	"unicode/utf8"

	"github.com/Azure/go-amqp"
)

// The Append functions append one encoded value in its smallest form.

// AppendNull appends a null.
func AppendNull(dst []byte) []byte { return append(dst, ctorNull) }

// AppendBool appends a boolean.
func AppendBool(dst []byte, v bool) []byte {
	if v {
		return append(dst, ctorTrue)
	}
	return append(dst, ctorFalse)
}

// AppendUbyte appends a ubyte.
func AppendUbyte(dst []byte, v uint8) []byte { return append(dst, ctorUbyte, v) }

// AppendUshort appends a ushort.
func AppendUshort(dst []byte, v uint16) []byte { return append(dst, ctorUshort, byte(v>>8), byte(v)) }

// AppendUint appends a uint.
func AppendUint(dst []byte, v uint32) []byte {
	switch {
	case v == 0:
		return append(dst, ctorUint0)
	case v <= math.MaxUint8:
		return append(dst, ctorSmallUint, byte(v))
	}
	return append(dst, ctorUint, byte(v>>24), byte(v>>16), byte(v>>8), byte(v))
}

// AppendUlong appends a ulong.
func AppendUlong(dst []byte, v uint64) []byte {
	switch {
	case v == 0:
		return append(dst, ctorUlong0)
	case v <= math.MaxUint8:
		return append(dst, ctorSmallUlong, byte(v))
	}
	return binary.BigEndian.AppendUint64(append(dst, ctorUlong), v)
}

// AppendByte appends a byte.
func AppendByte(dst []byte, v int8) []byte { return append(dst, ctorByte, byte(v)) }

// AppendShort appends a short.
func AppendShort(dst []byte, v int16) []byte { return append(dst, ctorShort, byte(v>>8), byte(v)) }

// AppendInt appends an int.
func AppendInt(dst []byte, v int32) []byte {
	if v == int32(int8(v)) {
		return append(dst, ctorSmallInt, byte(v))
	}
	return binary.BigEndian.AppendUint32(append(dst, ctorInt), uint32(v))
}

// AppendLong appends a long.
func AppendLong(dst []byte, v int64) []byte {
	if v == int64(int8(v)) {
		return append(dst, ctorSmallLong, byte(v))
	}
	return binary.BigEndian.AppendUint64(append(dst, ctorLong), uint64(v))
}

// AppendFloat appends a float.
func AppendFloat(dst []byte, v float32) []byte {
	return binary.BigEndian.AppendUint32(append(dst, ctorFloat), math.Float32bits(v))
}

// AppendDouble appends a double.
func AppendDouble(dst []byte, v float64) []byte {
	return binary.BigEndian.AppendUint64(append(dst, ctorDouble), math.Float64bits(v))
}

// AppendTimestamp appends a timestamp; what is finer than a millisecond is lost.
func AppendTimestamp(dst []byte, v time.Time) []byte {
	return binary.BigEndian.AppendUint64(append(dst, ctorTimestamp), uint64(v.UnixMilli()))
}

// AppendUUID appends a uuid.
func AppendUUID(dst []byte, v amqp.UUID) []byte { return append(append(dst, ctorUUID), v[:]...) }

// AppendBinary appends a binary, an empty one when v is nil.
func AppendBinary(dst, v []byte) []byte {
	return append(appendVariable(dst, ctorBinary8, len(v)), v...)
}

// AppendString appends a string, which must be UTF-8.
func AppendString(dst []byte, v string) ([]byte, error) {
	if !utf8.ValidString(v) {
		return dst, encodeError("string: not UTF-8", ErrValue)
	}
	return append(appendVariable(dst, ctorString8, len(v)), v...), nil
}

// AppendSymbol appends a symbol, which must be ASCII.
func AppendSymbol(dst []byte, v amqp.Symbol) ([]byte, error) {
	if !isASCII(string(v)) {
		return dst, encodeError("symbol: not ASCII", ErrValue)
	}
	return append(appendVariable(dst, ctorSymbol8, len(v)), v...), nil
}

func appendVariable(dst []byte, narrow byte, n int) []byte {
	if n <= math.MaxUint8 {
		return append(dst, narrow, byte(n))
	}
	return binary.BigEndian.AppendUint32(append(dst, narrow|wide), uint32(n))
}

// appendSymbols appends an array of symbols, also of none or one: go-amqp does, and every peer takes it.
func appendSymbols(dst []byte, v []amqp.Symbol) ([]byte, error) { return appendArray(dst, v, 0) }

// openCompound begins a list, map or array in its 8-bit form; closeCompound ends it, and widens it when it has grown too big.
func openCompound(dst []byte, narrow byte) []byte { return append(dst, narrow, 0, 0) }

func closeCompound(dst []byte, start, count int) []byte {
	size := len(dst) - start - 2
	if size <= math.MaxUint8 && count <= math.MaxUint8 {
		dst[start+1], dst[start+2] = byte(size), byte(count)
		return dst
	}
	dst = append(dst, 0, 0, 0, 0, 0, 0)
	copy(dst[start+9:], dst[start+3:])
	dst[start] |= wide
	binary.BigEndian.PutUint32(dst[start+1:], uint32(size+3))
	binary.BigEndian.PutUint32(dst[start+5:], uint32(count))
	return dst
}

// openWide and closeWide are the same for the elements of an array, whose constructor all of them share.
func openWide(dst []byte) []byte { return append(dst, 0, 0, 0, 0, 0, 0, 0, 0) }

func closeWide(dst []byte, start, count int) []byte {
	binary.BigEndian.PutUint32(dst[start:], uint32(len(dst)-start-4))
	binary.BigEndian.PutUint32(dst[start+4:], uint32(count))
	return dst
}

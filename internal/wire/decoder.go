package wire

import (
	"encoding/binary"
	"math"
	"time"

	"github.com/Azure/go-amqp"
)

// Decoder consumes encoded values from a buffer. Its first error sticks: from then on every method returns a zero value,
// so that a sequence of calls needs one look at Err at its end.
type Decoder struct {
	buf       []byte // to the end of the innermost open compound; nil after an error
	off       int
	depth     int32 // of open compounds and described values
	compounds int32 // of open compounds
	allowance int   // how many bytes the compounds that are to come may take
	owned     bool  // the buffer belongs to the decoded value: strings and binaries may be views of it
	lent      *Lent // where a message lies that will be taken back, nil for others
	err       *DecodeError
}

// NewDecoder decodes b, which it does not copy and must not change while the decoder or a view of it is in use.
func NewDecoder(b []byte) Decoder {
	return Decoder{buf: b, allowance: FrameAllowance + allowanceRate*len(b)}
}

// Err is the first error, a *DecodeError, or nil.
func (d *Decoder) Err() error {
	if d.err == nil {
		return nil
	}
	return d.err
}

// Offset is how many bytes are consumed; after an error, where it was found.
func (d *Decoder) Offset() int {
	if d.err != nil {
		return d.err.Offset
	}
	return d.off
}

// Len is how many bytes are left; 0 after an error.
func (d *Decoder) Len() int { return len(d.buf) - d.off }

// Rest is a view of the bytes that are left.
func (d *Decoder) Rest() []byte { return d.buf[d.off:] }

// fail records the first error and empties the buffer, so that whatever is read next fails too.
// Errors are rare: out of line, they leave room to inline what is not.
//
//go:noinline
func (d *Decoder) fail(what string, reason error) {
	if d.err == nil {
		d.err = &DecodeError{What: what, Offset: d.off, Reason: reason}
	}
	d.buf, d.off = nil, 0
}

// short fails for want of bytes: in an open compound it is the compound's size that lied.
//
//go:noinline
func (d *Decoder) short(what string) {
	if d.compounds > 0 {
		d.fail(what, ErrSize)
		return
	}
	d.fail(what, ErrShort)
}

// constructor consumes one, and reports a missing one as null after an error is recorded.
func (d *Decoder) constructor(what string) byte {
	if i := d.off; i < len(d.buf) {
		d.off = i + 1
		return d.buf[i]
	}
	d.short(what)
	return ctorNull
}

// take consumes n bytes, or returns nil.
func (d *Decoder) take(what string, n int) []byte {
	if n > len(d.buf)-d.off {
		d.short(what)
		return nil
	}
	b := d.buf[d.off : d.off+n : d.off+n]
	d.off += n
	return b
}

func (d *Decoder) take1(what string) byte {
	if i := d.off; i < len(d.buf) {
		d.off = i + 1
		return d.buf[i]
	}
	d.short(what)
	return 0
}

func (d *Decoder) take2(what string) uint16 {
	if b := d.take(what, 2); b != nil {
		return binary.BigEndian.Uint16(b)
	}
	return 0
}

func (d *Decoder) take4(what string) uint32 {
	if b := d.take(what, 4); b != nil {
		return binary.BigEndian.Uint32(b)
	}
	return 0
}

func (d *Decoder) take8(what string) uint64 {
	if b := d.take(what, 8); b != nil {
		return binary.BigEndian.Uint64(b)
	}
	return 0
}

// mismatch fails because constructor c, just consumed, is not one of the wanted type.
//
//go:noinline
func (d *Decoder) mismatch(what string) {
	if d.err == nil {
		d.off--
		d.fail(what, ErrType)
	}
}

// Null consumes a null if one is next, and tells whether it did.
func (d *Decoder) Null() bool {
	if d.off < len(d.buf) && d.buf[d.off] == ctorNull {
		d.off++
		return true
	}
	return false
}

// Bool consumes a boolean, §1.6.2.
func (d *Decoder) Bool() bool {
	if i := d.off; i < len(d.buf) && d.buf[i]-ctorTrue <= ctorFalse-ctorTrue {
		d.off = i + 1
		return d.buf[i] == ctorTrue
	}
	return d.boolOf(d.constructor("boolean"))
}

// Ubyte consumes a ubyte, §1.6.3.
func (d *Decoder) Ubyte() uint8 { return d.ubyteOf(d.constructor("ubyte")) }

// Ushort consumes a ushort, §1.6.4.
func (d *Decoder) Ushort() uint16 { return d.ushortOf(d.constructor("ushort")) }

// Uint consumes a uint, §1.6.5. It is most of what the fields of a performative are, so its forms are looked at first.
func (d *Decoder) Uint() uint32 {
	if b := d.buf[d.off:]; len(b) >= 5 { // fields follow, or a payload does
		switch b[0] {
		case ctorUint:
			d.off += 5
			return binary.BigEndian.Uint32(b[1:])
		case ctorSmallUint:
			d.off += 2
			return uint32(b[1])
		case ctorUint0:
			d.off++
			return 0
		}
	}
	return d.uintOf(d.constructor("uint"))
}

// Ulong consumes a ulong, §1.6.6.
func (d *Decoder) Ulong() uint64 { return d.ulongOf(d.constructor("ulong")) }

// Byte consumes a byte, §1.6.7.
func (d *Decoder) Byte() int8 { return d.byteOf(d.constructor("byte")) }

// Short consumes a short, §1.6.8.
func (d *Decoder) Short() int16 { return d.shortOf(d.constructor("short")) }

// Int consumes an int, §1.6.9.
func (d *Decoder) Int() int32 { return d.intOf(d.constructor("int")) }

// Long consumes a long, §1.6.10.
func (d *Decoder) Long() int64 { return d.longOf(d.constructor("long")) }

// Float consumes a float, §1.6.11.
func (d *Decoder) Float() float32 { return d.floatOf(d.constructor("float")) }

// Double consumes a double, §1.6.12.
func (d *Decoder) Double() float64 { return d.doubleOf(d.constructor("double")) }

// Timestamp consumes a timestamp, §1.6.17, as a local time of millisecond precision.
func (d *Decoder) Timestamp() time.Time { return d.timestampOf(d.constructor("timestamp")) }

// UUID consumes a uuid, §1.6.18.
func (d *Decoder) UUID() amqp.UUID { return d.uuidOf(d.constructor("uuid")) }

// Each method below consumes what follows a constructor: arrays have one constructor for all of their elements.

func (d *Decoder) boolOf(c byte) bool {
	if c == ctorTrue || c == ctorFalse {
		return c == ctorTrue
	}
	if c == ctorBool {
		b := d.take1("boolean")
		if b > 1 {
			d.fail("boolean", ErrValue)
		}
		return b == 1
	}
	d.mismatch("boolean")
	return false
}

func (d *Decoder) ubyteOf(c byte) uint8 {
	if c != ctorUbyte {
		d.mismatch("ubyte")
		return 0
	}
	return d.take1("ubyte")
}

func (d *Decoder) ushortOf(c byte) uint16 {
	if c != ctorUshort {
		d.mismatch("ushort")
		return 0
	}
	return d.take2("ushort")
}

func (d *Decoder) uintOf(c byte) uint32 {
	switch c {
	case ctorSmallUint:
		return uint32(d.take1("uint"))
	case ctorUint0:
		return 0
	case ctorUint:
		return d.take4("uint")
	}
	d.mismatch("uint")
	return 0
}

func (d *Decoder) ulongOf(c byte) uint64 {
	switch c {
	case ctorSmallUlong:
		return uint64(d.take1("ulong"))
	case ctorUlong0:
		return 0
	case ctorUlong:
		return d.take8("ulong")
	}
	d.mismatch("ulong")
	return 0
}

func (d *Decoder) byteOf(c byte) int8 {
	if c != ctorByte {
		d.mismatch("byte")
		return 0
	}
	return int8(d.take1("byte"))
}

func (d *Decoder) shortOf(c byte) int16 {
	if c != ctorShort {
		d.mismatch("short")
		return 0
	}
	return int16(d.take2("short"))
}

func (d *Decoder) intOf(c byte) int32 {
	switch c {
	case ctorSmallInt:
		return int32(int8(d.take1("int")))
	case ctorInt:
		return int32(d.take4("int"))
	}
	d.mismatch("int")
	return 0
}

func (d *Decoder) longOf(c byte) int64 {
	switch c {
	case ctorSmallLong:
		return int64(int8(d.take1("long")))
	case ctorLong:
		return int64(d.take8("long"))
	}
	d.mismatch("long")
	return 0
}

func (d *Decoder) floatOf(c byte) float32 {
	if c != ctorFloat {
		d.mismatch("float")
		return 0
	}
	return math.Float32frombits(d.take4("float"))
}

func (d *Decoder) doubleOf(c byte) float64 {
	if c != ctorDouble {
		d.mismatch("double")
		return 0
	}
	return math.Float64frombits(d.take8("double"))
}

func (d *Decoder) charOf(c byte) Char {
	if c != ctorChar {
		d.mismatch("char")
		return 0
	}
	v := d.take4("char")
	if !validChar(v) {
		d.fail("char", ErrValue)
		return 0
	}
	return Char(v)
}

func (d *Decoder) timestampOf(c byte) time.Time {
	if c != ctorTimestamp {
		d.mismatch("timestamp")
		return time.Time{}
	}
	return time.UnixMilli(int64(d.take8("timestamp")))
}

func (d *Decoder) uuidOf(c byte) (u amqp.UUID) {
	if c != ctorUUID {
		d.mismatch("uuid")
		return u
	}
	copy(u[:], d.take("uuid", len(u)))
	return u
}

func (d *Decoder) decimal32Of(byte) (v Decimal32) {
	copy(v[:], d.take("decimal32", len(v)))
	return v
}

func (d *Decoder) decimal64Of(byte) (v Decimal64) {
	copy(v[:], d.take("decimal64", len(v)))
	return v
}

func (d *Decoder) decimal128Of(byte) (v Decimal128) {
	copy(v[:], d.take("decimal128", len(v)))
	return v
}

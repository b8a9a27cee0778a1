// Package value has the AMQP types that neither Go nor go-amqp has, as they stand in messages, filters and properties.
//
// What lives here: described values, characters, decimals, and the arrays that a Go slice cannot be told to be. What does not: all other types, which
// are Go's own (bool, integers and floats of every size, string, []byte, time.Time, slices, maps) and go-amqp's (Symbol, UUID, Annotations).
package value

// Described is a value with a descriptor that says what it stands for (§1.3.2).
type Described struct {
	Descriptor any // an amqp.Symbol or a uint64; a symbol that was received is a string
	Value      any
}

// Char is a Unicode character (§1.6.16). A rune is an int32 to Go, and is sent as an int.
type Char rune

// The decimals of IEEE 754-2008 (§1.6.13 to §1.6.15), as they are on the wire.
type (
	Decimal32  [4]byte
	Decimal64  [8]byte
	Decimal128 [16]byte
)

// UbyteArray is an array of ubyte (§1.6.24): a []byte is a binary.
type UbyteArray []byte

// Array is an array of arrays: each element is an array of any type (§1.6.24).
type Array []any

// DescribedArray is an array whose elements have all one descriptor (§1.6.24). Values is what the array would be without it.
type DescribedArray struct {
	Descriptor any
	Values     any
}

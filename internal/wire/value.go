package wire

// Described is a value with a descriptor, §1.3.2, that is not one of the composites that Decoder.Value knows.
type Described struct {
	Descriptor any // a symbol decodes as a string; encode amqp.Symbol or uint64
	Value      any
}

// Char is a Unicode character, §1.6.16. (A rune is an int32 to Go, and would encode as an int.)
type Char rune

// The IEEE 754-2008 decimals of §1.6.13 to §1.6.15, as they are on the wire.
type (
	Decimal32  [4]byte
	Decimal64  [8]byte
	Decimal128 [16]byte
)

// UbyteArray is an array of ubyte, which []byte cannot be because that is a binary.
type UbyteArray []byte

// Array is an array of arrays; each element is an array value of any element type.
type Array []any

// DescribedArray is an array whose elements all have one descriptor. Values is what the array would be without it.
type DescribedArray struct {
	Descriptor any
	Values     any
}

// Opt is a field that may be absent where every value of its type is meaningful.
type Opt[T any] struct {
	V  T
	OK bool // whether the field is there
}

// Some is a field that is there.
func Some[T any](v T) Opt[T] { return Opt[T]{V: v, OK: true} }

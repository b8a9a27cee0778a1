package wire

import "github.com/hadron-mq/hadron/value"

// The types of package value, by the names that they go by here.
type (
	Described      = value.Described
	Char           = value.Char
	Decimal32      = value.Decimal32
	Decimal64      = value.Decimal64
	Decimal128     = value.Decimal128
	UbyteArray     = value.UbyteArray
	Array          = value.Array
	DescribedArray = value.DescribedArray
)

// Opt is a field that may be absent where every value of its type is meaningful.
type Opt[T any] struct {
	V  T
	OK bool // whether the field is there
}

// Some is a field that is there.
func Some[T any](v T) Opt[T] { return Opt[T]{V: v, OK: true} }

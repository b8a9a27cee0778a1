package delivery

import "github.com/hadron-mq/hadron/internal/wire"

// Values of AMQP types that Go and go-amqp have no type for, as they stand in messages, filters and properties.
type (
	// Described is a value with a descriptor (§1.2).
	Described = wire.Described
	// Char is one Unicode character (§1.6.16).
	Char = wire.Char
	// Decimal32, Decimal64 and Decimal128 are IEEE 754 decimal numbers, kept as their bytes (§1.6.13 to §1.6.15).
	Decimal32  = wire.Decimal32
	Decimal64  = wire.Decimal64
	Decimal128 = wire.Decimal128
)

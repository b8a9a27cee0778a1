package amqptest

// AMQP values are Go values. The types that Go has stand for themselves: nil,
// bool, uint8 (ubyte) to uint64 (ulong), int8 (byte) to int64 (long), float32,
// float64, []byte (binary) and string. The types below stand for the others.
//
// In a field whose type the specification declares, three shorthands are read
// as that type: an int, a string (for symbol and binary), and a []string (for
// several symbols). A value of an exact type is written as it is, also where it
// is the wrong one, so that a test can lie.
type (
	// Symbol is an AMQP symbol (§1.6.21).
	Symbol string
	// Char is an AMQP char: one Unicode code point (§1.6.16).
	Char rune
	// Timestamp is an AMQP timestamp, in milliseconds since the Unix epoch (§1.6.17).
	Timestamp int64
	// UUID is an AMQP uuid (§1.6.18).
	UUID [16]byte
	// Decimal32 is an AMQP decimal32, as its bytes (§1.6.13).
	Decimal32 [4]byte
	// Decimal64 is an AMQP decimal64, as its bytes (§1.6.14).
	Decimal64 [8]byte
	// Decimal128 is an AMQP decimal128, as its bytes (§1.6.15).
	Decimal128 [16]byte

	// List is an AMQP list (§1.6.22).
	List []any
	// Map is an AMQP map in the order of the wire (§1.6.23), so that a test can
	// see the order, repeat a key or use any value as one.
	Map []Pair
	// Pair is a key and its value.
	Pair [2]any
	// Array is an AMQP array (§1.6.24). All its items are of one type. An empty
	// one is written as an array of nulls.
	Array []any

	// M holds the fields of a frame or of a described list by their names in the
	// specification. As a value it is the specification's type "fields": a map
	// with symbols for keys, written in the order of the keys.
	M map[string]any

	// D is a described value (§1.2). Name is its name in the specification
	// ("source", "accepted", "amqp-value"), which writes the numeric descriptor,
	// or its symbolic descriptor ("amqp:accepted:list"), which writes that, or
	// for one that the specification does not know, its code ("0x468c00000004").
	//
	// A described list of the specification has Fields; anything else has Value.
	// Reading one gives the name in the specification wherever there is one, and
	// Descriptor only where no name can stand for it.
	D struct {
		Name       string
		Descriptor any
		Fields     M
		Value      any
	}

	// Raw is written as it stands, for values that no encoder would make.
	Raw []byte
)

type wildcard struct{}

// Any, in a frame that is wanted, matches every value but null.
var Any any = wildcard{}

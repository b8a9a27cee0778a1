package amqptest

import (
	"fmt"
	"math"
)

// coerce reads the shorthands of a test (int, string, []string) as the type
// that the specification declares. Everything else stays what it is.
func (f *field) coerce(v any) any {
	switch v := v.(type) {
	case int:
		return number(f.kind, int64(v))
	case string:
		switch f.kind {
		case "symbol":
			return Symbol(v)
		case "binary":
			return []byte(v)
		}
	case []string:
		if f.kind == "symbol" {
			symbols := make(Array, len(v))
			for i, s := range v {
				symbols[i] = Symbol(s)
			}
			return symbols
		}
	}
	return v
}

// number makes n a value of the named type.
func number(kind string, n int64) any {
	limit := func(low, high int64) {
		if n < low || n > high {
			panic(fmt.Sprintf("amqptest: %d does not fit in %s", n, kind))
		}
	}
	switch kind {
	case "ubyte":
		limit(0, math.MaxUint8)
		return uint8(n)
	case "ushort":
		limit(0, math.MaxUint16)
		return uint16(n)
	case "uint":
		limit(0, math.MaxUint32)
		return uint32(n)
	case "ulong":
		limit(0, math.MaxInt64)
		return uint64(n)
	case "timestamp":
		return Timestamp(n)
	default:
		panic(fmt.Sprintf("amqptest: the int %d where the type is %q: write it with its type, as in uint32(%d)", n, kind, n))
	}
}

// check says how v differs from what the specification declares for the field,
// or "". A null is checked by its composite.
func (f *field) check(v any) string {
	if f.multiple {
		if items, ok := v.(Array); ok {
			for _, item := range items {
				if problem := checkKind(f.kind, item); problem != "" {
					return "in its array, " + problem
				}
			}
			return ""
		}
	}
	return checkKind(f.kind, v)
}

func checkKind(kind string, v any) string {
	if kind == "*" || kindOf(v) == kind {
		return ""
	}
	if d, ok := v.(D); ok && d.Name == kind {
		return ""
	}
	if m, ok := v.(Map); ok && kind == "fields" {
		for _, pair := range m {
			if _, ok := pair[0].(Symbol); !ok {
				return fmt.Sprintf("key %s is no symbol (§2.8.15)", typed(pair[0]))
			}
		}
		return ""
	}
	return fmt.Sprintf("%s where the specification says %s", typed(v), kind)
}

// kindOf names the AMQP type of a value.
func kindOf(v any) string {
	switch v := v.(type) {
	case nil:
		return "null"
	case bool:
		return "boolean"
	case uint8:
		return "ubyte"
	case uint16:
		return "ushort"
	case uint32:
		return "uint"
	case uint64:
		return "ulong"
	case int8:
		return "byte"
	case int16:
		return "short"
	case int32:
		return "int"
	case int64:
		return "long"
	case float32:
		return "float"
	case float64:
		return "double"
	case Decimal32:
		return "decimal32"
	case Decimal64:
		return "decimal64"
	case Decimal128:
		return "decimal128"
	case Char:
		return "char"
	case Timestamp:
		return "timestamp"
	case UUID:
		return "uuid"
	case []byte:
		return "binary"
	case string:
		return "string"
	case Symbol:
		return "symbol"
	case List:
		return "list"
	case Map, M:
		return "map"
	case Array:
		return "array"
	case D:
		return "described " + v.Name
	default:
		return fmt.Sprintf("Go %T", v)
	}
}

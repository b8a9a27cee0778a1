package wire_test

import (
	"fmt"
	"math"
	"reflect"
	"sort"
	"strings"
	"time"
)

// canon writes a value so that equal values read the same: NaN is equal to itself, times are instants, nil and empty slices and maps are
// one, pointers are what they point to, and types are told apart by their Go names, where go-amqp's internal types and
// ours that stand for the same AMQP type have one name.
func canon(v any) string {
	var b strings.Builder
	canonTo(&b, reflect.ValueOf(v))
	return b.String()
}

func canonTo(b *strings.Builder, v reflect.Value) {
	if !v.IsValid() {
		b.WriteString("null")
		return
	}
	if t, ok := v.Interface().(time.Time); ok {
		fmt.Fprintf(b, "time(%d)", t.UnixMilli())
		return
	}
	switch name := v.Type().Name(); name {
	case "ArrayUByte", "UbyteArray":
		fmt.Fprintf(b, "ubytes(%x)", v.Bytes())
		return
	case "LifetimePolicy":
		fmt.Fprintf(b, "described(uint64(%#x) []interface {}[])", v.Uint())
		return
	case "DescribedType", "Described":
		b.WriteString("described(")
		canonTo(b, v.FieldByName("Descriptor"))
		b.WriteByte(' ')
		canonTo(b, v.FieldByName("Value"))
		b.WriteByte(')')
		return
	}
	switch v.Kind() {
	case reflect.Interface, reflect.Pointer:
		if v.IsNil() {
			b.WriteString("null")
			return
		}
		canonTo(b, v.Elem())
	case reflect.Float32:
		fmt.Fprintf(b, "float(%x)", math.Float32bits(v.Interface().(float32)))
	case reflect.Float64:
		fmt.Fprintf(b, "double(%x)", math.Float64bits(v.Interface().(float64)))
	case reflect.Slice, reflect.Array:
		fmt.Fprintf(b, "%s[", v.Type())
		for i := range v.Len() {
			canonTo(b, v.Index(i))
			b.WriteByte(' ')
		}
		b.WriteByte(']')
	case reflect.Map:
		pairs := make([]string, 0, v.Len())
		for it := v.MapRange(); it.Next(); {
			var p strings.Builder
			canonTo(&p, it.Key())
			p.WriteByte(':')
			canonTo(&p, it.Value())
			pairs = append(pairs, p.String())
		}
		sort.Strings(pairs)
		// An empty map has no keys to tell its type by.
		if len(pairs) > 0 {
			b.WriteString(v.Type().String())
		}
		fmt.Fprintf(b, "map[%s]", strings.Join(pairs, ", "))
	case reflect.Struct:
		fmt.Fprintf(b, "%s{", v.Type())
		for i := range v.NumField() {
			if f := v.Type().Field(i); f.IsExported() {
				fmt.Fprintf(b, "%s:", f.Name)
				canonTo(b, v.Field(i))
				b.WriteByte(' ')
			}
		}
		b.WriteByte('}')
	default:
		fmt.Fprintf(b, "%s(%#v)", v.Type(), v.Interface())
	}
}

package amqptest

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"
)

// maxShown bounds the bytes of a binary that are shown.
const maxShown = 48

// String shows the frame on one line, its fields in the specification's order:
//
//	ch 1 transfer{handle: 0, delivery-id: 0, delivery-tag: b"t0"} [amqp-value("hello")]
func (f Frame) String() string {
	if f.Name == protocolHeader {
		return Header(f.Payload).String()
	}
	var b strings.Builder
	if f.Type == typeAMQP {
		fmt.Fprintf(&b, "ch %d ", f.Channel)
	} else if !strings.HasPrefix(f.Name, "sasl-") {
		fmt.Fprintf(&b, "type %d ", f.Type)
	}
	if f.Name == "" {
		b.WriteString("empty")
	} else {
		b.WriteString(D{Name: f.Name, Fields: f.Fields}.String())
	}
	if len(f.Ext) > 0 {
		fmt.Fprintf(&b, " ext %s", show(f.Ext))
	}
	if len(f.Payload) > 0 {
		b.WriteString(" " + showPayload(f.Payload))
	}
	return b.String()
}

// showPayload shows the sections of a payload where it holds whole ones.
func showPayload(payload []byte) string {
	sections, err := ParseSections(payload)
	if err != nil || len(payload) > 1024 {
		return fmt.Sprintf("+ %d bytes %s", len(payload), show(payload))
	}
	return show(List(sections))
}

// String shows the value as name{field: value} or name(value).
func (d D) String() string {
	name := d.Name
	if name == "" {
		name = "<" + show(d.Descriptor) + ">"
	}
	if d.Value != nil {
		return name + "(" + show(d.Value) + ")"
	}
	var parts []string
	for _, key := range fieldOrder(d.Name, d.Fields) {
		parts = append(parts, key+": "+show(d.Fields[key]))
	}
	return name + "{" + strings.Join(parts, ", ") + "}"
}

// fieldOrder lists the names of fields in the order of the specification, and
// what it does not know after that.
func fieldOrder(name string, fields M) []string {
	keys := slices.Sorted(maps.Keys(fields))
	def := byName[name]
	if def == nil {
		def = bySymbol[Symbol(name)]
	}
	if def == nil {
		return keys
	}
	slices.SortStableFunc(keys, func(a, b string) int {
		return cmp.Compare(uint(def.position(a)), uint(def.position(b)))
	})
	return keys
}

// show shows a value without its type, in the notation of Go where there is
// one: "string", 'symbol', b"binary".
func show(v any) string {
	switch v := v.(type) {
	case nil:
		return "null"
	case string:
		return fmt.Sprintf("%q", v)
	case Symbol:
		return "'" + string(v) + "'"
	case []byte:
		return showBinary(v)
	case Raw:
		return "raw " + showBinary(v)
	case UUID:
		return fmt.Sprintf("%x-%x-%x-%x-%x", v[:4], v[4:6], v[6:8], v[8:10], v[10:])
	case Char:
		return fmt.Sprintf("%q", rune(v))
	case List:
		return "[" + showAll(v) + "]"
	case []string:
		return fmt.Sprintf("%q", v)
	case Array:
		return "@[" + showAll(v) + "]"
	case M:
		return show(v.fields())
	case Map:
		parts := make([]string, len(v))
		for i, pair := range v {
			parts[i] = show(pair[0]) + ": " + show(pair[1])
		}
		return "{" + strings.Join(parts, ", ") + "}"
	case wildcard:
		return "any"
	case fmt.Stringer:
		return v.String()
	default:
		return fmt.Sprint(v)
	}
}

func showAll(values []any) string {
	parts := make([]string, len(values))
	for i, v := range values {
		parts[i] = show(v)
	}
	return strings.Join(parts, ", ")
}

func showBinary(b []byte) string {
	more := ""
	if len(b) > maxShown {
		b, more = b[:maxShown], fmt.Sprintf("... (%d bytes)", len(b))
	}
	if utf8.Valid(b) && !strings.ContainsFunc(string(b), func(r rune) bool { return r < ' ' || r == 0x7f }) {
		return fmt.Sprintf("b%q%s", b, more)
	}
	return fmt.Sprintf("0x%x%s", b, more)
}

// typed shows a value with its type.
func typed(v any) string {
	if v == nil {
		return "null"
	}
	return kindOf(v) + " " + show(v)
}

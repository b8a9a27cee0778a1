package amqptest

import (
	"bytes"
	"fmt"
	"reflect"
	"strings"
)

// Matches says how got differs from the frame that is wanted, a line for each
// difference, or "". Only what want names is compared:
//
//   - the fields in want.Fields, and so on inside described values. A nil wants
//     null, [Any] wants anything else. A field that is absent has its default,
//     and one value of a field that may have several equals an array of it;
//   - the payload, if want.Payload is not nil;
//   - of an M inside a field, its keys. A [Map] is compared whole, in any order.
func Matches(want, got Frame) (diff string) {
	var m matcher
	if want.Name == protocolHeader || got.Name == protocolHeader {
		if w, g := want.String(), got.String(); w != g {
			m.differ("frame", w, g)
		}
		return strings.Join(m.lines, "\n")
	}
	if want.Name != got.Name && !sameName(want.Name, got.Name) {
		m.differ("performative", show(want.Name), show(got.Name))
	}
	if want.Type != got.Type {
		m.differ("frame type", fmt.Sprint(want.Type), fmt.Sprint(got.Type))
	}
	// The channel of a SASL frame is to be ignored (§5.3.1).
	if want.Channel != got.Channel && want.Type != typeSASL {
		m.differ("channel", fmt.Sprint(want.Channel), fmt.Sprint(got.Channel))
	}
	if len(m.lines) == 0 {
		m.fields("", want.Name, want.Fields, got.Fields)
	}
	if want.Payload != nil && !bytes.Equal(want.Payload, got.Payload) {
		m.differ("payload", showPayload(want.Payload), showPayload(got.Payload))
	}
	return strings.Join(m.lines, "\n")
}

type matcher struct{ lines []string }

func (m *matcher) differ(path, want, got string) {
	m.lines = append(m.lines, fmt.Sprintf("%s: want %s, got %s", path, want, got))
}

// sameName says whether both names stand for one type of the specification.
func sameName(a, b string) bool {
	if a == "" || b == "" {
		return false
	}
	_, known := lookup(a)
	_, other := lookup(b)
	return known != nil && known == other
}

func (m *matcher) fields(path, name string, want, got M) {
	for _, key := range fieldOrder(name, want) {
		at := strings.TrimPrefix(path+"."+key, ".")
		wanted, seen := want[key], got[key]
		if _, def := lookup(name); def != nil {
			i := def.position(key)
			if i < 0 {
				panic(fmt.Sprintf("amqptest: %s has no field %q", name, key))
			}
			f := &def.fields[i]
			wanted = f.coerce(wanted)
			if seen == nil && wanted != nil {
				seen = f.preset
			}
			if f.multiple {
				wanted, seen = several(wanted), several(seen)
			}
		}
		m.value(at, wanted, seen)
	}
}

// several gives a field that may have several values as an array (§1.4).
func several(v any) any {
	switch v.(type) {
	case nil, Array, wildcard:
		return v
	default:
		return Array{v}
	}
}

func (m *matcher) value(path string, want, got any) {
	switch want := want.(type) {
	case wildcard:
		if got == nil {
			m.differ(path, "any value", "null")
		}
		return
	case D:
		if got, ok := got.(D); ok {
			m.described(path, want, got)
			return
		}
	case M:
		if got, ok := got.(Map); ok {
			for _, pair := range want.fields() {
				m.value(path+"["+show(pair[0])+"]", pair[1], get(got, pair[0]))
			}
			return
		}
	case Map:
		if got, ok := got.(Map); ok && len(got) == len(want) {
			for _, pair := range want {
				m.value(path+"["+show(pair[0])+"]", pair[1], get(got, pair[0]))
			}
			return
		}
	case List:
		if got, ok := got.(List); ok && len(got) == len(want) {
			m.values(path, want, got)
			return
		}
	case Array:
		if got, ok := got.(Array); ok && len(got) == len(want) {
			m.values(path, want, got)
			return
		}
	default:
		if reflect.DeepEqual(want, got) {
			return
		}
	}
	m.differ(path, typed(want), typed(got))
}

func (m *matcher) described(path string, want, got D) {
	if want.Name != got.Name && !sameName(want.Name, got.Name) || !reflect.DeepEqual(want.Descriptor, got.Descriptor) {
		m.differ(path, want.String(), got.String())
		return
	}
	if want.Name != "" {
		m.fields(path, want.Name, want.Fields, got.Fields)
	}
	if want.Value != nil {
		m.value(path, want.Value, got.Value)
	}
}

func (m *matcher) values(path string, want, got []any) {
	for i := range want {
		m.value(fmt.Sprintf("%s[%d]", path, i), want[i], got[i])
	}
}

func get(m Map, key any) any {
	for _, pair := range m {
		if reflect.DeepEqual(pair[0], key) {
			return pair[1]
		}
	}
	return nil
}

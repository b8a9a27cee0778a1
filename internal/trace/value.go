package trace

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/Azure/go-amqp"

	"github.com/hadron-mq/hadron/internal/wire"
)

const (
	maxText  = 128  // of one text or binary, in bytes
	maxItems = 64   // of one list or map
	maxLine  = 4096 // of all, in bytes
)

// masked are the fields that log in, or help to find out how.
var masked = map[uint64]string{
	wire.CodeSASLInit:      "initial-response",
	wire.CodeSASLChallenge: "challenge",
	wire.CodeSASLResponse:  "response",
	wire.CodeSASLOutcome:   "additional-data",
}

// performative shows a frame's body.
func performative(v any) string {
	var w words
	w.value(v)
	return clip(w.String(), maxLine)
}

// clip cuts what is longer than n bytes, at the end of a character.
func clip(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n] + "..."
}

// words are values as text.
type words struct{ strings.Builder }

func (w *words) value(v any) {
	if w.Len() > maxLine { // nobody will see it
		return
	}
	switch v := v.(type) {
	case nil, amqp.Null:
		w.WriteString("null")
	case string:
		w.WriteString(strconv.Quote(clip(v, maxText)))
	case amqp.Symbol:
		w.WriteString(strconv.Quote(clip(string(v), maxText)))
	case []byte:
		w.WriteString("b" + strconv.Quote(clip(string(v), maxText)))
	case time.Time:
		w.WriteString(v.UTC().Format(time.RFC3339Nano))
	case []any:
		w.list(len(v), func(i int) { w.value(v[i]) })
	case []amqp.Symbol:
		w.list(len(v), func(i int) { w.value(v[i]) })
	case map[string]any:
		keys := slices.Sorted(maps.Keys(v))
		w.entries(len(v), func(i int) { w.pair(strconv.Quote(clip(keys[i], maxText)), v[keys[i]]) })
	case map[any]any:
		w.anyMap(v)
	case amqp.Annotations:
		w.anyMap(v)
	case wire.Described:
		w.described(v)
	default:
		w.vocabulary(v)
	}
}

// vocabulary shows what decoding gives in go-amqp's terms.
func (w *words) vocabulary(v any) {
	switch v := v.(type) {
	case *amqp.Error:
		w.kind(wire.CodeError)
		w.fields(nil, []string{"condition", "description", "info"}, []any{v.Condition, v.Description, infoOf(v)})
	case *amqp.StateReceived:
		w.kind(wire.CodeReceived)
		w.fields(nil, []string{"section-number", "section-offset"}, []any{v.SectionNumber, v.SectionOffset})
	case *amqp.StateAccepted:
		w.kind(wire.CodeAccepted)
		w.WriteString("[]")
	case *amqp.StateRejected:
		w.kind(wire.CodeRejected)
		var err any
		if v.Error != nil {
			err = v.Error
		}
		w.fields(nil, []string{"error"}, []any{err})
	case *amqp.StateReleased:
		w.kind(wire.CodeReleased)
		w.WriteString("[]")
	case *amqp.StateModified:
		w.kind(wire.CodeModified)
		var annotations any
		if v.MessageAnnotations != nil {
			annotations = v.MessageAnnotations
		}
		w.fields(nil, []string{"delivery-failed", "undeliverable-here", "message-annotations"}, []any{v.DeliveryFailed, v.UndeliverableHere, annotations})
	case amqp.ErrCond:
		w.WriteString(strconv.Quote(clip(string(v), maxText)))
	default: // numbers, booleans, UUIDs, and rare arrays
		w.WriteString(clip(fmt.Sprintf("%v", v), maxText))
	}
}

func infoOf(err *amqp.Error) any {
	if err.Info == nil {
		return nil
	}
	return err.Info
}

// described shows a composite with the names of its fields, where the specification has some.
func (w *words) described(v wire.Described) {
	code, ok := v.Descriptor.(uint64)
	if !ok {
		w.WriteString("@")
		w.value(v.Descriptor)
		w.WriteString(" ")
		w.value(v.Value)
		return
	}
	w.kind(code)
	_, names := wire.Names(code)
	if list, ok := v.Value.([]any); ok && names != nil {
		w.fields(&code, names, list)
		return
	}
	w.value(v.Value)
}

// kind shows a descriptor.
func (w *words) kind(code uint64) {
	if name, _ := wire.Names(code); name != "" {
		fmt.Fprintf(w, "@%s(%d) ", name, code)
		return
	}
	fmt.Fprintf(w, "@%#x ", code)
}

// fields shows those fields of a composite that are not null.
func (w *words) fields(code *uint64, names []string, values []any) {
	w.WriteString("[")
	first := true
	for i, v := range values {
		if v == nil {
			continue
		}
		if !first {
			w.WriteString(", ")
		}
		first = false
		name := strconv.Itoa(i)
		if i < len(names) {
			name = names[i]
		}
		if code != nil && masked[*code] == name {
			w.WriteString(name + "=***")
			continue
		}
		w.pair(name, v)
	}
	w.WriteString("]")
}

func (w *words) pair(name string, v any) {
	w.WriteString(name + "=")
	w.value(v)
}

func (w *words) anyMap(m map[any]any) {
	type entry struct {
		key   string
		value any
	}
	var all []entry
	for k, v := range m {
		var key words
		key.value(k)
		all = append(all, entry{key.String(), v})
	}
	slices.SortFunc(all, func(a, b entry) int { return strings.Compare(a.key, b.key) })
	w.entries(len(all), func(i int) { w.pair(all[i].key, all[i].value) })
}

func (w *words) list(n int, item func(i int)) { w.items("[", "]", n, item) }

func (w *words) entries(n int, item func(i int)) { w.items("{", "}", n, item) }

func (w *words) items(open, end string, n int, item func(i int)) {
	w.WriteString(open)
	for i := range min(n, maxItems) {
		if i > 0 {
			w.WriteString(", ")
		}
		item(i)
	}
	if n > maxItems {
		fmt.Fprintf(w, ", and %d more", n-maxItems)
	}
	w.WriteString(end)
}

package amqptest

import (
	"fmt"
	"strconv"
	"strings"
)

// described is one described type of the specification: a composite, which is
// a list of fields, or a restricted type, which is a value of one type.
type described struct {
	name   string
	code   uint64
	symbol Symbol
	fields []field // of a composite
	value  string  // the type, of what is no composite; else ""
}

// field is a field of a composite, as the specification declares it.
type field struct {
	name      string
	kind      string // the primitive type, "fields", "*", or the name of a composite
	mandatory bool
	multiple  bool // one value, or an array of them (§1.4)
	preset    any  // the default, or nil
}

func (d *described) position(name string) int {
	for i := range d.fields {
		if d.fields[i].name == name {
			return i
		}
	}
	return -1
}

// definitions is typed off the specification: the name, its code and its
// fields as "name type [mandatory] [multiple] [=default]".
var definitions = []struct {
	name   string
	code   uint64
	fields []string
}{
	// §2.7 performatives
	{"open", 0x10, []string{
		"container-id string mandatory", "hostname string", "max-frame-size uint =4294967295",
		"channel-max ushort =65535", "idle-time-out uint", "outgoing-locales symbol multiple",
		"incoming-locales symbol multiple", "offered-capabilities symbol multiple",
		"desired-capabilities symbol multiple", "properties fields"}},
	{"begin", 0x11, []string{
		"remote-channel ushort", "next-outgoing-id uint mandatory", "incoming-window uint mandatory",
		"outgoing-window uint mandatory", "handle-max uint =4294967295",
		"offered-capabilities symbol multiple", "desired-capabilities symbol multiple", "properties fields"}},
	{"attach", 0x12, []string{
		"name string mandatory", "handle uint mandatory", "role boolean mandatory",
		"snd-settle-mode ubyte =2", "rcv-settle-mode ubyte =0", "source *", "target *", "unsettled map",
		"incomplete-unsettled boolean =false", "initial-delivery-count uint", "max-message-size ulong",
		"offered-capabilities symbol multiple", "desired-capabilities symbol multiple", "properties fields"}},
	{"flow", 0x13, []string{
		"next-incoming-id uint", "incoming-window uint mandatory", "next-outgoing-id uint mandatory",
		"outgoing-window uint mandatory", "handle uint", "delivery-count uint", "link-credit uint",
		"available uint", "drain boolean =false", "echo boolean =false", "properties fields"}},
	{"transfer", 0x14, []string{
		"handle uint mandatory", "delivery-id uint", "delivery-tag binary", "message-format uint",
		"settled boolean", "more boolean =false", "rcv-settle-mode ubyte", "state *",
		"resume boolean =false", "aborted boolean =false", "batchable boolean =false"}},
	{"disposition", 0x15, []string{
		"role boolean mandatory", "first uint mandatory", "last uint", "settled boolean =false",
		"state *", "batchable boolean =false"}},
	{"detach", 0x16, []string{"handle uint mandatory", "closed boolean =false", "error error"}},
	{"end", 0x17, []string{"error error"}},
	{"close", 0x18, []string{"error error"}},
	{"error", 0x1d, []string{"condition symbol mandatory", "description string", "info fields"}},

	// §3.4 delivery states, §3.5 sources and targets
	{"received", 0x23, []string{"section-number uint mandatory", "section-offset ulong mandatory"}},
	{"accepted", 0x24, nil},
	{"rejected", 0x25, []string{"error error"}},
	{"released", 0x26, nil},
	{"modified", 0x27, []string{
		"delivery-failed boolean", "undeliverable-here boolean", "message-annotations fields"}},
	{"source", 0x28, []string{
		"address *", "durable uint =0", "expiry-policy symbol =session-end", "timeout uint =0",
		"dynamic boolean =false", "dynamic-node-properties fields", "distribution-mode symbol", "filter map",
		"default-outcome *", "outcomes symbol multiple", "capabilities symbol multiple"}},
	{"target", 0x29, []string{
		"address *", "durable uint =0", "expiry-policy symbol =session-end", "timeout uint =0",
		"dynamic boolean =false", "dynamic-node-properties fields", "capabilities symbol multiple"}},
	{"delete-on-close", 0x2b, nil},
	{"delete-on-no-links", 0x2c, nil},
	{"delete-on-no-messages", 0x2d, nil},
	{"delete-on-no-links-or-messages", 0x2e, nil},

	// §4.5 transactions
	{"coordinator", 0x30, []string{"capabilities symbol multiple"}},
	{"declare", 0x31, []string{"global-id *"}},
	{"discharge", 0x32, []string{"txn-id binary mandatory", "fail boolean"}},
	{"declared", 0x33, []string{"txn-id binary mandatory"}},
	{"transactional-state", 0x34, []string{"txn-id binary mandatory", "outcome *"}},

	// §5.3.3 SASL
	{"sasl-mechanisms", 0x40, []string{"sasl-server-mechanisms symbol multiple mandatory"}},
	{"sasl-init", 0x41, []string{"mechanism symbol mandatory", "initial-response binary", "hostname string"}},
	{"sasl-challenge", 0x42, []string{"challenge binary mandatory"}},
	{"sasl-response", 0x43, []string{"response binary mandatory"}},
	{"sasl-outcome", 0x44, []string{"code ubyte mandatory", "additional-data binary"}},

	// §3.2 message sections that are lists
	{"header", 0x70, []string{
		"durable boolean =false", "priority ubyte =4", "ttl uint", "first-acquirer boolean =false",
		"delivery-count uint =0"}},
	{"properties", 0x73, []string{
		"message-id *", "user-id binary", "to *", "subject string", "reply-to *", "correlation-id *",
		"content-type symbol", "content-encoding symbol", "absolute-expiry-time timestamp",
		"creation-time timestamp", "group-id string", "group-sequence uint", "reply-to-group-id string"}},
}

// restricted are the message sections that are not lists of fields (§3.2).
var restricted = []described{
	{name: "delivery-annotations", code: 0x71, value: "map"},
	{name: "message-annotations", code: 0x72, value: "map"},
	{name: "application-properties", code: 0x74, value: "map"},
	{name: "data", code: 0x75, value: "binary"},
	{name: "amqp-sequence", code: 0x76, value: "list"},
	{name: "amqp-value", code: 0x77, value: "*"},
	{name: "footer", code: 0x78, value: "map"},
}

var (
	byName   = map[string]*described{}
	byCode   = map[uint64]*described{}
	bySymbol = map[Symbol]*described{}
)

func init() {
	for _, def := range definitions {
		d := &described{name: def.name, code: def.code, symbol: Symbol("amqp:" + def.name + ":list")}
		for _, text := range def.fields {
			d.fields = append(d.fields, parseField(text))
		}
		define(d)
	}
	for i := range restricted {
		d := &restricted[i]
		d.symbol = Symbol("amqp:" + d.name + ":" + d.value)
		define(d)
	}
}

func define(d *described) {
	byName[d.name], byCode[d.code], bySymbol[d.symbol] = d, d, d
}

func parseField(text string) field {
	words := strings.Fields(text)
	f := field{name: words[0], kind: words[1]}
	for _, word := range words[2:] {
		switch word {
		case "mandatory":
			f.mandatory = true
		case "multiple":
			f.multiple = true
		default:
			f.preset = parsePreset(f.kind, strings.TrimPrefix(word, "="))
		}
	}
	return f
}

func parsePreset(kind, text string) any {
	switch kind {
	case "boolean":
		return text == "true"
	case "symbol":
		return Symbol(text)
	default:
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			panic(fmt.Sprintf("amqptest: default %q of type %s: %v", text, kind, err))
		}
		return number(kind, n)
	}
}

// lookup finds what a name stands for. The descriptor is what the wire shows
// for it; d is nil where the specification does not define it.
func lookup(name string) (descriptor any, d *described) {
	if d := byName[name]; d != nil {
		return d.code, d
	}
	if strings.Contains(name, ":") {
		return Symbol(name), bySymbol[Symbol(name)]
	}
	code, err := strconv.ParseUint(name, 0, 64)
	if err != nil {
		panic(fmt.Sprintf("amqptest: %q is not in the specification, no symbolic descriptor and no code", name))
	}
	return code, byCode[code]
}

// nameOf is the inverse of lookup. The name is empty for a descriptor that no
// name stands for.
func nameOf(descriptor any) (name string, d *described) {
	switch v := descriptor.(type) {
	case uint64:
		if d := byCode[v]; d != nil {
			return d.name, d
		}
		return fmt.Sprintf("0x%x", v), nil
	case Symbol:
		if d := bySymbol[v]; d != nil {
			return d.name, d
		}
		if strings.Contains(string(v), ":") {
			return string(v), nil
		}
	}
	return "", nil
}

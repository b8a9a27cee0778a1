package amqptest

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/Azure/go-amqp"
	"github.com/stretchr/testify/require"
)

// messageSamples are encoded messages (§3.2): as go-amqp writes them, and as the codec of this package does where go-amqp does not: in the
// longest encodings, of types that it does not have, with sections that are out of place, twice there, or no sections at all.
func messageSamples(t *testing.T) *samples {
	s := newSamples("Encoded messages")
	s.section("of go-amqp")
	for _, m := range goMessages() {
		b, err := m.MarshalBinary()
		require.NoError(t, err)
		s.add(b)
	}
	s.section("bodies of a value, of each type")
	for _, v := range bodyValues {
		body := D{Name: "amqp-value", Value: v}
		s.add(Sections(body), WideSections(body))
	}
	sections := []any{
		D{Name: "header", Fields: M{"durable": true, "priority": 9, "ttl": 60000, "first-acquirer": true, "delivery-count": 3}},
		D{Name: "delivery-annotations", Value: Map{{Symbol("x-opt-a"), uint64(1)}}},
		D{Name: "message-annotations", Value: Map{{Symbol("x-opt-b"), "two"}, {uint64(7), nil}}},
		D{Name: "properties", Fields: M{"message-id": "id", "user-id": []byte("me"), "to": "to", "subject": "s", "reply-to": "r", "correlation-id": UUID{1},
			"content-type": "text/plain", "content-encoding": "gzip", "absolute-expiry-time": 2, "creation-time": 1, "group-id": "g", "group-sequence": 3,
			"reply-to-group-id": "rg"}},
		D{Name: "application-properties", Value: Map{{"a", uint32(1)}, {"b", "two"}, {"c", nil}}},
		D{Name: "data", Value: []byte("body")},
		D{Name: "footer", Value: Map{{Symbol("x-opt-c"), true}}},
	}
	s.section("sections: each alone, up to each, from each on, without each, each twice, and backwards")
	for i, one := range sections {
		s.add(Sections(one), WideSections(one), Sections(sections[:i+1]...), Sections(sections[i:]...), Sections(slices.Delete(slices.Clone(sections), i, i+1)...),
			Sections(slices.Insert(slices.Clone(sections), i, one)...))
	}
	backwards := slices.Clone(sections)
	slices.Reverse(backwards)
	s.add(Sections(backwards...), WideSections(sections...))
	s.section("described by symbols")
	for _, symbol := range []string{"amqp:header:list", "amqp:properties:list"} {
		s.add(Sections(D{Name: symbol, Fields: M{}}))
	}
	for _, symbol := range []string{"amqp:data:binary", "amqp:amqp-value:*", "amqp:amqp-sequence:list", "amqp:application-properties:map", "x:unknown"} {
		for _, v := range []any{[]byte("b"), "s", List{int32(1)}, Map{{"k", "v"}}, nil} {
			s.add(slices.Concat([]byte{0x00}, Sections(Symbol(symbol)), Sections(v)))
		}
	}
	s.section("bodies of more than one section, and of more than one kind")
	data, sequence, value := sections[5], D{Name: "amqp-sequence", Value: List{int32(1), "a"}}, D{Name: "amqp-value", Value: "v"}
	for _, one := range []any{data, sequence, value} {
		for _, other := range []any{data, sequence, value} {
			s.add(Sections(one, other), Sections(one, other, one))
		}
	}
	s.section("what is no message")
	s.add(Sections("bare"), Sections(data, "bare", data), Sections(nil), []byte{0x00}, []byte{0x00, 0x53, 0x75}, Sections(D{Name: "data", Value: "no binary"}),
		Sections(D{Name: "amqp-sequence", Value: "no list"}), Sections(D{Name: "application-properties", Value: List{}}), Sections(D{Name: "open", Fields: M{"container-id": "c"}}),
		Sections(D{Name: "message-annotations", Value: Map{{"a string", true}}}), Sections(D{Name: "application-properties", Value: Map{{"k", List{}}}}))
	s.broken(700, 400)
	return s
}

// bodyValues are values of each type (§1.6).
var bodyValues = []any{
	nil, true, false, uint8(1), uint16(1), uint32(0), uint32(1), uint32(1 << 31), uint64(0), uint64(1), uint64(1 << 63), int8(-1), int16(-1), int32(-1), int32(-1 << 31),
	int64(-1), int64(-1 << 63), float32(0.5), 0.5, Char('ß'), Decimal32{1}, Decimal64{2}, Decimal128{3}, Timestamp(1), UUID{1, 2, 3}, []byte("b"), "s", Symbol("y"),
	List{}, List{true, List{nil, "x"}}, Map{}, Map{{"k", uint64(1)}, {uint64(2), "v"}}, Map{{Symbol("k"), Map{{"in", List{}}}}},
	Array{}, Array{uint8(1), uint8(2)}, Array{uint32(1), uint32(2)}, Array{int64(1)}, Array{"a", "b"}, Array{Symbol("a"), Symbol("b")}, Array{true, false}, Array{UUID{1}},
	Array{Array{int32(1)}, Array{int32(2), int32(3)}}, Array{List{int32(1)}, List{}}, Array{Map{{"k", true}}}, Array{D{Name: "0x99", Value: "v"}, D{Name: "0x99", Value: "w"}},
	D{Name: "accepted", Fields: M{}}, D{Name: "rejected", Fields: M{"error": D{Name: "error", Fields: M{"condition": "a:b", "description": "d"}}}},
	D{Name: "modified", Fields: M{"delivery-failed": true}}, D{Name: "x:y", Value: Map{{"k", "v"}}}, strings.Repeat("long ", 60), []byte(strings.Repeat("b", 300)),
}

// goMessages are those that go-amqp is asked to encode. Maps have one entry: it writes others in any order.
func goMessages() (all []*amqp.Message) {
	text := func(s string) *string { return &s }
	at, sequence := time.UnixMilli(1), uint32(3)
	for _, id := range []any{uint64(1), "id", []byte("id"), amqp.UUID{1, 2}} {
		all = append(all, &amqp.Message{Properties: &amqp.MessageProperties{MessageID: id, CorrelationID: id}, Data: [][]byte{[]byte("x")}})
	}
	for _, p := range []amqp.MessageProperties{
		{}, {UserID: []byte("me")}, {To: text("to")}, {Subject: text("s")}, {ReplyTo: text("r")}, {ContentType: text("text/plain")}, {ContentEncoding: text("gzip")},
		{AbsoluteExpiryTime: &at}, {CreationTime: &at}, {GroupID: text("g")}, {GroupSequence: &sequence}, {ReplyToGroupID: text("rg")},
	} {
		all = append(all, &amqp.Message{Properties: &p})
	}
	for _, h := range []amqp.MessageHeader{{}, {Priority: 4}, {Durable: true}, {Priority: 9}, {TTL: time.Minute}, {FirstAcquirer: true}, {DeliveryCount: 300}} {
		all = append(all, &amqp.Message{Header: &h, Data: [][]byte{{}}})
	}
	for _, v := range []any{
		true, uint8(1), uint16(2), uint32(3), uint64(4), int8(-1), int16(-2), int32(-3), int64(-4), float32(0.5), 0.25, "s", []byte("b"), amqp.Symbol("y"), at, amqp.UUID{9},
		[]any{int32(1), "a", nil}, map[string]any{"k": int64(1)}, map[any]any{uint64(1): "v"}, []int32{1, 2}, []string{"a", "b"}, []amqp.Symbol{"a"}, []bool{true}, []amqp.UUID{{1}},
	} {
		all = append(all, &amqp.Message{Value: v}, &amqp.Message{Sequence: [][]any{{v}, {}}})
		if _, ok := v.([]any); !ok {
			all = append(all, &amqp.Message{ApplicationProperties: map[string]any{"k": v}}, &amqp.Message{Annotations: amqp.Annotations{"x-opt-k": v}, Value: nil})
		}
	}
	return append(all,
		&amqp.Message{Data: [][]byte{[]byte("one"), []byte("two"), {}}},
		&amqp.Message{DeliveryAnnotations: amqp.Annotations{int64(7): "v"}, Footer: amqp.Annotations{"f": true}, Data: [][]byte{[]byte("x")}},
		&amqp.Message{Data: [][]byte{make([]byte, 300)}},
	)
}

// What go-amqp writes, this package reads as what it is: two codecs agree.
func TestWhatGoAMQPWritesIsReadAsWhatItIs(t *testing.T) {
	at := time.UnixMilli(1234)
	for _, c := range []struct{ goes, comes any }{
		{true, true}, {uint8(42), uint8(42)}, {uint16(42), uint16(42)}, {uint32(0), uint32(0)}, {uint32(12345), uint32(12345)}, {uint64(12345), uint64(12345)},
		{int8(-4), int8(-4)}, {int16(-42), int16(-42)}, {int32(-12345), int32(-12345)}, {int64(-12345), int64(-12345)}, {float32(0.125), float32(0.125)}, {0.125, 0.125},
		{[]byte("abc\x00defg"), []byte("abc\x00defg")}, {"abcdefg", "abcdefg"}, {amqp.Symbol("abcdefg"), Symbol("abcdefg")}, {"", ""}, {[]byte{}, []byte{}},
		{at, Timestamp(1234)}, {amqp.UUID{1, 2, 3}, UUID{1, 2, 3}},
		{[]any{int32(32), "foo", true}, List{int32(32), "foo", true}}, {[]any{}, List{}},
		{map[string]any{"one": int32(1)}, Map{{"one", int32(1)}}}, {map[any]any{int32(1): "one"}, Map{{int32(1), "one"}}},
		{[]int32{1, 2, 300}, Array{int32(1), int32(2), int32(300)}}, {[]string{"a", "b", "c"}, Array{"a", "b", "c"}},
		{&amqp.StateAccepted{}, D{Name: "accepted", Fields: M{}}},
	} {
		b, err := (&amqp.Message{Value: c.goes}).MarshalBinary()
		require.NoError(t, err)
		values, err := ParseSections(b)
		require.NoError(t, err, "%#v", c.goes)
		require.Equal(t, []any{D{Name: "amqp-value", Value: c.comes}}, values)
	}
}

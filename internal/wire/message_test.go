package wire_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/Azure/go-amqp"
	"github.com/stretchr/testify/require"

	"github.com/hadron-mq/hadron/internal/amqptest"
	"github.com/hadron-mq/hadron/internal/wire"
)

func ptr[T any](v T) *T { return &v }

// messages are messages with every section and field somewhere.
func messages() map[string]*amqp.Message {
	return map[string]*amqp.Message{
		"empty": {},
		"data":  amqp.NewMessage([]byte("hello")),
		"bench": benchMessage(),
		"large": amqp.NewMessage(make([]byte, 100000)),
		"all": {
			Header:              &amqp.MessageHeader{Durable: true, Priority: 9, TTL: time.Minute, FirstAcquirer: true, DeliveryCount: 300},
			DeliveryAnnotations: amqp.Annotations{"d": int64(1)},
			Annotations:         amqp.Annotations{"x-opt": "v", int64(7): []any{nil}},
			Properties: &amqp.MessageProperties{
				MessageID: "id", UserID: []byte("me"), To: ptr("to"), Subject: ptr("subject"), ReplyTo: ptr("reply"),
				CorrelationID: amqp.UUID{1}, ContentType: ptr("text/plain"), ContentEncoding: ptr("gzip"),
				AbsoluteExpiryTime: ptr(time.UnixMilli(2)), CreationTime: ptr(time.UnixMilli(1)),
				GroupID: ptr("g"), GroupSequence: ptr(uint32(3)), ReplyToGroupID: ptr("r"),
			},
			ApplicationProperties: fields{"a": uint64(1), "b": "two"},
			Data:                  [][]byte{[]byte("one"), []byte("two"), {}},
			Footer:                amqp.Annotations{"f": true},
		},
		"value":       {Value: fields{"a": []any{int32(1)}}},
		"sequence":    {Sequence: [][]any{{int32(1), "a"}, {}}},
		"last fields": {Properties: &amqp.MessageProperties{ReplyToGroupID: ptr("r")}, Header: &amqp.MessageHeader{DeliveryCount: 1}},
		"no fields":   {Properties: &amqp.MessageProperties{}, Header: &amqp.MessageHeader{Priority: 4}},
		"empty maps":  {Annotations: amqp.Annotations{}, ApplicationProperties: fields{}},
	}
}

func TestMessageRoundTrip(t *testing.T) {
	for name, m := range messages() {
		t.Run(name, func(t *testing.T) {
			b, err := wire.AppendMessage([]byte{9}, m)
			require.NoError(t, err)
			got, err := wire.DecodeMessage(b[1:])
			require.NoError(t, err)
			require.Equal(t, canon(m), canon(got))
			theirs, err := oracle(b[1:])
			require.NoError(t, err)
			require.Equal(t, canon(m), canon(theirs))

			encoded, err := m.MarshalBinary()
			require.NoError(t, err)
			got, err = wire.DecodeMessage(encoded)
			require.NoError(t, err)
			require.Equal(t, canon(m), canon(got))
		})
	}
}

func TestDecodedMessageKeepsNothingOfTheBuffer(t *testing.T) {
	for name, m := range messages() {
		b, err := wire.AppendMessage(nil, m)
		require.NoError(t, err)
		got, err := wire.DecodeMessage(b)
		require.NoError(t, err)
		clear(b)
		require.Equal(t, canon(m), canon(got), name)
		for i, data := range got.Data {
			// What is appended to one section must not run into the next.
			_ = append(data, "more"...)
			require.Equal(t, m.Data[i], got.Data[i], name)
		}
		require.Equal(t, canon(m), canon(got), name)
	}
}

func TestNullIsAValueToSend(t *testing.T) {
	b, err := wire.AppendMessage(nil, &amqp.Message{Value: amqp.Null{}})
	require.NoError(t, err)
	require.Equal(t, unhex("00 53 77 40"), b)
}

func TestMessageErrors(t *testing.T) {
	for _, v := range []struct {
		name, hex string
		reason    error
	}{
		{"no section", "00 53 24 45", wire.ErrType},
		{"a null of no section", "00 53 79 40", wire.ErrType},
		{"not described", "a0 00", wire.ErrType},
		{"unknown symbol", "00 a3 01 61 45", wire.ErrValue},
		{"too many fields", "00 53 70 c0 07 06 40 40 40 40 40 40", wire.ErrField},
		{"header that is short", "00 53 70 c0 05 02 41", wire.ErrShort},
		{"header with bytes to spare", "00 53 70 c0 03 01 41 41", wire.ErrSize},
		{"time to live of a ulong", "00 53 70 c0 05 03 40 40 53 01", wire.ErrType},
		{"annotation with a key of binary", "00 53 72 c1 05 02 a0 01 61 40", wire.ErrValue},
		{"subject that is not UTF-8", "00 53 73 c0 07 04 40 40 40 a1 01 ff", wire.ErrValue},
		{"content-type that is not ASCII", "00 53 73 c0 0b 07 40 40 40 40 40 40 a3 02 c3 a9", wire.ErrValue},
		{"property with a key of int", "00 53 74 c1 04 02 54 01 40", wire.ErrType},
	} {
		t.Run(v.name, func(t *testing.T) {
			_, err := wire.DecodeMessage(unhex(v.hex))
			require.ErrorIs(t, err, v.reason)
		})
	}
	for _, m := range []*amqp.Message{
		{Properties: &amqp.MessageProperties{Subject: ptr("\xff")}},
		{Properties: &amqp.MessageProperties{ContentType: ptr("é")}},
		{ApplicationProperties: fields{"\xff": 1}},
		{Annotations: amqp.Annotations{"é": 1}},
		{Data: [][]byte{{1}}, Value: struct{}{}},
	} {
		dst, err := wire.AppendMessage([]byte{1}, m)
		require.Error(t, err)
		require.Equal(t, []byte{1}, dst)
	}
}

func TestSymbolicSections(t *testing.T) {
	b := append(unhex("00 a3 10"), "amqp:data:binary"...)
	m, err := wire.DecodeMessage(append(b, unhex("a0 01 07")...))
	require.NoError(t, err)
	require.Equal(t, []byte{7}, m.GetData())
}

func TestSplitHeader(t *testing.T) {
	h := &amqp.MessageHeader{Durable: true, Priority: 3, TTL: time.Second, DeliveryCount: 2}
	body := unhex("00 53 75 a0 01 07")
	got, rest, err := wire.SplitHeader(append(wire.AppendHeader(nil, h), body...))
	require.NoError(t, err)
	require.Equal(t, h, got)
	require.Equal(t, body, rest)

	got, rest, err = wire.SplitHeader(body)
	require.NoError(t, err)
	require.Nil(t, got)
	require.Equal(t, body, rest)

	got, rest, err = wire.SplitHeader(nil)
	require.NoError(t, err)
	require.Nil(t, got)
	require.Empty(t, rest)

	_, _, err = wire.SplitHeader(unhex("00 53 70 c0 03 01 41 41"))
	require.ErrorIs(t, err, wire.ErrSize)
	_, _, err = wire.SplitHeader(unhex("40"))
	require.ErrorIs(t, err, wire.ErrType)
}

func TestTimeToLiveIsRoundedUpAndBounded(t *testing.T) {
	for ttl, want := range map[time.Duration]time.Duration{
		1:                      time.Millisecond,
		time.Millisecond:       time.Millisecond,
		-1:                     0,
		100 * 24 * time.Hour:   (1<<32 - 1) * time.Millisecond,
		1500 * time.Nanosecond: time.Millisecond,
	} {
		h, _, err := wire.SplitHeader(wire.AppendHeader(nil, &amqp.MessageHeader{TTL: ttl}))
		require.NoError(t, err)
		require.Equal(t, want, h.TTL)
	}
}

func TestMessageAllocations(t *testing.T) {
	b, err := wire.AppendMessage(nil, benchMessage())
	require.NoError(t, err)
	var slabs wire.Slabs
	require.LessOrEqual(t, testing.AllocsPerRun(100, func() {
		_, _ = slabs.DecodeMessage(b, false)
	}), 1.0, "the message-id, and now and then a slab")
	m := benchMessage()
	require.Zero(t, testing.AllocsPerRun(100, func() {
		b, _ = wire.AppendMessage(b[:0], m)
	}))
}

// Messages that share a slab are as apart as others: nothing that is done to one shows in another.
func TestMessagesOfASlab(t *testing.T) {
	body := func(i int) []byte { return bytes.Repeat([]byte{byte(i)}, i*29%700) } // some fit into the slab, some do not
	var slabs wire.Slabs
	var kept []*amqp.Message
	for i := range 50 {
		encoded, err := wire.AppendMessage(nil, &amqp.Message{
			Properties: &amqp.MessageProperties{Subject: ptr(strings.Repeat("s", i))},
			Data:       [][]byte{body(i)},
		})
		require.NoError(t, err)
		m, err := slabs.DecodeMessage(encoded, false)
		require.NoError(t, err)
		_, err = slabs.DecodeMessage([]byte{0x00, 0x53, 0x75, 0xa0}, true)
		require.Error(t, err, "between the messages")
		clear(encoded) // it is not the message's
		kept = append(kept, m)
	}
	for _, m := range kept {
		m.Data[0] = append(m.Data[0], "and more"...)
		m.Data = append(m.Data, []byte("another"))
		m.Header = &amqp.MessageHeader{}
	}
	for i, m := range kept {
		require.Equal(t, append(body(i), "and more"...), m.Data[0])
		require.Equal(t, strings.Repeat("s", i), *m.Properties.Subject)
	}
}

// What a codec wrote that shares nothing with this one, in its shortest and in its longest encodings.
func TestWhatAnotherCodecWrites(t *testing.T) {
	hundred, numbers := make(amqptest.Array, 100), make([]int32, 100)
	for i := range hundred {
		hundred[i], numbers[i] = int32(i), int32(i)
	}
	for _, c := range []struct{ goes, comes any }{
		{nil, nil}, {true, true}, {false, false}, {uint8(42), uint8(42)}, {uint16(42), uint16(42)}, {int16(-42), int16(-42)}, {uint32(12345), uint32(12345)},
		{int32(-12345), int32(-12345)}, {uint64(12345), uint64(12345)}, {int64(-12345), int64(-12345)}, {float32(0.125), float32(0.125)}, {0.125, 0.125},
		{[]byte("abc\x00defg"), []byte("abc\x00defg")}, {"abcdefg", "abcdefg"}, {amqptest.Symbol("abcdefg"), "abcdefg"}, {[]byte{}, []byte{}}, {"", ""},
		{amqptest.Char('\u00df'), wire.Char('\u00df')}, {amqptest.Decimal32{1}, wire.Decimal32{1}},
		{amqptest.D{Name: "foo:descriptor", Value: "foo-value"}, wire.Described{Descriptor: "foo:descriptor", Value: "foo-value"}},
		{hundred, numbers}, {amqptest.Array{"a", "b", "c"}, []string{"a", "b", "c"}},
		{amqptest.Array{amqptest.D{Name: "int:array", Value: int32(0)}, amqptest.D{Name: "int:array", Value: int32(1)}},
			wire.DescribedArray{Descriptor: "int:array", Values: []int32{0, 1}}},
		{amqptest.List{int32(32), "foo", true}, []any{int32(32), "foo", true}}, {amqptest.List{}, []any(nil)},
		{amqptest.Map{{"one", int32(1)}, {"two", int32(2)}}, fields{"one": int32(1), "two": int32(2)}},
		{amqptest.Map{{int32(1), "one"}, {int32(2), "two"}}, map[any]any{int32(1): "one", int32(2): "two"}},
	} {
		for _, b := range [][]byte{amqptest.Sections(c.goes), amqptest.WideSections(c.goes)} {
			d := wire.NewDecoder(b)
			require.Equal(t, c.comes, d.Value(), "%x", b)
			require.NoError(t, d.Err(), "%x", b)
			require.Zero(t, d.Len())
		}
	}
}

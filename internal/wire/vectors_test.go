package wire_test

import (
	"math"
	"strings"
	"testing"
	"time"

	"github.com/Azure/go-amqp"
	"github.com/stretchr/testify/require"

	"github.com/hadron-mq/hadron/internal/wire"
)

type fields = map[string]any

// vectors are encodings written by hand from §1.6, one for every constructor, and what they decode to.
var vectors = []struct {
	name string
	hex  string
	want any
}{
	{"null", "40", nil},
	{"true", "41", true},
	{"false", "42", false},
	{"boolean true", "56 01", true},
	{"boolean false", "56 00", false},
	{"ubyte", "50 2a", uint8(42)},
	{"ushort", "60 01 02", uint16(258)},
	{"uint", "70 01 02 03 04", uint32(0x01020304)},
	{"smalluint", "52 ff", uint32(255)},
	{"uint0", "43", uint32(0)},
	{"ulong", "80 01 02 03 04 05 06 07 08", uint64(0x0102030405060708)},
	{"smallulong", "53 ff", uint64(255)},
	{"ulong0", "44", uint64(0)},
	{"byte", "51 80", int8(-128)},
	{"short", "61 ff fe", int16(-2)},
	{"int", "71 80 00 00 00", int32(math.MinInt32)},
	{"smallint", "54 ff", int32(-1)},
	{"long", "81 80 00 00 00 00 00 00 00", int64(math.MinInt64)},
	{"smalllong", "55 80", int64(-128)},
	{"float", "72 3e 00 00 00", float32(0.125)},
	{"double", "82 3f c0 00 00 00 00 00 00", 0.125},
	{"decimal32", "74 22 50 00 01", wire.Decimal32{0x22, 0x50, 0, 1}},
	{"decimal64", "84 22 34 00 00 00 00 00 01", wire.Decimal64{0x22, 0x34, 0, 0, 0, 0, 0, 1}},
	{"decimal128", "94 22 08 00 00 00 00 00 00 00 00 00 00 00 00 00 01", wire.Decimal128{0x22, 0x08, 15: 1}},
	{"char", "73 00 01 f6 00", wire.Char('😀')},
	{"timestamp", "83 00 00 01 8b cf e5 68 00", time.UnixMilli(1700000000000)},
	{"timestamp before the epoch", "83 ff ff ff ff ff ff ff ff", time.UnixMilli(-1)},
	{"uuid", "98 00 01 02 03 04 05 06 07 08 09 0a 0b 0c 0d 0e 0f", amqp.UUID{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15}},
	{"vbin8", "a0 02 00 ff", []byte{0, 255}},
	{"vbin8 empty", "a0 00", []byte{}},
	{"vbin32", "b0 00 00 00 01 07", []byte{7}},
	{"str8", "a1 03 61 c3 a9", "aé"},
	{"str32", "b1 00 00 00 02 68 69", "hi"},
	{"sym8", "a3 02 68 69", "hi"},
	{"sym32", "b3 00 00 00 02 68 69", "hi"},
	{"list0", "45", []any(nil)},
	{"list8", "c0 04 02 41 53 07", []any{true, uint64(7)}},
	{"list8 empty", "c0 01 00", []any(nil)},
	{"list32", "d0 00 00 00 06 00 00 00 01 54 07", []any{int32(7)}},
	{"map8", "c1 06 02 a1 01 61 53 01", fields{"a": uint64(1)}},
	{"map8 of symbols", "c1 06 02 a3 01 61 53 01", fields{"a": uint64(1)}},
	{"map8 empty", "c1 01 00", map[any]any{}},
	{"map32", "d1 00 00 00 08 00 00 00 02 54 01 54 02", map[any]any{int32(1): int32(2)}},
	{"map of mixed keys", "c1 09 04 a1 01 61 41 a3 01 62 42", fields{"a": true, "b": false}},
	{"map of a string and a number", "c1 08 04 a1 01 61 41 53 01 42", map[any]any{"a": true, uint64(1): false}},
	{"map with a null key", "c1 03 02 40 41", map[any]any{nil: true}},
	{"map with a key twice", "c1 09 04 a1 01 61 41 a1 01 61 42", fields{"a": false}},
	{"array8 of ubyte", "e0 04 02 50 01 02", wire.UbyteArray{1, 2}},
	{"array8 of ushort", "e0 06 02 60 00 01 00 02", []uint16{1, 2}},
	{"array8 of uint0", "e0 02 01 43", []uint32{0}},
	{"array8 of smalluint", "e0 04 02 52 01 02", []uint32{1, 2}},
	{"array8 of uint", "e0 06 01 70 00 00 00 07", []uint32{7}},
	{"array8 of ulong0", "e0 02 01 44", []uint64{0}},
	{"array8 of smallulong", "e0 04 02 53 01 02", []uint64{1, 2}},
	{"array8 of ulong", "e0 0a 01 80 00 00 00 00 00 00 00 07", []uint64{7}},
	{"array8 of byte", "e0 04 02 51 01 ff", []int8{1, -1}},
	{"array8 of short", "e0 04 01 61 ff fe", []int16{-2}},
	{"array8 of smallint", "e0 04 02 54 01 ff", []int32{1, -1}},
	{"array8 of int", "e0 06 01 71 ff ff ff fe", []int32{-2}},
	{"array8 of smalllong", "e0 04 02 55 01 ff", []int64{1, -1}},
	{"array8 of long", "e0 0a 01 81 ff ff ff ff ff ff ff fe", []int64{-2}},
	{"array8 of float", "e0 06 01 72 3e 00 00 00", []float32{0.125}},
	{"array8 of double", "e0 0a 01 82 3f c0 00 00 00 00 00 00", []float64{0.125}},
	{"array8 of boolean", "e0 04 02 56 01 00", []bool{true, false}},
	{"array8 of true", "e0 02 01 41", []bool{true}},
	{"array8 of null", "e0 02 01 40", []amqp.Null{{}}},
	{"array8 of char", "e0 06 01 73 00 00 00 61", []wire.Char{'a'}},
	{"array8 of decimal32", "e0 06 01 74 00 00 00 61", []wire.Decimal32{{0, 0, 0, 0x61}}},
	{"array8 of decimal64", "e0 0a 01 84 00 00 00 00 00 00 00 61", []wire.Decimal64{{7: 0x61}}},
	{"array8 of decimal128", "e0 12 01 94 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 61", []wire.Decimal128{{15: 0x61}}},
	{"array8 of timestamp", "e0 0a 01 83 00 00 01 8b cf e5 68 00", []time.Time{time.UnixMilli(1700000000000)}},
	{"array8 of uuid", "e0 12 01 98 00 01 02 03 04 05 06 07 08 09 0a 0b 0c 0d 0e 0f", []amqp.UUID{{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15}}},
	{"array8 of vbin8", "e0 05 02 a0 01 07 00", [][]byte{{7}, {}}},
	{"array8 of vbin32", "e0 07 01 b0 00 00 00 01 07", [][]byte{{7}}},
	{"array8 of str8", "e0 06 02 a1 01 61 01 62", []string{"a", "b"}},
	{"array8 of empty strings", "e0 05 03 a1 00 00 00", []string{"", "", ""}},
	{"array8 of str32", "e0 07 01 b1 00 00 00 01 61", []string{"a"}},
	{"array8 of sym8", "e0 06 02 a3 01 61 01 62", []amqp.Symbol{"a", "b"}},
	{"array8 of sym32", "e0 07 01 b3 00 00 00 01 61", []amqp.Symbol{"a"}},
	{"array8 of list0", "e0 02 01 45", [][]any{nil}},
	{"array8 of list8", "e0 06 01 c0 03 01 54 07", [][]any{{int32(7)}}},
	{"array8 of map8", "e0 08 01 c1 05 02 54 01 54 02", []map[any]any{{int32(1): int32(2)}}},
	{"array8 of array8", "e0 06 01 e0 03 01 54 07", wire.Array{[]int32{7}}},
	{"array8 of described", "e0 07 02 00 53 05 54 01 02", wire.DescribedArray{Descriptor: uint64(5), Values: []int32{1, 2}}},
	{"array8 of twice described", "e0 08 01 00 53 05 00 53 06 41", wire.DescribedArray{Descriptor: uint64(5), Values: wire.DescribedArray{Descriptor: uint64(6), Values: []bool{true}}}},
	{"array8 of int, empty", "e0 02 00 71", []int32(nil)},
	{"array32 of int", "f0 00 00 00 09 00 00 00 01 71 00 00 00 07", []int32{7}},
	{"described", "00 a3 01 64 a1 01 76", wire.Described{Descriptor: "d", Value: "v"}},
	{"described by a number", "00 80 00 00 46 8c 00 00 00 04 a1 01 76", wire.Described{Descriptor: uint64(0x468C00000004), Value: "v"}},
	{"delete-on-close", "00 53 2b 45", wire.Described{Descriptor: uint64(0x2b), Value: []any(nil)}},
	{"error", "00 53 1d c0 0a 03 a3 01 63 a1 01 64 c1 01 00", &amqp.Error{Condition: "c", Description: "d", Info: fields{}}},
	{"received", "00 53 23 c0 03 02 43 44", &amqp.StateReceived{}},
	{"accepted", "00 53 24 45", &amqp.StateAccepted{}},
	{"rejected", "00 53 25 c0 0a 01 00 53 1d c0 04 01 a3 01 63", &amqp.StateRejected{Error: &amqp.Error{Condition: "c"}}},
	{"released", "00 53 26 45", &amqp.StateReleased{}},
	{"modified", "00 53 27 c0 03 02 41 40", &amqp.StateModified{DeliveryFailed: true}},
}

func TestVectors(t *testing.T) {
	for _, v := range vectors {
		t.Run(v.name, func(t *testing.T) {
			b := unhex(v.hex)
			d := wire.NewDecoder(b)
			got := d.Value()
			require.NoError(t, d.Err())
			require.Zero(t, d.Len())
			require.Equal(t, len(b), d.Offset())
			require.Equal(t, v.want, got)
			checkValue(t, got, nil)
		})
	}
}

func TestEveryPrefixOfAVectorIsShort(t *testing.T) {
	for _, v := range vectors {
		b := unhex(v.hex)
		for n := range len(b) {
			d := wire.NewDecoder(b[:n])
			require.Nil(t, d.Value(), "%s, %d bytes", v.name, n)
			require.ErrorIs(t, d.Err(), wire.ErrShort, "%s, %d bytes", v.name, n)
		}
	}
}

func TestSmallestEncodings(t *testing.T) {
	for _, v := range []struct {
		value any
		hex   string
	}{
		{uint32(0), "43"}, {uint32(255), "52 ff"}, {uint32(256), "70 00 00 01 00"},
		{uint64(0), "44"}, {uint64(255), "53 ff"}, {uint64(256), "80 00 00 00 00 00 00 01 00"},
		{uint(1), "53 01"}, {int(1), "55 01"},
		{int32(-128), "54 80"}, {int32(-129), "71 ff ff ff 7f"}, {int32(128), "71 00 00 00 80"},
		{int64(-128), "55 80"}, {int64(-129), "81 ff ff ff ff ff ff ff 7f"},
		{"", "a1 00"}, {amqp.Symbol("a"), "a3 01 61"}, {amqp.ErrCond("a"), "a3 01 61"},
		{[]any{}, "45"}, {[]any{nil}, "c0 02 01 40"}, {fields{}, "c1 01 00"},
		{map[amqp.Symbol]any{"a": nil}, "c1 05 02 a3 01 61 40"},
		{amqp.Annotations{"a": nil}, "c1 05 02 a3 01 61 40"},
		{[]int64{-129}, "e0 0a 01 81 ff ff ff ff ff ff ff 7f"},
		{amqp.Null{}, "40"}, {(*string)(nil), "40"}, {(*amqp.Error)(nil), "40"}, {(*amqp.StateAccepted)(nil), "40"},
		{new(bool), "42"}, {&[]any{wire.Char('a')}, "c0 06 01 73 00 00 00 61"},
		{&amqp.StateAccepted{}, "00 53 24 45"}, {wire.Released, "00 53 26 45"},
	} {
		b, err := wire.AppendValue(nil, v.value)
		require.NoError(t, err)
		require.Equal(t, unhex(v.hex), b, "%#v", v.value)
	}
}

func TestWideEncodings(t *testing.T) {
	long := strings.Repeat("x", 256)
	many := make([]any, 256)
	for _, v := range []any{
		long, []byte(long), many, []any{long}, fields{long: long}, map[any]any{int32(1): long}, []string{long, "a"}, [][]byte{[]byte(long), {}},
		[]amqp.Symbol{amqp.Symbol(long)}, make([]int32, 300), make([]float64, 40), [][]any{{long}, nil},
		[]map[any]any{{"a": long}}, wire.Array{[]string{long}, wire.Array{[]int32{1}}},
		wire.DescribedArray{Descriptor: long, Values: []string{long}}, make(wire.UbyteArray, 254),
	} {
		checkValue(t, v, nil)
	}
}

func TestWhatCannotBeEncoded(t *testing.T) {
	for _, v := range []any{
		"\xff", []string{"\xff"}, amqp.Symbol("é"), []amqp.Symbol{"é"}, wire.Char(0xd800), []wire.Char{-1}, fields{"\xff": 1},
		amqp.Annotations{"é": 1}, struct{}{}, []any{make(chan int)}, func() {}, []amqp.Null{{}, {}}, &amqp.Error{Condition: "é"},
		wire.Array{1}, wire.DescribedArray{Values: 1}, &wire.State{Code: 0x10}, map[string]int{},
	} {
		dst, err := wire.AppendValue([]byte{1, 2}, v)
		require.Error(t, err, "%#v", v)
		require.Equal(t, []byte{1, 2}, dst)
	}
	endless := make([]any, 1)
	endless[0] = endless
	_, err := wire.AppendValue(nil, endless)
	require.ErrorIs(t, err, wire.ErrLimit)
}

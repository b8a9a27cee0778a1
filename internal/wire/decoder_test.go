package wire_test

import (
	"bytes"
	"errors"
	"testing"
	"time"

	"github.com/Azure/go-amqp"
	"github.com/stretchr/testify/require"

	"github.com/hadron-mq/hadron/internal/wire"
)

func TestTypedMethods(t *testing.T) {
	d := wire.NewDecoder(unhex("41 56 00 50 01 60 00 02 43 52 03 70 00 00 00 04 44 53 05 80 00 00 00 00 00 00 00 06" +
		"51 ff 61 ff fe 54 fd 71 ff ff ff fc 55 fb 81 ff ff ff ff ff ff ff fa 72 3e 00 00 00 82 3f c0 00 00 00 00 00 00" +
		"83 00 00 00 00 00 00 00 01 98 00 01 02 03 04 05 06 07 08 09 0a 0b 0c 0d 0e 0f" +
		"a1 01 61 b1 00 00 00 01 62 a3 01 63 b3 00 00 00 01 64 a0 00 b0 00 00 00 01 65 40 41"))
	require.True(t, d.Bool())
	require.False(t, d.Bool())
	require.EqualValues(t, 1, d.Ubyte())
	require.EqualValues(t, 2, d.Ushort())
	require.EqualValues(t, 0, d.Uint())
	require.EqualValues(t, 3, d.Uint())
	require.EqualValues(t, 4, d.Uint())
	require.EqualValues(t, 0, d.Ulong())
	require.EqualValues(t, 5, d.Ulong())
	require.EqualValues(t, 6, d.Ulong())
	require.EqualValues(t, -1, d.Byte())
	require.EqualValues(t, -2, d.Short())
	require.EqualValues(t, -3, d.Int())
	require.EqualValues(t, -4, d.Int())
	require.EqualValues(t, -5, d.Long())
	require.EqualValues(t, -6, d.Long())
	require.EqualValues(t, 0.125, d.Float())
	require.EqualValues(t, 0.125, d.Double())
	require.Equal(t, time.UnixMilli(1), d.Timestamp())
	require.Equal(t, amqp.UUID{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15}, d.UUID())
	require.Equal(t, "a", d.Str())
	require.Equal(t, "b", d.Str())
	require.Equal(t, amqp.Symbol("c"), d.Symbol())
	require.Equal(t, amqp.Symbol("d"), d.Symbol())
	require.Equal(t, []byte{}, d.Binary())
	require.Equal(t, []byte("e"), d.Binary())
	require.True(t, d.Null())
	require.False(t, d.Null())
	require.Equal(t, []byte{0x41}, d.Rest())
	require.NoError(t, d.Err())
}

func TestTheFirstErrorSticks(t *testing.T) {
	d := wire.NewDecoder(unhex("41 41 52 01 53 01 40"))
	require.True(t, d.Bool())
	require.Zero(t, d.Uint())
	first := d.Err()
	require.ErrorIs(t, first, wire.ErrType)
	require.Equal(t, 1, d.Offset())
	require.False(t, d.Bool())
	require.Zero(t, d.Ubyte())
	require.Zero(t, d.Uint())
	require.Zero(t, d.Ulong())
	require.Zero(t, d.Long())
	require.Zero(t, d.UUID())
	require.Zero(t, d.Timestamp())
	require.Empty(t, d.Str())
	require.Empty(t, d.Symbol())
	require.Nil(t, d.Binary())
	require.Nil(t, d.Value())
	require.Zero(t, d.Descriptor())
	require.False(t, d.Null())
	require.Zero(t, d.Len())
	require.Empty(t, d.Rest())
	require.Same(t, first, d.Err())
	require.Equal(t, 1, d.Offset())
}

func TestValueErrors(t *testing.T) {
	for _, v := range []struct {
		name, hex string
		reason    error
	}{
		{"unknown constructor", "3f", wire.ErrType},
		{"boolean of 2", "56 02", wire.ErrValue},
		{"char of a surrogate", "73 00 00 d8 00", wire.ErrValue},
		{"char past Unicode", "73 00 11 00 00", wire.ErrValue},
		{"string that is not UTF-8", "a1 01 ff", wire.ErrValue},
		{"symbol that is not ASCII", "a3 02 c3 a9", wire.ErrValue},
		{"length of 4 GiB", "b0 ff ff ff ff 00", wire.ErrShort},
		{"list of 4 GiB", "d0 ff ff ff ff ff ff ff ff 00", wire.ErrShort},
		{"list of 4 billion", "d0 00 00 00 05 ff ff ff ff 40", wire.ErrLimit},
		{"map of 4 billion", "d1 00 00 00 05 ff ff ff fe 40", wire.ErrLimit},
		{"array of 4 billion", "f0 00 00 00 05 ff ff ff ff 50", wire.ErrLimit},
		{"list with bytes to spare", "c0 03 01 41 41", wire.ErrSize},
		{"list whose element passes its end", "c0 02 01 53 01", wire.ErrSize},
		{"list within a list that passes its end", "c0 05 01 c0 03 01 53 01", wire.ErrSize},
		{"list of fewer bytes than elements", "c0 02 02 41", wire.ErrSize},
		{"map with an odd count", "c1 04 03 41 41 41", wire.ErrSize},
		{"map with a key of binary", "c1 05 02 a0 01 61 40", wire.ErrValue},
		{"map with a key of list", "c1 03 02 45 40", wire.ErrValue},
		{"map with a key of map", "c1 05 02 c1 01 00 40", wire.ErrValue},
		{"map with a described key that holds a binary", "c1 07 02 00 44 a0 01 61 40", wire.ErrValue},
		{"array without a constructor", "e0 01 00", wire.ErrSize},
		{"array of more zero-width elements than bytes", "e0 02 ff 41", wire.ErrSize},
		{"described array of two nulls", "e0 04 02 00 44 40", wire.ErrLimit},
		{"array of an unknown constructor", "e0 03 01 3f 00", wire.ErrType},
		{"array with bytes to spare", "e0 04 01 50 01 02", wire.ErrSize},
		{"described by nothing", "00", wire.ErrShort},
		{"described nothing", "00 53 01", wire.ErrShort},
	} {
		t.Run(v.name, func(t *testing.T) {
			d := wire.NewDecoder(unhex(v.hex))
			require.Nil(t, d.Value())
			require.ErrorIs(t, d.Err(), v.reason)
		})
	}
}

func TestCountsAreLimited(t *testing.T) {
	body := bytes.Repeat([]byte{0x40}, wire.MaxCount+2)
	for _, c := range []byte{0xd0, 0xd1} {
		for count, reason := range map[int]error{1000: wire.ErrSize, wire.MaxCount: wire.ErrAllowance, wire.MaxCount + 2: wire.ErrLimit} {
			size := len(body) + 4
			b := append([]byte{c, byte(size >> 24), byte(size >> 16), byte(size >> 8), byte(size),
				byte(count >> 24), byte(count >> 16), byte(count >> 8), byte(count)}, body...)
			d := wire.NewDecoder(b)
			d.Value()
			require.ErrorIs(t, d.Err(), reason, "%x with %d", c, count)
			require.Equal(t, reason == wire.ErrAllowance, errors.Is(d.Err(), wire.ErrAllowance))
		}
	}
}

func TestDepthIsLimited(t *testing.T) {
	for name, nest := range map[string]func([]byte) []byte{
		"list":      func(b []byte) []byte { return append([]byte{0xc0, byte(len(b) + 1), 1}, b...) },
		"map":       func(b []byte) []byte { return append([]byte{0xc1, byte(len(b) + 2), 2, 0x40}, b...) },
		"described": func(b []byte) []byte { return append([]byte{0x00, 0x44}, b...) },
		"descriptor": func(b []byte) []byte {
			return append(append([]byte{0x00}, b...), 0x40)
		},
	} {
		b := []byte{0x41}
		for range wire.MaxDepth {
			b = nest(b)
		}
		d := wire.NewDecoder(b)
		v := d.Value()
		require.NoError(t, d.Err(), name)
		checkValue(t, v, nil)
		d = wire.NewDecoder(nest(b))
		require.Nil(t, d.Value(), name)
		require.ErrorIs(t, d.Err(), wire.ErrLimit, name)
	}
	for _, b := range [][]byte{
		bytes.Repeat([]byte{0x00}, 1<<20),
		bytes.Repeat([]byte{0x00, 0x44}, 1<<20),
		append([]byte{0xe0, 0xff, 0x01}, bytes.Repeat([]byte{0x00, 0x44}, 200)...),
	} {
		d := wire.NewDecoder(b)
		require.Nil(t, d.Value())
		require.Error(t, d.Err())
	}
}

func TestFrameHeader(t *testing.T) {
	b := wire.AppendFrameHeader([]byte{0xff}, wire.FrameTypeSASL, 0x0102)
	b = append(b, 1, 2, 3)
	wire.FinishFrame(b, 1)
	require.Equal(t, unhex("ff 00 00 00 0b 02 01 01 02 01 02 03"), b)
	require.Equal(t, wire.FrameHeader{Size: 11, DataOffset: 2, Type: wire.FrameTypeSASL, Channel: 0x0102}, wire.ParseFrameHeader(b[1:]))
	require.Equal(t, "AMQP\x00\x01\x00\x00", string(wire.HeaderAMQP[:]))
	require.Equal(t, "AMQP\x02\x01\x00\x00", string(wire.HeaderTLS[:]))
	require.Equal(t, "AMQP\x03\x01\x00\x00", string(wire.HeaderSASL[:]))
}

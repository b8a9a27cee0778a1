package wire_test

import (
	"encoding/binary"
	"maps"
	"runtime"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/hadron-mq/hadron/internal/wire"
)

// wide returns a compound of constructor c, a form of 32 bits.
func wide(c byte, count int, body []byte) []byte {
	b := binary.BigEndian.AppendUint32([]byte{c}, uint32(len(body)+4))
	return append(binary.BigEndian.AppendUint32(b, uint32(count)), body...)
}

// many repeats an element in lists of 60,000 at most, until there are size bytes of them.
func many(size int, element []byte) []byte {
	per := min(60_000, max(size/len(element), 1))
	list := wide(0xd0, per, slices.Repeat(element, per))
	n := max(size/len(list), 1)
	return wide(0xd0, n, slices.Repeat(list, n))
}

func nested(depth int, element []byte, wrap func([]byte) []byte) []byte {
	for range depth {
		element = wrap(element)
	}
	return element
}

func pair(v []byte) []byte       { return append([]byte{0xc1, byte(len(v) + 3), 2, 0xa1, 0}, v...) }
func pairOfNull(v []byte) []byte { return append([]byte{0xc1, byte(len(v) + 2), 2, 0x40}, v...) }

// expanding are values that take much more in memory than on the wire, of about so many bytes.
var expanding = map[string]func(size int) []byte{
	"lists without elements": func(n int) []byte { return many(n, []byte{0x45}) },
	"nulls":                  func(n int) []byte { return many(n, []byte{0x40}) },
	"nested lists": func(n int) []byte {
		return many(n, nested(25, []byte{0x40}, func(v []byte) []byte { return append([]byte{0xc0, byte(len(v) + 1), 1}, v...) }))
	},
	"maps without pairs":      func(n int) []byte { return many(n, []byte{0xc1, 1, 0}) },
	"maps of one pair":        func(n int) []byte { return many(n, pair([]byte{0x40})) },
	"nested maps of one pair": func(n int) []byte { return many(n, nested(25, []byte{0x40}, pair)) },
	"nested maps of null":     func(n int) []byte { return many(n, nested(25, []byte{0x40}, pairOfNull)) },
	"maps with keys of types": func(n int) []byte { return many(n, []byte{0xc1, 6, 4, 0xa1, 0, 0x40, 0x43, 0x40}) },
	"described values":        func(n int) []byte { return many(n, []byte{0, 0x44, 0x40}) },
	"delivery states":         func(n int) []byte { return many(n, []byte{0, 0x53, 0x27, 0x45}) },
	"errors":                  func(n int) []byte { return many(n, []byte{0, 0x53, 0x1d, 0xc0, 3, 1, 0xa3, 0}) },
	"arrays of maps": func(n int) []byte {
		return many(n, wide(0xf0, 99, append([]byte{0xc1}, slices.Repeat([]byte{1, 0}, 99)...)))
	},
	"arrays of lists": func(n int) []byte {
		return many(n, wide(0xf0, 99, append([]byte{0xc0}, slices.Repeat([]byte{1, 0}, 99)...)))
	},
	"arrays of arrays": func(n int) []byte {
		return many(n, wide(0xf0, 99, append([]byte{0xe0}, slices.Repeat([]byte{2, 0, 0x40}, 99)...)))
	},
	"arrays of binaries":       func(n int) []byte { return many(n, wide(0xf0, 99, append([]byte{0xa0}, make([]byte, 99)...))) },
	"arrays of symbols":        func(n int) []byte { return many(n, wide(0xf0, 99, append([]byte{0xa3}, make([]byte, 99)...))) },
	"arrays of small ulongs":   func(n int) []byte { return many(n, wide(0xf0, 99, append([]byte{0x53}, make([]byte, 99)...))) },
	"arrays that are one null": func(n int) []byte { return many(n, []byte{0xe0, 2, 1, 0x40}) },
	"symbols":                  func(n int) []byte { return many(n, []byte{0xa3, 1, 'x'}) },
	"timestamps":               func(n int) []byte { return many(n, []byte{0x83, 0, 0, 0, 0, 0, 0, 0, 1}) },
}

// carriers are what such a value may come in.
var carriers = map[string]struct {
	floor int
	in    func(value []byte) []byte
	read  func(b []byte) error
}{
	"a body":                 {wire.MessageAllowance, func(v []byte) []byte { return append([]byte{0, 0x53, 0x77}, v...) }, decodeMessage},
	"annotations":            {wire.MessageAllowance, func(v []byte) []byte { return append([]byte{0, 0x53, 0x72}, mapOf("a", v)...) }, decodeMessage},
	"application properties": {wire.MessageAllowance, func(v []byte) []byte { return append([]byte{0, 0x53, 0x74}, mapOf("a", v)...) }, decodeMessage},
	"properties of an attach": {wire.FrameAllowance, func(v []byte) []byte {
		return composite(0x12, 14, append([]byte{0xa1, 1, 'n', 0x43, 0x41, 0x40, 0x40, 0x40, 0x40, 0x40, 0x40, 0x40, 0x40, 0x40, 0x40}, mapOf("a", v)...))
	}, decodeFrame[wire.Attach]},
	"a filter": {wire.FrameAllowance, func(v []byte) []byte {
		return composite(0x12, 6, append([]byte{0xa1, 1, 'n', 0x43, 0x41, 0x40, 0x40},
			composite(0x28, 8, append([]byte{0x40, 0x40, 0x40, 0x40, 0x40, 0x40, 0x40}, mapOf("a", v)...))...))
	}, decodeFrame[wire.Attach]},
	"properties of an open": {wire.FrameAllowance, func(v []byte) []byte {
		return composite(0x10, 10, append([]byte{0xa1, 1, 'n', 0x40, 0x40, 0x40, 0x40, 0x40, 0x40, 0x40, 0x40}, mapOf("a", v)...))
	}, decodeFrame[wire.Open]},
	"properties of a begin": {wire.FrameAllowance, func(v []byte) []byte {
		return composite(0x11, 8, append([]byte{0x40, 0x43, 0x43, 0x43, 0x40, 0x40, 0x40}, mapOf("a", v)...))
	}, decodeFrame[wire.Begin]},
	"properties of a flow": {wire.FrameAllowance, func(v []byte) []byte {
		return composite(0x13, 11, append([]byte{0x40, 0x43, 0x43, 0x43, 0x40, 0x40, 0x40, 0x40, 0x40, 0x40}, mapOf("a", v)...))
	}, decodeFrame[wire.Flow]},
	"the error of a detach": {wire.FrameAllowance, func(v []byte) []byte {
		return composite(0x16, 3, append([]byte{0x43, 0x41}, composite(0x1d, 3, append([]byte{0xa3, 1, 'c', 0x40}, mapOf("a", v)...))...))
	}, decodeFrame[wire.Detach]},
	"an outcome": {wire.FrameAllowance, func(v []byte) []byte {
		return composite(0x15, 5, append([]byte{0x41, 0x43, 0x43, 0x41}, composite(0x27, 3, append([]byte{0x40, 0x40}, mapOf("a", v)...))...))
	}, decodeFrame[wire.Disposition]},
}

func mapOf(key string, v []byte) []byte {
	return wide(0xd1, 2, append(append([]byte{0xa1, byte(len(key))}, key...), v...))
}

func composite(code byte, fields int, body []byte) []byte {
	return append([]byte{0, 0x53, code}, wide(0xd0, fields, body)...)
}

func decodeMessage(b []byte) error {
	_, err := wire.DecodeMessage(b)
	return err
}

func decodeFrame[T any, P interface {
	*T
	Decode(*wire.Decoder)
}](b []byte) error {
	d := wire.NewDecoder(b)
	_ = d.Descriptor()
	P(new(T)).Decode(&d)
	return d.Err()
}

// allocated is how many bytes f takes from the heap.
func allocated(f func()) int {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return int(after.TotalAlloc - before.TotalAlloc)
}

// Whatever the shape of a value and wherever it comes, memory is bounded by its bytes: for all compounds together, not for each.
func TestDecodingIsBoundedByWhatIsDecoded(t *testing.T) {
	for shape, value := range expanding {
		for where, c := range carriers {
			for _, size := range []int{1 << 10, 100 << 10, 2 << 20} {
				if size > 1<<20 && where != "a body" {
					continue
				}
				b := c.in(value(size))
				var err error
				took := allocated(func() { err = c.read(b) })
				// What the bytes themselves are copied to, and what the allocator and growing maps add to what was charged.
				most := (c.floor+4*len(b))*5/4 + 10*len(b) + 4096
				require.LessOrEqual(t, took, most, "%s of %d bytes in %s", shape, len(b), where)
				if err != nil {
					require.ErrorIs(t, err, wire.ErrAllowance, "%s of %d bytes in %s", shape, len(b), where)
					require.ErrorIs(t, err, wire.ErrLimit)
					require.ErrorContains(t, err, "4 times its bytes")
					require.Greater(t, len(b), c.floor/128, "a small one is decoded")
				}
			}
		}
	}
}

func TestTheKeysOfAnUnsettledMapAreBounded(t *testing.T) {
	b := composite(0x12, 8, append([]byte{0xa1, 1, 'n', 0x43, 0x41, 0x40, 0x40, 0x40, 0x40},
		wide(0xd1, 60_000, slices.Repeat([]byte{0xa0, 0, 0x40}, 30_000))...))
	require.ErrorIs(t, decodeFrame[wire.Attach](b), wire.ErrAllowance)
}

// What applications send is far from the bound: 20,000 records of a few fields in one message.
func TestLargeMessagesOfSmallMapsAreDecoded(t *testing.T) {
	record := map[string]any{"name": "sensor-123", "value": 21.5, "unit": "degrees", "at": uint64(1_700_000_000_000), "valid": true}
	body := make([]any, 20_000)
	for i := range body {
		body[i] = maps.Clone(record)
	}
	m := benchMessage()
	m.Data, m.Value = nil, body
	b, err := wire.AppendMessage(nil, m)
	require.NoError(t, err)
	back, err := wire.DecodeMessage(b)
	require.NoError(t, err)
	require.Equal(t, record, back.Value.([]any)[19_999])
}

// BenchmarkHostileDecode tells what a hostile byte costs: nanoseconds, and bytes taken from the heap.
func BenchmarkHostileDecode(b *testing.B) {
	for _, where := range []string{"a body", "properties of an attach"} {
		c := carriers[where]
		for _, shape := range slices.Sorted(maps.Keys(expanding)) {
			in := c.in(expanding[shape](100 << 10))
			b.Run(where+"/"+shape, func(b *testing.B) {
				took := 0
				for b.Loop() {
					took += allocated(func() { _ = c.read(in) })
				}
				per := 1 / float64(b.N) / float64(len(in))
				b.ReportMetric(float64(took)*per, "heap-B/byte")
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())*per, "ns/byte")
				b.ReportMetric(0, "ns/op")
			})
		}
	}
}

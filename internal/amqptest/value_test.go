package amqptest

import (
	"encoding/hex"
	"math"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func unhex(t *testing.T, text string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.ReplaceAll(text, " ", ""))
	require.NoError(t, err)
	return b
}

// The bytes are written by hand from §1.6.
func TestValuesInTheirEncodings(t *testing.T) {
	long := strings.Repeat("x", 256)
	for _, test := range []struct {
		name        string
		value       any
		short, wide string
	}{
		{"null", nil, "40", "40"},
		{"true", true, "41", "5601"},
		{"false", false, "42", "5600"},
		{"ubyte", uint8(200), "50c8", "50c8"},
		{"byte", int8(-2), "51fe", "51fe"},
		{"ushort", uint16(258), "600102", "600102"},
		{"short", int16(-2), "61fffe", "61fffe"},
		{"uint 0", uint32(0), "43", "70 00000000"},
		{"uint 255", uint32(255), "52ff", "70 000000ff"},
		{"uint 256", uint32(256), "70 00000100", "70 00000100"},
		{"ulong 0", uint64(0), "44", "80 0000000000000000"},
		{"ulong 255", uint64(255), "53ff", "80 00000000000000ff"},
		{"ulong 256", uint64(256), "80 0000000000000100", "80 0000000000000100"},
		{"int -128", int32(-128), "5480", "71 ffffff80"},
		{"int 128", int32(128), "71 00000080", "71 00000080"},
		{"long -128", int64(-128), "5580", "81 ffffffffffffff80"},
		{"long 128", int64(128), "81 0000000000000080", "81 0000000000000080"},
		{"float", float32(0.125), "72 3e000000", "72 3e000000"},
		{"double", 0.125, "82 3fc0000000000000", "82 3fc0000000000000"},
		{"char", Char('é'), "73 000000e9", "73 000000e9"},
		{"timestamp", Timestamp(-1), "83 ffffffffffffffff", "83 ffffffffffffffff"},
		{"decimal32", Decimal32{1, 2, 3, 4}, "74 01020304", "74 01020304"},
		{"decimal64", Decimal64{1, 7: 2}, "84 0100000000000002", "84 0100000000000002"},
		{"decimal128", Decimal128{1, 15: 2}, "94 01" + strings.Repeat("00", 14) + "02", "94 01" + strings.Repeat("00", 14) + "02"},
		{"uuid", UUID{1, 15: 2}, "98 01" + strings.Repeat("00", 14) + "02", "98 01" + strings.Repeat("00", 14) + "02"},
		{"binary", []byte{1, 2}, "a002 0102", "b000000002 0102"},
		{"string", "é", "a102 c3a9", "b100000002 c3a9"},
		{"symbol", Symbol("ab"), "a302 6162", "b300000002 6162"},
		{"long string", long, "b100000100" + strings.Repeat("78", 256), "b100000100" + strings.Repeat("78", 256)},
		{"empty list", List{}, "45", "d000000004 00000000"},
		{"list", List{true, nil}, "c00302 4140", "d000000007 00000002 5601 40"},
		{"map", Map{{Symbol("a"), uint8(1)}}, "c10602 a30161 5001", "d10000000c 00000002 b30000000161 5001"},
		{"array", Array{true, false}, "e00402 56 0100", "f000000007 00000002 56 0100"},
		{"array of symbols", Array{Symbol("a"), Symbol("bc")}, "e00d02 b3 0000000161 000000026263", "f000000010 00000002 b3 0000000161 000000026263"},
		{"array of lists", Array{List{}, List{true}}, "e01402 d0 0000000400000000 00000006000000015601", "f000000017 00000002 d0 0000000400000000 00000006000000015601"},
		{"array of arrays", Array{Array{uint8(1)}}, "e00c01 f0 00000006 00000001 50 01", "f00000000f 00000001 f0 00000006 00000001 50 01"},
		{"empty array", Array{}, "e00200 40", "f000000005 00000000 40"},
		{"accepted", D{Name: "accepted", Fields: M{}}, "005324 45", "0080 0000000000000024 d000000004 00000000"},
		{"unknown to the specification", D{Name: "0x468c00000004", Value: "x"}, "0080 0000468c00000004 a10178", "0080 0000468c00000004 b10000000178"},
		{"described by an int", D{Descriptor: int32(12), Value: int32(13)}, "00540c540d", "00710000000c710000000d"},
		{"array of described", Array{D{Name: "a:b", Value: uint8(1)}}, "e00c01 00b300000003613a62 50 01", "f00000000f 00000001 00b300000003613a62 50 01"},
	} {
		t.Run(test.name, func(t *testing.T) {
			short, wide := unhex(t, test.short), unhex(t, test.wide)
			assert.Equal(t, hex.EncodeToString(short), hex.EncodeToString(Sections(test.value)))
			assert.Equal(t, hex.EncodeToString(wide), hex.EncodeToString(WideSections(test.value)))
			for _, b := range [][]byte{short, wide} {
				values, err := ParseSections(b)
				require.NoError(t, err)
				assert.Equal(t, []any{test.value}, values)
				for cut := 1; cut < len(b); cut++ {
					_, err := ParseSections(b[:cut])
					assert.Error(t, err, "of %d bytes", cut)
				}
			}
		})
	}
}

// What a symbolic descriptor names is read as what the code names.
func TestSymbolicDescriptors(t *testing.T) {
	b := Sections(D{Name: "amqp:rejected:list", Fields: M{"error": D{Name: "error", Fields: M{"condition": "a:b"}}}})
	assert.Contains(t, string(b), "amqp:rejected:list")
	values, err := ParseSections(b)
	require.NoError(t, err)
	assert.Equal(t, `rejected{error: error{condition: 'a:b'}}`, show(values[0]))
}

func TestValuesThatTheSpecificationForbids(t *testing.T) {
	for name, test := range map[string]struct{ bytes, problem string }{
		"format code":          {"3f", "no type has the format code 0x3f"},
		"boolean":              {"5602", "a boolean of 0x2"},
		"char":                 {"730000d800", "a char of 0xd800"},
		"string":               {"a101ff", "not UTF-8"},
		"symbol":               {"a301ff", "not ASCII"},
		"size beyond the end":  {"b0ffffffff00", "4294967295 bytes are needed and 1 are left"},
		"list without a count": {"c00041", "does not hold the count"},
		"list too long":        {"c0030141 41", "1 bytes after the last of the values"},
		"list too short":       {"c0020241", "1 bytes are needed and 0 are left"},
		"map of three":         {"c10403414141", "a key lacks its value"},
		"array of nothing":     {"f000000005ffffffff40", "an array of 4294967295 items in"},
		"mandatory field":      {"00531d45", "error: the mandatory field condition is null"},
		"wrong type":           {"00531dc00401a10161", `error.condition: string "a" where the specification says symbol`},
		"wrong type in array":  {"005330c00601e003015001", "coordinator.capabilities: in its array, ubyte 1 where the specification says symbol"},
		"too many fields":      {"005324c0020140", "accepted: 1 fields, of which the specification has 0"},
		"composite of no list": {"00532441", "accepted: boolean true where the specification says list"},
		"section of no map":    {"00537441", "application-properties: boolean true where"},
		"nested lists":         {strings.Repeat("d0ffffffffffffffff", 200), "bytes are needed"},
		"nested descriptors":   {strings.Repeat("00", 1000), "nest deeper than 100"},
		"descriptor after descriptor": {
			strings.Repeat("0040", 101) + "40", "more than 100 descriptors"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := ParseSections(unhex(t, test.bytes))
			assert.ErrorContains(t, err, test.problem)
		})
	}
	t.Run("too deep", func(t *testing.T) {
		nested := func(depth int) (v any) {
			for range depth {
				v = List{v}
			}
			return v
		}
		_, err := ParseSections(Sections(nested(maxDepth)))
		require.NoError(t, err)
		_, err = ParseSections(Sections(nested(maxDepth + 1)))
		assert.ErrorContains(t, err, "nest deeper than 100")
	})
	t.Run("fields with keys that are no symbols", func(t *testing.T) {
		_, err := ParseSections(Sections(D{Name: "error", Fields: M{"condition": "a:b", "info": Map{{"k", true}}}}))
		assert.ErrorContains(t, err, `error.info: key string "k" is no symbol`)
	})
}

func TestMistakesOfATestPanic(t *testing.T) {
	assert.PanicsWithValue(t, `amqptest: open has no field "container"`, func() { F(0, "open", M{"container": "x"}).Bytes() })
	assert.PanicsWithValue(t, `amqptest: "opne" is not in the specification, no symbolic descriptor and no code`, func() { F(0, "opne", nil).Bytes() })
	assert.PanicsWithValue(t, `amqptest: 65536 does not fit in ushort`, func() { F(0, "open", M{"channel-max": 65536}).Bytes() })
	assert.PanicsWithValue(t, `amqptest: the int 1 where the type is "*": write it with its type, as in uint32(1)`, func() {
		F(0, "attach", M{"source": 1}).Bytes()
	})
	assert.Panics(t, func() { Sections(1) })
	assert.Panics(t, func() { Sections(Array{uint8(1), "x"}) })
	assert.Panics(t, func() { F(0, "0x99", M{"first": true}).Bytes() })
	assert.Panics(t, func() { Matches(F(0, "open", M{"container": "x"}), F(0, "open", nil)) })
	assert.Panics(t, func() { Sections(D{Name: "accepted", Fields: M{}, Value: true}) })
}

func TestDefaultsOfTheTableHaveTheirTypes(t *testing.T) {
	assert.Len(t, byCode, len(definitions)+len(restricted))
	assert.Equal(t, uint32(math.MaxUint32), byName["open"].fields[2].preset)
	for _, def := range byName {
		for _, f := range def.fields {
			if f.preset != nil {
				assert.Empty(t, f.check(f.preset), "%s.%s", def.name, f.name)
			}
		}
	}
}

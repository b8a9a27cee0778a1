package amqptest

import (
	"encoding/hex"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The bytes are written by hand from §2.3 and §2.7.
func TestFramesInBytes(t *testing.T) {
	open := M{"container-id": "c", "channel-max": 7}
	for _, test := range []struct {
		name  string
		frame Frame
		bytes string
		shown string
	}{
		{"header", HeaderSASL.Frame(), "414d5150 03010000", "AMQP 3 1.0.0"},
		{"empty", F(3, "", nil), "00000008 02000003", "ch 3 empty"},
		{"open", F(0, "open", open), "00000016 02000000 005310 c00904 a10163 40 40 600007",
			`ch 0 open{container-id: "c", channel-max: 7}`},
		{"extended header", Frame{Channel: 1, Name: "end", Ext: []byte{9}}, "00000010 03000001 09000000 005317 45", `ch 1 end{} ext 0x09000000`},
		{"transfer", F(1, "transfer", M{"handle": 0, "delivery-id": 1, "delivery-tag": "t", "settled": true},
			Sections(D{Name: "amqp-value", Value: "hi"})),
			"0000001d 02000001 005314 c00905 43 5201 a00174 40 41 005377 a1026869",
			`ch 1 transfer{handle: 0, delivery-id: 1, delivery-tag: b"t", settled: true} [amqp-value("hi")]`},
		{"sasl", F(0, "sasl-mechanisms", M{"sasl-server-mechanisms": []string{"PLAIN"}}),

			"0000001b 02010000 005340 c00e01 e00b01 b3 00000005 504c41494e", `sasl-mechanisms{sasl-server-mechanisms: @['PLAIN']}`},
		{"unknown", F(0, "0x99", M{"1": true}), "00000010 02000000 005399 c003024041", `ch 0 0x99{1: true}`},
	} {
		t.Run(test.name, func(t *testing.T) {
			b := test.frame.Bytes()
			assert.Equal(t, hex.EncodeToString(unhex(t, test.bytes)), hex.EncodeToString(b))
			for _, b := range [][]byte{b, test.frame.Widened().Bytes()} {
				frames, rest, err := Parse(b)
				require.NoError(t, err)
				require.Empty(t, rest)
				require.Len(t, frames, 1)
				assert.Empty(t, Matches(test.frame, frames[0]))
				assert.Equal(t, test.shown, frames[0].String())
			}
		})
	}
}

func TestParseKeepsWhatIsNotWhole(t *testing.T) {
	stream := Bytes(HeaderAMQP.Frame(), F(0, "open", M{"container-id": "c"}), F(0, "", nil), F(0, "close", nil).Widened())
	for cut := range stream {
		frames, rest, err := Parse(stream[:cut])
		require.NoError(t, err)
		more, rest, err := Parse(append(append([]byte(nil), rest...), stream[cut:]...))
		require.NoError(t, err)
		require.Empty(t, rest)
		require.Len(t, append(frames, more...), 4)
	}
}

func TestFramesThatTheSpecificationForbids(t *testing.T) {
	for name, test := range map[string]struct{ bytes, problem string }{
		"size":                {"00000007 02000000", "a frame of 7 bytes, beginning 00 00 00 07"},
		"huge":                {"ffffffff 02000000", "a frame of 4294967295 bytes"},
		"small data offset":   {"00000008 01000000", "a data offset of 4 in a frame of 8 bytes"},
		"large data offset":   {"00000008 03000000", "a data offset of 12 in a frame of 8 bytes"},
		"type":                {"00000008 02020000", "a frame of type 2"},
		"no performative":     {"00000009 02000000 41", "the body begins with boolean true"},
		"a section":           {"0000000c 02000000 00537741", "amqp-value, which is no performative"},
		"mandatory field":     {"0000000c 02000000 00531045", "the mandatory field container-id is null"},
		"body beyond the end": {"0000000b 02000000 005310", "1 bytes are needed and 0 are left"},
	} {
		t.Run(name, func(t *testing.T) {
			b := unhex(t, test.bytes)
			frames, rest, err := Parse(append(HeaderAMQP.Frame().Bytes(), b...))
			assert.ErrorContains(t, err, test.problem)
			assert.Len(t, frames, 1, "what came before the bad frame is given")
			assert.Equal(t, b, rest)
		})
	}
}

func TestMatches(t *testing.T) {
	got := F(1, "attach", M{
		"name": "l", "handle": 4, "role": true,
		"source": D{Name: "source", Fields: M{
			"address": "q", "capabilities": []string{"queue"},
			"filter": Map{{Symbol("selector"), D{Name: "0x468c00000004", Value: "a = 1"}}, {Symbol("no-local"), nil}},
		}},
		"properties": M{"product": "x", "version": "1"},
	})
	frames, _, err := Parse(got.Bytes())
	require.NoError(t, err)
	got = frames[0]
	source := func(fields M) Frame { return F(1, "attach", M{"source": D{Name: "source", Fields: fields}}) }

	for name, want := range map[string]Frame{
		"nothing but the name":     F(1, "attach", nil),
		"a symbolic name":          F(1, "amqp:attach:list", nil),
		"named fields alone":       F(1, "attach", M{"handle": 4, "role": true}),
		"exact types":              F(1, "attach", M{"handle": uint32(4)}),
		"null":                     F(1, "attach", M{"target": nil}),
		"any":                      F(1, "attach", M{"name": Any, "source": Any}),
		"a default":                F(1, "attach", M{"snd-settle-mode": 2, "incomplete-unsettled": false}),
		"some keys":                F(1, "attach", M{"properties": M{"product": "x"}}),
		"a whole map in any order": F(1, "attach", M{"properties": Map{{Symbol("version"), "1"}, {Symbol("product"), "x"}}}),
		"a described value":        source(M{"address": "q", "durable": 0}),
		"one of several":           source(M{"capabilities": "queue"}),
		"several":                  source(M{"capabilities": []string{"queue"}}),
		"inside a map":             source(M{"filter": M{"selector": D{Name: "0x468c00000004", Value: "a = 1"}}}),
	} {
		t.Run(name, func(t *testing.T) { assert.Empty(t, Matches(want, got)) })
	}
	for name, test := range map[string]struct {
		want Frame
		diff string
	}{
		"performative":   {F(1, "detach", nil), `performative: want "detach", got "attach"`},
		"channel":        {F(2, "attach", nil), `channel: want 2, got 1`},
		"type":           {Frame{Type: 1, Name: "attach"}, `frame type: want 1, got 0`},
		"value":          {F(1, "attach", M{"handle": 5}), `handle: want uint 5, got uint 4`},
		"type of value":  {F(1, "attach", M{"handle": uint64(4)}), `handle: want ulong 4, got uint 4`},
		"null":           {F(1, "attach", M{"handle": nil}), `handle: want null, got uint 4`},
		"not null":       {F(1, "attach", M{"target": Any}), `target: want any value, got null`},
		"default":        {F(1, "attach", M{"snd-settle-mode": 0}), `snd-settle-mode: want ubyte 0, got ubyte 2`},
		"key":            {F(1, "attach", M{"properties": M{"platform": "y"}}), `properties['platform']: want string "y", got null`},
		"whole map":      {F(1, "attach", M{"properties": Map{}}), `properties: want map {}, got map {'product': "x", 'version': "1"}`},
		"inside":         {source(M{"address": "r"}), `source.address: want string "r", got string "q"`},
		"several":        {source(M{"capabilities": []string{"topic"}}), `source.capabilities[0]: want symbol 'topic', got symbol 'queue'`},
		"another type":   {F(1, "attach", M{"source": D{Name: "coordinator"}}), `source: want coordinator{}, got source{`},
		"payload":        {F(1, "attach", nil, Sections(true)), `payload: want [true], got []`},
		"two at a time":  {F(1, "attach", M{"handle": 5, "name": "m"}), "name: want string \"m\", got string \"l\"\nhandle: want uint 5, got uint 4"},
		"value inside":   {source(M{"filter": M{"selector": D{Name: "0x468c00000004", Value: "b"}}}), `source.filter['selector']: want string "b", got string "a = 1"`},
		"an unknown one": {F(1, "0x99", nil), `performative: want "0x99", got "attach"`},
	} {
		t.Run("not "+name, func(t *testing.T) { assert.Contains(t, Matches(test.want, got), test.diff) })
	}
}

func TestShownFramesAreBounded(t *testing.T) {
	shown := F(0, "transfer", M{"handle": 0}, make([]byte, 1<<20)).String()
	assert.Less(t, len(shown), 300)
	assert.Contains(t, shown, "+ 1048576 bytes 0x0000")
}

// What is read and written again reads the same, in short and in wide form.
func FuzzParse(f *testing.F) {
	f.Add(Bytes(HeaderAMQP.Frame(), F(0, "open", M{"container-id": "c"}), F(0, "0x99", M{"1": true})))
	f.Add(F(1, "transfer", M{"handle": 0}, Sections(Array{List{}, List{true}}, Map{{nil, UUID{}}})).Widened().Bytes())
	for _, b := range Corpus(f, "connections") {
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		frames, _, _ := Parse(b)
		for _, frame := range frames {
			_ = frame.String()
			sections, err := ParseSections(frame.Payload)
			if err == nil {
				frame.Payload = Sections(sections...)
			}
			for _, again := range [][]byte{frame.Bytes(), frame.Widened().Bytes()} {
				second, rest, err := Parse(again)
				require.NoError(t, err)
				require.Empty(t, rest)
				require.Len(t, second, 1)
				assert.Equal(t, frame.Bytes(), second[0].Bytes())
			}
		}
	})
}

package wire_test

import (
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/Azure/go-amqp"
	"github.com/stretchr/testify/require"

	"github.com/hadron-mq/hadron/internal/amqptest"
	"github.com/hadron-mq/hadron/internal/wire"
)

func unhex(s string) []byte {
	b, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
	if err != nil {
		panic(err)
	}
	return b
}

// FuzzValue: what decodes encodes again, to what decodes to the same.
func FuzzValue(f *testing.F) {
	for _, v := range vectors {
		f.Add(unhex(v.hex))
	}
	for _, b := range amqptest.Corpus(f, "values") {
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		d := wire.NewDecoder(b)
		for d.Len() > 0 {
			checkValue(t, d.Value(), d.Err())
		}
	})
}

func checkValue(t *testing.T, v any, err error) {
	t.Helper()
	if err != nil {
		require.Nil(t, v)
		var e *wire.DecodeError
		require.ErrorAs(t, err, &e)
		return
	}
	encoded, err := wire.AppendValue(nil, v)
	require.NoError(t, err, "%#v", v)
	again := wire.NewDecoder(encoded)
	w := again.Value()
	require.NoError(t, again.Err(), "%#v as %x", v, encoded)
	require.Zero(t, again.Len())
	require.Equal(t, canon(v), canon(w), "%x", encoded)
}

// FuzzMessage holds the codec against go-amqp's.
func FuzzMessage(f *testing.F) {
	for _, b := range amqptest.Corpus(f, "messages") {
		f.Add(b)
	}
	for _, m := range messages() {
		b, err := wire.AppendMessage(nil, m)
		require.NoError(f, err)
		f.Add(b)
	}
	for _, v := range vectors {
		f.Add(append(unhex("00 53 77"), unhex(v.hex)...))
		f.Add(append(unhex("00 53 72 c1 10 02 a3 01 61"), unhex(v.hex)...))
	}
	f.Fuzz(checkMessage)
}

func checkMessage(t *testing.T, b []byte) {
	ours, err := wire.DecodeMessage(b)
	theirs, theirErr := oracle(b)
	switch {
	case err != nil && theirErr != nil:
		return
	case err != nil:
		if why := strict(err); why == "" {
			t.Fatalf("%x\nwire: %v\ngo-amqp: %s", b, err, canon(theirs))
		}
		return
	case theirErr != nil:
		if why := lenient(theirErr); why == "" {
			t.Fatalf("%x\nwire: %s\ngo-amqp: %v", b, canon(ours), theirErr)
		}
	default:
		require.Equal(t, canon(theirs), canon(ours), "%x", b)
	}

	encoded, err := wire.AppendMessage(nil, ours)
	require.NoError(t, err, "%s", canon(ours))
	var slabs wire.Slabs
	again, err := slabs.DecodeMessage(encoded, false)
	require.NoError(t, err, "%x", encoded)
	want := canon(ours)
	require.Equal(t, want, canon(again))
	if theirErr == nil {
		theirs, err := oracle(encoded)
		if err != nil && lenient(err) != "" {
			return
		}
		require.NoError(t, err, "%x", encoded)
		require.Equal(t, want, canon(theirs), "%x", encoded)
	}
}

// oracle is go-amqp's codec, where a panic is an error.
func oracle(b []byte) (m *amqp.Message, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("panic: %v", r)
		}
	}()
	m = new(amqp.Message)
	return m, m.UnmarshalBinary(b)
}

// strict names why we refuse on purpose what go-amqp takes; nothing if it is not on purpose.
func strict(err error) string {
	var e *wire.DecodeError
	switch errors.As(err, &e); {
	case e.Reason == wire.ErrShort && strconv.IntSize == 32:
		return "go-amqp's sizes of more than 2 GiB are negative where an int has 32 bits"
	case e.Reason == wire.ErrSize:
		return "go-amqp does not hold compounds to their sizes, nor maps to an even count"
	case e.Reason == wire.ErrValue && e.What == "map key":
		return ""
	case e.Reason == wire.ErrValue:
		return "go-amqp does not check UTF-8, ASCII, or that a boolean's octet is 0 or 1"
	case e.Reason == wire.ErrLimit:
		return "go-amqp nests without a limit"
	case e.Reason == wire.ErrType && e.What == "uint":
		return "go-amqp takes a time to live of any unsigned type"
	case e.Reason == wire.ErrType && (e.What == "message section" || e.What == "error"):
		return "go-amqp looks at the last byte of a section's or an error's descriptor only"
	}
	return ""
}

// lenient names why we take on purpose what go-amqp refuses; nothing if it is not on purpose.
func lenient(err error) string {
	text := err.Error()
	switch {
	case strings.Contains(text, "not implemented"):
		return "char, decimals, some arrays and performatives as values"
	case strings.Contains(text, "invalid length"):
		return "arrays of short texts, which go-amqp takes to be of two bytes at least"
	case strings.Contains(text, "invalid type for uint32 a3"), strings.Contains(text, "invalid type for uint32 b3"):
		return "sections described by their symbols"
	}
	return ""
}

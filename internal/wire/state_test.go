package wire_test

import (
	"strings"
	"testing"

	"github.com/Azure/go-amqp"
	"github.com/stretchr/testify/require"

	"github.com/hadron-mq/hadron/internal/wire"
)

var states = []*wire.State{
	nil,
	wire.Accepted,
	wire.Released,
	{Code: wire.CodeReceived, SectionNumber: 1, SectionOffset: 1 << 40},
	{Code: wire.CodeRejected},
	{Code: wire.CodeRejected, Error: &amqp.Error{Condition: "c"}},
	{Code: wire.CodeModified},
	{Code: wire.CodeModified, DeliveryFailed: true},
	{Code: wire.CodeModified, UndeliverableHere: true},
	{Code: wire.CodeModified, Annotations: amqp.Annotations{"x-opt": int32(1)}},
	{Code: wire.CodeDeclared, TxnID: []byte{1}},
	{Code: wire.CodeTransactionalState, TxnID: []byte{1}},
	{Code: wire.CodeTransactionalState, TxnID: []byte{1}, Outcome: wire.Accepted},
}

func TestStates(t *testing.T) {
	for _, s := range states {
		b, err := s.Append(nil)
		require.NoError(t, err)
		d := wire.NewDecoder(b)
		require.Equal(t, canon(s), canon(d.State()))
		require.NoError(t, d.Err())
		require.Zero(t, d.Len())
	}
}

func TestAcceptedAndReleasedAreShared(t *testing.T) {
	for _, b := range []string{"00 53 24 45 00 53 26 45", "00 53 24 c0 01 00 00 53 26 d0 00 00 00 04 00 00 00 00"} {
		d := wire.NewDecoder(unhex(b))
		require.Same(t, wire.Accepted, d.State())
		require.Same(t, wire.Released, d.State())
		require.NoError(t, d.Err())
	}
}

func TestStateErrors(t *testing.T) {
	for name, v := range map[string]struct {
		hex    string
		reason error
	}{
		"accepted with a field":                  {"00 53 24 c0 02 01 40", wire.ErrField},
		"received without an offset":             {"00 53 23 c0 02 01 43", wire.ErrField},
		"received without a number":              {"00 53 23 45", wire.ErrField},
		"declared without a txn-id":              {"00 53 33 45", wire.ErrField},
		"a txn-id of 257 bytes":                  {"00 53 33 d0 00 00 01 0a 00 00 00 01 b0 00 00 01 01" + strings.Repeat(" 00", 257), wire.ErrLimit},
		"a transactional-state within another":   {"00 53 34 c0 0c 02 a0 00 00 53 34 c0 04 01 a0 01 07", wire.ErrType},
		"a received state as an outcome":         {"00 53 34 c0 0b 02 a0 00 00 53 23 c0 03 02 43 43", wire.ErrType},
		"an error where the error of a rejected": {"00 53 25 c0 05 01 00 53 24 45", wire.ErrType},
	} {
		t.Run(name, func(t *testing.T) {
			d := wire.NewDecoder(unhex(v.hex))
			d.State()
			require.ErrorIs(t, d.Err(), v.reason)
		})
	}
}

func TestStatesThatSayTheSame(t *testing.T) {
	info := map[string]any{"a": uint32(1)}
	states := []*wire.State{
		nil,
		wire.Accepted,
		wire.Released,
		{Code: wire.CodeReceived, SectionNumber: 1},
		{Code: wire.CodeReceived, SectionNumber: 1, SectionOffset: 2},
		{Code: wire.CodeRejected},
		{Code: wire.CodeRejected, Error: &amqp.Error{Condition: "a"}},
		{Code: wire.CodeRejected, Error: &amqp.Error{Condition: "a", Description: "b"}},
		{Code: wire.CodeModified, DeliveryFailed: true},
		{Code: wire.CodeModified, UndeliverableHere: true},
		{Code: wire.CodeDeclared, TxnID: []byte("a")},
		{Code: wire.CodeTransactionalState, TxnID: []byte("a")},
		{Code: wire.CodeTransactionalState, TxnID: []byte("a"), Outcome: wire.Accepted},
	}
	for i, a := range states {
		for j, b := range states {
			if b != nil { // another of the same
				encoded, err := b.Append(nil)
				require.NoError(t, err)
				d := wire.NewDecoder(encoded)
				b = d.State()
			}
			require.Equal(t, i == j, a.Same(b), "%d and %d", i, j)
		}
	}
	one := &wire.State{Code: wire.CodeRejected, Error: &amqp.Error{Info: info}}
	require.True(t, one.Same(one))
	require.False(t, one.Same(&wire.State{Code: wire.CodeRejected, Error: &amqp.Error{Info: info}}), "which is not looked into")
}

package wire_test

import (
	"bytes"
	"testing"
	"time"

	"github.com/Azure/go-amqp"
	"github.com/stretchr/testify/require"

	"github.com/hadron-mq/hadron/internal/wire"
)

// TestALentMessageIsTheMessage decodes each message both ways, one after another into the same memory.
func TestALentMessageIsTheMessage(t *testing.T) {
	text, when, sequence := "text", time.UnixMilli(1_700_000_000_000), uint32(7)
	var lent wire.Lent
	for _, m := range []*amqp.Message{
		{Data: [][]byte{[]byte("body")}},
		{Header: &amqp.MessageHeader{Durable: true, Priority: 9, TTL: time.Second}, Properties: &amqp.MessageProperties{MessageID: uint64(1 << 40)}},
		{Properties: &amqp.MessageProperties{MessageID: "an id", CorrelationID: uint64(0)}, Value: "value"},
		{Properties: &amqp.MessageProperties{MessageID: amqp.UUID{1, 2}, UserID: []byte("me"), To: &text, Subject: &text, ReplyTo: &text, CorrelationID: []byte("other"),
			ContentType: &text, ContentEncoding: &text, AbsoluteExpiryTime: &when, CreationTime: &when, GroupID: &text, GroupSequence: &sequence, ReplyToGroupID: &text}},
		{ApplicationProperties: map[string]any{"k": "v"}, Annotations: amqp.Annotations{"a": int32(1)}, Data: [][]byte{[]byte("one"), []byte("two")}},
		{Sequence: [][]any{{"x", int64(1)}}},
		{Value: nil},
	} {
		encoded, err := m.MarshalBinary()
		require.NoError(t, err)
		want, err := wire.DecodeMessage(encoded)
		require.NoError(t, err)
		got, err := lent.DecodeMessage(encoded)
		require.NoError(t, err)
		require.Equal(t, want, got)
		lent.TakeBack()
	}
}

func TestALentMessageThatIsNone(t *testing.T) {
	var lent wire.Lent
	_, err := lent.DecodeMessage([]byte{0, 0x53, 0x75, 0xa0, 9})
	require.ErrorIs(t, err, wire.ErrShort)
	m, err := lent.DecodeMessage([]byte{0, 0x53, 0x75, 0xa0, 1, 'x'})
	require.NoError(t, err)
	require.Equal(t, "x", string(m.GetData()), "nothing is left of the one before")
}

func TestALentMessageNeedsNoAllocation(t *testing.T) {
	text := "text"
	for _, id := range []any{uint64(1 << 40), "an id that is a string"} {
		m := benchMessage()
		m.Properties.MessageID, m.Properties.CorrelationID, m.Properties.To = id, id, &text
		encoded, err := m.MarshalBinary()
		require.NoError(t, err)
		var lent wire.Lent
		data := m.GetData()
		allocations := testing.AllocsPerRun(100, func() {
			m, err := lent.DecodeMessage(encoded)
			if err != nil || !bytes.Equal(m.GetData(), data) || m.Properties.MessageID != id {
				t.Fatal("not the message")
			}
			lent.TakeBack()
		})
		require.LessOrEqual(t, allocations, float64(spoilt))
	}
}

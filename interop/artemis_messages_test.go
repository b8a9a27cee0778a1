package interop_test

import (
	"bytes"
	"encoding/json"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/Azure/go-amqp"
	"github.com/stretchr/testify/require"

	"github.com/hadron-mq/hadron/interop/artemis"
	"github.com/hadron-mq/hadron/receiver"
	"github.com/hadron-mq/hadron/sender"
)

// testDelays: a message with a delay waits with the broker, and lets others by.
func testDelays(t *testing.T, b broker) {
	c := dial(t, b.URL(artemis.AMQP), asAdmin)
	s := c.sender("delayed", sender.Queue())
	later := text("later")
	later.Annotations = amqp.Annotations{"x-opt-delivery-delay": int64(time.Second / time.Millisecond)}
	muchLater := text("much later")
	muchLater.Annotations = amqp.Annotations{"x-opt-delivery-time": time.Now().Add(time.Hour).UnixMilli()}
	s.send(muchLater, later, text("now"))

	in := c.receiver("delayed", receiver.Queue())
	in.next("now").accept()
	in.next("later").accept()
	in.nothing()
	require.Equal(t, json.Number("1"), b.attribute(t, "queue.delayed", "scheduledCount"))
}

// testLargeMessage sends many frames there and back.
func testLargeMessage(t *testing.T, b broker) {
	const size = 10 << 20
	body := make([]byte, size)
	random := rand.NewChaCha8([32]byte{})
	_, _ = random.Read(body) // it never fails

	c := dial(t, b.URL(artemis.AMQP), asAdmin)
	c.sender("large", sender.Queue()).send(&amqp.Message{Header: &amqp.MessageHeader{Durable: true}, Data: [][]byte{body}}, text("small"))
	in := c.receiver("large", receiver.Queue())
	m := within(t, in.messages, "the large message")
	require.True(t, bytes.Equal(body, m.GetData()), "%d bytes came of %d", len(m.GetData()), size)
	m.accept()
	in.next("small").accept()
	b.requireCount(t, "large", 0)
}

// testSections: a message comes out as it went in.
func testSections(t *testing.T, b broker) {
	c := dial(t, b.URL(artemis.AMQP), asAdmin)
	s, in := c.sender("sections", sender.Queue()), c.receiver("sections", receiver.Queue())
	subject, group, contentType := "subject", "group", "application/json"
	created := time.UnixMilli(1_700_000_000_123) // the codec's own form
	properties := func() *amqp.MessageProperties {
		return &amqp.MessageProperties{
			MessageID: amqp.UUID{1, 2, 3}, UserID: []byte("me"), Subject: &subject, CorrelationID: []byte{4, 5}, ContentType: &contentType,
			CreationTime: &created, GroupID: &group,
		}
	}
	for name, m := range map[string]*amqp.Message{
		"data":     {Data: [][]byte{{1, 2, 3}}},
		"value":    {Value: map[string]any{"list": []any{int32(1), "two", 3.0, true, nil}, "time": created}},
		"sequence": {Sequence: [][]any{{int64(1), "two"}, {amqp.UUID{7}}}},
		"no value": {Value: nil, Sequence: nil, Data: [][]byte{{}}},
	} {
		t.Run(name, func(t *testing.T) {
			m.Header = &amqp.MessageHeader{Durable: true, Priority: 7}
			m.Properties = properties()
			m.Annotations = amqp.Annotations{"x-opt-mine": "annotation"}
			m.ApplicationProperties = map[string]any{"byte": int8(-1), "ulong": uint64(1 << 63), "text": "ü", "yes": true, "float": float32(1.5), "bytes": []byte{9}}
			s.send(m)
			got := within(t, in.messages, name)
			got.accept()
			require.Equal(t, m.Data, got.Data)
			require.Equal(t, m.Value, got.Value)
			require.Equal(t, m.Sequence, got.Sequence)
			require.Equal(t, m.Properties, got.Properties)
			require.Equal(t, m.ApplicationProperties, got.ApplicationProperties)
			require.Equal(t, "annotation", got.Annotations["x-opt-mine"])
			require.Equal(t, uint8(7), got.Header.Priority)
			require.True(t, got.Header.Durable)
		})
	}
}

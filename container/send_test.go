package container_test

import (
	"testing"
	"time"

	"github.com/Azure/go-amqp"
	"github.com/stretchr/testify/require"

	"github.com/hadron-mq/hadron/handler"
	"github.com/hadron-mq/hadron/sender"
)

// What cannot be sent as it is meant is an error of Send that names the field, and nothing is sent.
func TestWhatCannotBeSent(t *testing.T) {
	n := listen(t, handler.Base{})
	for field, m := range map[string]*amqp.Message{
		"no message is given":                         nil,
		"header: ttl":                                 {Header: &amqp.MessageHeader{TTL: -time.Second}, Value: "x"},
		"body: ":                                      {Data: [][]byte{{1}}, Value: "x"},
		"body: a message has one":                     {Data: [][]byte{{1}}, Sequence: [][]any{{"x"}}},
		"body: a message has one of":                  {Value: "x", Sequence: [][]any{{"x"}}},
		"properties: message-id of type int ":         {Properties: &amqp.MessageProperties{MessageID: 7}, Value: "x"},
		"properties: correlation-id of type int32 ":   {Properties: &amqp.MessageProperties{CorrelationID: int32(7)}, Value: "x"},
		"message-annotations: key 7 of type int":      {Annotations: amqp.Annotations{7: "x"}, Value: "x"},
		"delivery-annotations: key true of type bool": {DeliveryAnnotations: amqp.Annotations{true: "x"}, Value: "x"},
		"footer: key 1.5 of type float64":             {Footer: amqp.Annotations{1.5: "x"}, Value: "x"},
	} {
		t.Run(field, func(t *testing.T) {
			require.NoError(t, run(t, &handler.Funcs{
				Start: sending(t, n, sender.SettleMode(amqp.SenderSettleModeMixed)),
				LinkOpened: func(e *handler.Event) {
					for _, send := range []func(*amqp.Message) error{
						func(m *amqp.Message) error { _, err := e.Sender().Send(m); return err },
						func(m *amqp.Message) error { _, err := e.Sender().SendSettled(m); return err },
					} {
						err := send(m)
						require.ErrorContains(t, err, `sender: send to "q": `)
						require.ErrorContains(t, err, field)
					}
					require.Zero(t, e.Sender().Queued()+e.Sender().Unsettled())
					_, err := e.Sender().Send(&amqp.Message{Annotations: amqp.Annotations{"a": 1, amqp.Symbol("b"): 2, uint64(3): 3}, Value: "x",
						Properties: &amqp.MessageProperties{MessageID: amqp.UUID{1}, CorrelationID: []byte{1}}})
					require.NoError(t, err, "the link is none the worse")
				},
				Accepted: func(e *handler.Event) { e.Connection().Close() },
			}))
		})
	}
}

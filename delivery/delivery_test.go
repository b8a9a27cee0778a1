package delivery_test

import (
	"testing"

	"github.com/Azure/go-amqp"
	"github.com/stretchr/testify/require"

	"github.com/hadron-mq/hadron/delivery"
)

func TestDecode(t *testing.T) {
	encoded, err := amqp.NewMessage([]byte("body")).MarshalBinary()
	require.NoError(t, err)
	m, err := delivery.Decode(encoded)
	require.NoError(t, err)
	clear(encoded)
	require.Equal(t, "body", string(m.GetData()), "it keeps nothing of the bytes")
	_, err = delivery.Decode([]byte{0x00, 0x53, 0x75, 0xa0, 200})
	require.ErrorContains(t, err, "delivery: decode message: ")
}

func TestSplitHeader(t *testing.T) {
	message := amqp.NewMessage([]byte("body"))
	message.Header = &amqp.MessageHeader{Durable: true, Priority: 9, DeliveryCount: 2}
	encoded, err := message.MarshalBinary()
	require.NoError(t, err)
	header, rest, err := delivery.SplitHeader(encoded)
	require.NoError(t, err)
	require.Equal(t, message.Header, header)

	header.DeliveryCount++
	again, err := delivery.Decode(append(delivery.AppendHeader(nil, header), rest...))
	require.NoError(t, err)
	require.EqualValues(t, 3, again.Header.DeliveryCount)
	require.Equal(t, "body", string(again.GetData()))

	header, same, err := delivery.SplitHeader(rest)
	require.NoError(t, err)
	require.Nil(t, header, "there is none any more")
	require.Equal(t, rest, same)
	_, _, err = delivery.SplitHeader([]byte{0x00, 0x53, 0x70, 0xc0, 200, 1})
	require.ErrorContains(t, err, "delivery: decode header: ")
}

func TestCheck(t *testing.T) {
	message := amqp.NewMessage([]byte("body"))
	message.Header = &amqp.MessageHeader{Durable: true}
	message.Annotations = amqp.Annotations{"k": "v"}
	encoded, err := message.MarshalBinary()
	require.NoError(t, err)
	at, err := delivery.Check(encoded)
	require.NoError(t, err)
	_, rest, err := delivery.SplitHeader(encoded)
	require.NoError(t, err)
	require.Equal(t, len(encoded)-len(rest), at.Annotations)
	bare, err := delivery.Decode(encoded[at.Bare:])
	require.NoError(t, err)
	require.Equal(t, amqp.NewMessage([]byte("body")), bare)
	require.Equal(t, len(encoded), at.Footer)
	_, err = delivery.Check(encoded[:at.Bare])
	require.ErrorContains(t, err, "delivery: message: ")
}

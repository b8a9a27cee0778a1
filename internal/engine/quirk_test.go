package engine

import (
	"testing"

	"github.com/Azure/go-amqp"
	"github.com/stretchr/testify/require"
)

func TestWhatRabbitMQDidBefore4IsForgiven(t *testing.T) {
	talkTo := func(version string) (*talk, *Link) {
		k := clientTalk(t, Config{}, m{"properties": m{"product": "RabbitMQ", "version": version}})
		return k, k.receiver(k.session(nil), 2)
	}
	k, l := talkTo("3.10.8")
	for i := range 4 {
		k.transfer(i, nil, "x")
		k.wantEvent("two of them without credit", DeliveryReceived)
	}
	require.Equal(t, uint32(2), l.beyond)
	l.beyond = overrunLimit
	k.transfer(4, nil, "x")
	k.wantLinkViolation(l, amqp.ErrCondTransferLimitExceeded, "has no credit")

	k, l = talkTo("4.0.1")
	k.transfer(0, nil, "x")
	k.transfer(1, nil, "x")
	k.transfer(2, nil, "x")
	k.wantLinkViolation(l, amqp.ErrCondTransferLimitExceeded, "has no credit")
}

package broker_test

import (
	"net"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/hadron-mq/hadron/broker"
	"github.com/hadron-mq/hadron/internal/amqptest"
)

// dial begins a conversation, up to the peer's open.
func dial(t *testing.T, b *broker.Broker, open fields) *amqptest.Peer {
	t.Helper()
	conn, err := net.Dial("tcp", b.Addr().String())
	require.NoError(t, err)
	p := amqptest.NewPeer(t, conn)
	p.SendHeader(amqptest.HeaderAMQP)
	p.ExpectHeader(amqptest.HeaderAMQP)
	p.Send(amqptest.F(0, "open", open))
	return p
}

// A container that wants to have no other connection has none ("Enforcing Connection Uniqueness", 3).
func TestSoleConnections(t *testing.T) {
	sole := func(id string) fields {
		return fields{"container-id": id, "desired-capabilities": []string{"sole-connection-for-container"}}
	}
	refused := amqptest.F(0, "close", fields{"error": amqptest.D{Name: "error", Fields: fields{
		"condition": amqptest.Symbol("amqp:invalid-field"), "info": fields{"invalid-field": amqptest.Symbol("container-id")}}}})
	b := start(t)
	first := dial(t, b, sole("a"))
	first.Expect("the broker enforces it", amqptest.F(0, "open", fields{"offered-capabilities": []string{"ANONYMOUS-RELAY", "sole-connection-for-container"}}))
	for _, open := range []fields{sole("a"), {"container-id": "a"}} {
		second := dial(t, b, open)
		second.Expect("a second one is not opened", amqptest.F(0, "open", fields{"properties": fields{"amqp:connection-establishment-failed": true}}))
		second.Expect("because of its name", refused)
	}
	other := dial(t, b, sole("b"))
	other.Expect("another container's is", amqptest.F(0, "open", nil))
	first.Send(amqptest.F(0, "close", nil))
	first.Expect("the first one ends", amqptest.F(0, "close", nil))
	again := dial(t, b, sole("a"))
	got := again.Expect("then there may be another", amqptest.F(0, "open", nil))
	require.NotContains(t, got.String(), "establishment-failed")
}

// One may ask that it take the place of the one that is there.
func TestASoleConnectionThatTakesAnothersPlace(t *testing.T) {
	onLoops(t, func(t *testing.T, loops broker.Option) {
		b := start(t, loops)
		first := dial(t, b, fields{"container-id": "a"})
		first.Expect("the first one is opened", amqptest.F(0, "open", nil))
		second := dial(t, b, fields{"container-id": "a", "desired-capabilities": []string{"sole-connection-for-container"},
			"properties": fields{"sole-connection-enforcement-policy": uint32(1)}})
		second.Expect("so is the second", amqptest.F(0, "open", nil))
		first.Expect("which takes its place", amqptest.F(0, "close", fields{"error": amqptest.D{Name: "error", Fields: fields{
			"condition": amqptest.Symbol("amqp:resource-locked"), "info": fields{"sole-connection-enforcement": true}}}}))
	})
}

func TestConnectionsOfOneContainerThatMayBeMany(t *testing.T) {
	b := start(t)
	for range 3 {
		dial(t, b, fields{"container-id": "a"}).Expect("it is opened", amqptest.F(0, "open", nil))
	}
	p := dial(t, b, fields{"container-id": "a", "desired-capabilities": []string{"sole-connection-for-container"}})
	p.Expect("until one wants to be the only one", amqptest.F(0, "open", fields{"properties": fields{"amqp:connection-establishment-failed": true}}))
}

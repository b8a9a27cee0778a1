package container_test

import (
	"testing"

	"github.com/cenkalti/backoff/v4"
	"github.com/stretchr/testify/require"

	"github.com/hadron-mq/hadron/connection"
	"github.com/hadron-mq/hadron/handler"
	"github.com/hadron-mq/hadron/internal/amqptest"
	"github.com/hadron-mq/hadron/receiver"
	"github.com/hadron-mq/hadron/sender"
)

// TestAddressesFollowThePeer has a client say queue and topic to one peer after the other: each hears it in its own way.
func TestAddressesFollowThePeer(t *testing.T) {
	hear := func(p *amqptest.Peer, properties m, queue, topic, prefixed string) {
		p.ExpectHeader(amqptest.HeaderAMQP)
		p.SendHeader(amqptest.HeaderAMQP)
		p.Expect("the client opens", f(0, "open", nil))
		p.Expect("and begins, and does not wait", f(0, "begin", nil))
		p.Expect("nor does a link of no kind", f(0, "attach", m{"name": "plain", "target": amqptest.D{Name: "target", Fields: m{"address": "orders"}}}))
		p.Send(f(0, "open", m{"container-id": "peer", "properties": properties}),
			f(0, "begin", m{"remote-channel": 0, "next-outgoing-id": 0, "incoming-window": 10, "outgoing-window": 10}))
		p.Expect("a queue", f(0, "attach", m{"name": "queue", "role": false, "target": amqptest.D{Name: "target", Fields: m{"address": queue, "capabilities": amqptest.Symbol("queue")}}}))
		p.Expect("a topic", f(0, "attach", m{"name": "topic", "role": true, "source": amqptest.D{Name: "source", Fields: m{"address": topic, "capabilities": amqptest.Symbol("topic")}}}))
		p.Expect("a name that has the prefix", f(0, "attach", m{"name": "whole", "target": amqptest.D{Name: "target", Fields: m{"address": prefixed}}}))
		p.Expect("a node to be made up", f(0, "attach", m{"name": "dynamic", "target": amqptest.D{Name: "target", Fields: m{"address": nil, "dynamic": true}}}))
	}
	url := amqptest.Serve(t, func(p *amqptest.Peer) {
		hear(p, m{"queue-prefix": "queue://", "topic-prefix": "topic://"}, "queue://orders", "topic://news", "queue://orders")
	}, func(p *amqptest.Peer) {
		hear(p, m{"product": "apache-activemq-artemis"}, "orders", "news", "queue://orders")
		p.Send(f(0, "close", nil))
		p.Await("closed", f(0, "close", nil))
	})
	require.NoError(t, run(t, &handler.Funcs{Start: func(e *handler.Event) {
		conn, err := e.Container().Connect(url, connection.SASLEnabled(false), connection.Reconnect(new(backoff.ZeroBackOff)))
		require.NoError(t, err)
		create := func(address string, opts ...sender.Option) {
			_, err := e.Container().CreateSender(conn, address, opts...)
			require.NoError(t, err)
		}
		create("orders", sender.Name("plain"))
		create("orders", sender.Name("queue"), sender.Queue())
		_, err = e.Container().CreateReceiver(conn, "news", receiver.Name("topic"), receiver.Topic())
		require.NoError(t, err)
		create("queue://orders", sender.Name("whole"), sender.Queue())
		create("", sender.Name("dynamic"), sender.Queue(), sender.Dynamic())
	}}))
}

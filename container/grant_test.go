package container_test

import (
	"testing"

	"github.com/Azure/go-amqp"
	"github.com/stretchr/testify/require"

	"github.com/hadron-mq/hadron/connection"
	"github.com/hadron-mq/hadron/handler"
	"github.com/hadron-mq/hadron/internal/amqptest"
	"github.com/hadron-mq/hadron/receiver"
	"github.com/hadron-mq/hadron/sender"
	amqpvalue "github.com/hadron-mq/hadron/value"
)

// wishes is all that a peer may ask of a node.
func wishes(source bool) m {
	node := m{"address": "q", "durable": uint32(2), "expiry-policy": "never", "timeout": 60, "capabilities": []string{"queue", "magic"}}
	if source {
		node["distribution-mode"] = "copy"
		node["filter"] = amqptest.Map{{amqptest.Symbol("selector"), amqptest.D{Name: "0x468c00000004", Value: "a = 1"}}}
		node["default-outcome"] = amqptest.D{Name: "released"}
		node["outcomes"] = []string{"amqp:accepted:list", "vendor:lost:list", "amqp:released:list"}
	}
	return node
}

// An attach says what is so: what a listener's end does not grant is not in its answer (§2.6.3, §3.5.3, §3.5.4).
func TestOnlyWhatIsGrantedIsAnswered(t *testing.T) {
	open := &handler.Funcs{}
	open.LinkOpening = func(e *handler.Event) {
		switch {
		case e.Sender() != nil && e.Sender().Name() == "granted":
			require.NoError(t, e.Sender().Open(sender.Durable(amqp.DurabilityConfiguration, amqp.ExpiryPolicyLinkDetach, 0), sender.Capabilities("queue"),
				sender.DistributionMode("copy"), sender.Filters(map[string]any{"selector": amqpvalue.Described{Descriptor: uint64(0x468c00000004), Value: "a = 1"}}),
				sender.Outcomes("amqp:accepted:list"), sender.DefaultOutcome(&amqp.StateModified{DeliveryFailed: true})))
		case e.Receiver() != nil && e.Receiver().Name() == "granted":
			require.NoError(t, e.Receiver().Open(receiver.Durable(amqp.DurabilityConfiguration, amqp.ExpiryPolicyLinkDetach, 0), receiver.Capabilities("queue")))
		case e.Sender() != nil && e.Sender().Name() == "made":
			require.Equal(t, connection.DeleteOnNoLinks, e.Sender().RemoteSource().LifetimePolicy())
			require.NoError(t, e.Sender().Open(sender.SourceAddress("made-up"), sender.Lifetime(connection.DeleteOnClose)))
		case e.Receiver() != nil && e.Receiver().Name() == "made":
			require.Equal(t, connection.DeleteOnNoLinks, e.Receiver().RemoteTarget().LifetimePolicy())
			require.NoError(t, e.Receiver().Open(receiver.TargetAddress("made-up"), receiver.NodeProperties(map[string]any{"supported-dist-modes": amqp.Symbol("move")})))
		}
	}
	n := listen(t, open)
	p := n.dial()
	p.Open(nil)
	p.Send(f(0, "begin", m{"next-outgoing-id": 0, "incoming-window": 10, "outgoing-window": 10}))
	p.Expect("begun", f(0, "begin", nil))
	dynamic := m{"dynamic": true, "dynamic-node-properties": amqptest.Map{{amqptest.Symbol("lifetime-policy"), amqptest.D{Name: "delete-on-no-links", Fields: m{}}}}}
	handle := 0
	attach := func(name string, asSender bool, node m) {
		p.Send(f(0, "attach", map[bool]m{
			true:  {"name": name, "handle": handle, "role": false, "initial-delivery-count": 0, "target": amqptest.D{Name: "target", Fields: node}},
			false: {"name": name, "handle": handle, "role": true, "source": amqptest.D{Name: "source", Fields: node}, "target": amqptest.D{Name: "target", Fields: m{"address": "mine", "capabilities": "x"}}},
		}[asSender]))
		handle++
	}
	attach("plain", false, wishes(true))
	p.Expect("the source has an address, and outcomes", f(0, "attach", m{"role": false, "source": amqptest.D{Name: "source", Fields: m{
		"address": "q", "durable": nil, "expiry-policy": nil, "timeout": nil, "capabilities": nil, "distribution-mode": nil, "filter": nil,
		"outcomes": []string{"amqp:accepted:list", "amqp:released:list"}, "default-outcome": amqptest.D{Name: "released"}}},
		"target": amqptest.D{Name: "target", Fields: m{"address": "mine", "capabilities": amqptest.Symbol("x")}}}))
	attach("granted", false, wishes(true))
	p.Expect("what the handler grants", f(0, "attach", m{"role": false, "source": amqptest.D{Name: "source", Fields: m{
		"address": "q", "durable": uint32(1), "expiry-policy": "link-detach", "timeout": nil, "capabilities": amqptest.Symbol("queue"), "distribution-mode": "copy",
		"filter": amqptest.Any, "outcomes": amqptest.Symbol("amqp:accepted:list"), "default-outcome": amqptest.D{Name: "modified", Fields: m{"delivery-failed": true}}}}}))
	attach("plain", true, wishes(false))
	p.Expect("the target has an address", f(0, "attach", m{"role": true, "target": amqptest.D{Name: "target", Fields: m{
		"address": "q", "durable": nil, "expiry-policy": nil, "timeout": nil, "capabilities": nil}}}))
	p.Expect("and credit", f(0, "flow", nil))
	attach("granted", true, wishes(false))
	p.Expect("what the handler grants", f(0, "attach", m{"role": true, "target": amqptest.D{Name: "target", Fields: m{
		"address": "q", "durable": uint32(1), "expiry-policy": "link-detach", "timeout": nil, "capabilities": amqptest.Symbol("queue")}}}))
	p.Expect("and credit", f(0, "flow", nil))

	attach("made", false, dynamic)
	p.Expect("the node that was made", f(0, "attach", m{"source": amqptest.D{Name: "source", Fields: m{"dynamic": true, "address": "made-up",
		"dynamic-node-properties": amqptest.M{"lifetime-policy": amqptest.D{Name: "delete-on-close", Fields: m{}}}}}}))
	attach("made", true, dynamic)
	p.Expect("the node that was made", f(0, "attach", m{"target": amqptest.D{Name: "target", Fields: m{"dynamic": true, "address": "made-up",
		"dynamic-node-properties": amqptest.M{"supported-dist-modes": amqptest.Symbol("move")}}}}))
	p.Expect("and credit", f(0, "flow", nil))
	for _, asSender := range []bool{false, true} {
		attach("nobody makes it", asSender, dynamic)
		p.Expect("attached only to be refused", f(0, "attach", m{"source": nil, "target": nil}))
		p.Expect("nodes are not made up by themselves", f(0, "detach", m{"closed": true, "error": amqptest.D{Name: "error", Fields: m{"condition": "amqp:not-implemented"}}}))
	}
	p.Send(f(0, "attach", m{"name": "transactions", "handle": handle, "role": false, "initial-delivery-count": 0, "target": amqptest.D{Name: "coordinator"}}))
	p.Expect("attached only to be refused", f(0, "attach", m{"source": nil, "target": nil}))
	p.Expect("nobody controls transactions", f(0, "detach", m{"closed": true, "error": amqptest.D{Name: "error", Fields: m{"condition": "amqp:not-implemented"}}}))
}

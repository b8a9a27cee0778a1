package broker_test

import (
	"net"
	"testing"

	"github.com/Azure/go-amqp"
	"github.com/stretchr/testify/require"

	"github.com/hadron-mq/hadron/broker"
	"github.com/hadron-mq/hadron/internal/amqptest"
)

type (
	fields = amqptest.M
)

func source(f fields) amqptest.D   { return amqptest.D{Name: "source", Fields: f} }
func target(f fields) amqptest.D   { return amqptest.D{Name: "target", Fields: f} }
func lifetime(n string) amqptest.D { return amqptest.D{Name: n, Fields: fields{}} }

// scriptOpen is script with fields of the peer's open.
func scriptOpen(t *testing.T, b *broker.Broker, open fields) *amqptest.Peer {
	t.Helper()
	conn, err := net.Dial("tcp", b.Addr().String())
	require.NoError(t, err)
	p := amqptest.NewPeer(t, conn)
	p.Open(open)
	p.Send(amqptest.F(0, "begin", fields{"next-outgoing-id": 0, "incoming-window": 100, "outgoing-window": 100}))
	p.Expect("the broker begins", amqptest.F(0, "begin", nil))
	return p
}

// What a peer asks of a source and does not get is not said to be so (§3.5.3).
func TestASourceIsWhatTheBrokerSays(t *testing.T) {
	p := script(t, start(t))
	p.Send(amqptest.F(0, "attach", fields{"name": "l", "handle": 0, "role": true, "target": target(nil), "source": source(fields{
		"address": "q", "durable": 2, "expiry-policy": "never", "timeout": 60, "capabilities": []string{"queue", "topic", "shared"},
		"filter":          fields{"selector": amqptest.D{Name: "0x468c00000004", Value: "colour = 'red'"}},
		"outcomes":        []string{"amqp:accepted:list", "amqp:released:list"},
		"default-outcome": amqptest.D{Name: "released", Fields: fields{}},
	})}))
	p.Expect("a queue, in memory, and all of its messages", amqptest.F(0, "attach", fields{"role": false, "source": source(fields{
		"address": "q", "durable": 0, "expiry-policy": "session-end", "timeout": 0, "capabilities": []string{"queue"}, "filter": nil,
		"distribution-mode": "move", "outcomes": []string{"amqp:accepted:list", "amqp:released:list"},
		"default-outcome": amqptest.D{Name: "released"},
	})}))
	p.Send(amqptest.F(0, "attach", fields{"name": "browser", "handle": 1, "role": true, "target": target(nil), "source": source(fields{
		"address": "q", "distribution-mode": "copy"})}))
	p.Expect("the outcomes are named to who names none", amqptest.F(0, "attach", fields{"source": source(fields{
		"distribution-mode": "copy", "capabilities": nil,
		"outcomes": []string{"amqp:accepted:list", "amqp:rejected:list", "amqp:released:list", "amqp:modified:list"}})}))
}

// And so it is with targets (§3.5.4).
func TestATargetIsWhatTheBrokerSays(t *testing.T) {
	p := script(t, start(t))
	p.Send(amqptest.F(0, "attach", fields{"name": "l", "handle": 0, "role": false, "initial-delivery-count": 0, "source": source(nil), "target": target(fields{
		"address": "q", "durable": 2, "expiry-policy": "never", "timeout": 60, "capabilities": []string{"topic"}})}))
	p.Expect("a queue in memory", amqptest.F(0, "attach", fields{"role": true, "target": target(fields{
		"address": "q", "durable": 0, "expiry-policy": "session-end", "timeout": 0, "capabilities": nil})}))
}

// A node that is made up says how long it lives, and what it can do (§3.5.9).
func TestADynamicNodeIsWhatTheBrokerSays(t *testing.T) {
	p := script(t, start(t))
	p.Send(amqptest.F(0, "attach", fields{"name": "l", "handle": 0, "role": true, "target": target(nil), "source": source(fields{
		"dynamic": true, "capabilities": []string{"temporary-queue", "temporary-topic"},
		"dynamic-node-properties": fields{"lifetime-policy": lifetime("delete-on-no-links"), "supported-dist-modes": amqptest.Symbol("copy"), "x-opt-mine": true}})}))
	got := p.Expect("a temporary queue", amqptest.F(0, "attach", fields{"source": source(fields{
		"dynamic": true, "address": amqptest.Any, "capabilities": []string{"temporary-queue"},
		"dynamic-node-properties": fields{"lifetime-policy": amqptest.D{Name: "delete-on-no-links"}, "supported-dist-modes": amqptest.Any}})}))
	require.NotContains(t, got.String(), "x-opt-mine")
	p.Send(amqptest.F(0, "attach", fields{"name": "l", "handle": 1, "role": false, "initial-delivery-count": 0, "source": source(nil), "target": target(fields{
		"dynamic": true})}))
	p.Expect("it goes with its link unless something else was asked for", amqptest.F(0, "attach", fields{"target": target(fields{
		"dynamic": true, "dynamic-node-properties": fields{"lifetime-policy": amqptest.D{Name: "delete-on-close"}}})}))
}

// What a consumer settles without an outcome has the one that its source names, and what it had when its source went does, too (§3.5.3).
func TestTheDefaultOutcome(t *testing.T) {
	failed := amqptest.D{Name: "modified", Fields: fields{"delivery-failed": true}}
	ends := map[string]func(p *amqptest.Peer){
		"settled": func(p *amqptest.Peer) {
			p.Send(amqptest.F(0, "disposition", fields{"role": true, "first": 0, "settled": true}))
		},
		"link closed":        func(p *amqptest.Peer) { p.Send(amqptest.F(0, "detach", fields{"handle": 0, "closed": true})) },
		"connection is lost": func(p *amqptest.Peer) { p.Close() },
		"received and settled": func(p *amqptest.Peer) {
			p.Send(amqptest.F(0, "disposition", fields{"role": true, "first": 0, "settled": true,
				"state": amqptest.D{Name: "received", Fields: fields{"section-number": 0, "section-offset": 0}}}))
		},
	}
	for how, end := range ends {
		t.Run(how, func(t *testing.T) {
			b := start(t)
			c := connect(t, b)
			c.send(c.sender("q", nil), "one")
			p := script(t, b)
			p.Send(amqptest.F(0, "attach", fields{"name": "l", "handle": 0, "role": true, "target": target(nil), "source": source(fields{
				"address": "q", "default-outcome": failed})}), credit(1))
			p.Await("the message", amqptest.F(0, "transfer", fields{"delivery-id": 0}))
			end(p)
			m := c.receive(c.receiver("q", nil))
			require.EqualValues(t, 1, m.Header.DeliveryCount)
		})
	}
}

// credit is a flow for link 0.
func credit(n int) amqptest.Frame {
	return amqptest.F(0, "flow", fields{"next-incoming-id": 0, "incoming-window": 100, "next-outgoing-id": 0, "outgoing-window": 100,
		"handle": 0, "delivery-count": 0, "link-credit": n})
}

// Azure's Python clients ask a receiver to settle second (§2.8.3), and wait for it to settle first.
func TestClientsThatDoNotSettleAreToldFirst(t *testing.T) {
	b := start(t)
	attach := func(name string) amqptest.Frame {
		return amqptest.F(0, "attach", fields{"name": name, "handle": 0, "role": false, "initial-delivery-count": 0, "rcv-settle-mode": 1,
			"source": source(nil), "target": target(fields{"address": "q"})})
	}
	azure := scriptOpen(t, b, fields{"properties": fields{"product": "azsdk-python-servicebus", "version": "7.14.0"}})
	azure.Send(attach("azure"))
	azure.Expect("settled first", amqptest.F(0, "attach", fields{"rcv-settle-mode": 0}))
	azure.Await("credit", amqptest.F(0, "flow", nil))
	transfer := amqptest.F(0, "transfer", fields{"handle": 0, "delivery-id": 0, "delivery-tag": []byte("t")}, []byte("\x00\x53\x77\xa1\x01m"))
	azure.Send(transfer)
	azure.Await("at once", amqptest.F(0, "disposition", fields{"role": true, "first": 0, "settled": true, "state": amqptest.D{Name: "accepted"}}))

	other := script(t, b)
	other.Send(attach("other"))
	other.Expect("as it was asked", amqptest.F(0, "attach", fields{"rcv-settle-mode": 1}))
	other.Await("credit", amqptest.F(0, "flow", nil))
	other.Send(transfer)
	other.Await("the outcome", amqptest.F(0, "disposition", fields{"role": true, "first": 0, "settled": false, "state": amqptest.D{Name: "accepted"}}))
}

func TestAMessageThatIsNone(t *testing.T) {
	const header, data, sequence = "\x00\x53\x70\x45", "\x00\x53\x75\xa0\x02hi", "\x00\x53\x76\x45"
	for name, message := range map[string]string{
		"empty": "", "no body": header, "bare value between sections": header + "\xa1\x02hi" + data, "out of order": data + header,
		"two bodies": data + sequence, "half a section": "\x00\x53\x75\xa0\x05hi", "no section": "\x00\x53\x7f\x45" + data,
	} {
		t.Run(name, func(t *testing.T) {
			b := start(t)
			for _, to := range []fields{{"address": "q"}, {}} { // a queue, and the relay
				p := script(t, b)
				p.Send(amqptest.F(0, "attach", fields{"name": "l", "handle": 0, "role": false, "initial-delivery-count": 0, "source": source(nil), "target": target(to)}))
				p.Await("credit", amqptest.F(0, "flow", nil))
				p.Send(amqptest.F(0, "transfer", fields{"handle": 0, "delivery-id": 0, "delivery-tag": []byte("t")}, []byte(message)))
				p.Await("it is rejected (§3.2)", amqptest.F(0, "disposition", fields{"first": 0, "settled": true,
					"state": amqptest.D{Name: "rejected", Fields: fields{"error": amqptest.D{Name: "error", Fields: fields{"condition": amqptest.Symbol("amqp:decode-error")}}}}}))
			}
			connect(t, b).none("q")
		})
	}
}

func TestSettleModesOfGoAMQPAreKept(t *testing.T) {
	c := connect(t, start(t))
	s := c.sender("q", &amqp.SenderOptions{RequestedReceiverSettleMode: amqp.ReceiverSettleModeSecond.Ptr()})
	c.send(s, "exactly", "once")
	c.accept(c.receiver("q", nil), "exactly", "once")
}

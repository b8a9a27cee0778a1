package broker_test

import (
	"net"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/hadron-mq/hadron/broker"
	"github.com/hadron-mq/hadron/internal/amqptest"
)

// script connects a scripted peer to a broker, with a session on channel 0.
func script(t *testing.T, b *broker.Broker) *amqptest.Peer {
	t.Helper()
	conn, err := net.Dial("tcp", b.Addr().String())
	require.NoError(t, err)
	p := amqptest.NewPeer(t, conn)
	p.Open(nil)
	p.Send(amqptest.F(0, "begin", amqptest.M{"next-outgoing-id": 0, "incoming-window": 100, "outgoing-window": 100}))
	p.Expect("the broker begins", amqptest.F(0, "begin", nil))
	return p
}

func TestLinksThatAreRefused(t *testing.T) {
	const sender, receiver = false, true
	b := start(t)
	for name, link := range map[string]struct {
		role           bool
		source, target any
		condition      string
	}{
		"coordinator":       {sender, amqptest.D{Name: "source"}, amqptest.D{Name: "coordinator"}, "amqp:not-implemented"},
		"no target":         {sender, amqptest.D{Name: "source"}, nil, "amqp:invalid-field"},
		"empty target":      {sender, nil, amqptest.D{Name: "target", Fields: amqptest.M{"address": ""}}, "amqp:invalid-field"},
		"no source":         {receiver, nil, amqptest.D{Name: "target"}, "amqp:not-found"}, // a look-up of a link that was there before
		"source of nothing": {receiver, amqptest.D{Name: "source"}, nil, "amqp:invalid-field"},
		"empty source":      {receiver, amqptest.D{Name: "source", Fields: amqptest.M{"address": ""}}, nil, "amqp:invalid-field"},
	} {
		t.Run(name, func(t *testing.T) {
			p := script(t, b)
			attach := amqptest.M{"name": "l", "handle": 3, "role": link.role, "source": link.source, "target": link.target}
			missing := amqptest.M{"name": "l", "role": !link.role, "target": nil}
			if link.role == sender {
				attach["initial-delivery-count"] = 0
			} else {
				missing = amqptest.M{"name": "l", "role": !link.role, "source": nil}
			}
			p.Send(amqptest.F(0, "attach", attach))
			p.Expect("what was asked for is missing", amqptest.F(0, "attach", missing))
			p.Expect("the reason follows", amqptest.F(0, "detach", amqptest.M{"closed": true,
				"error": amqptest.D{Name: "error", Fields: amqptest.M{"condition": amqptest.Symbol(link.condition)}}}))
			p.Send(amqptest.F(0, "detach", amqptest.M{"handle": 3, "closed": true}))
			p.Send(amqptest.F(0, "close", nil))
			p.Expect("the connection is as it was", amqptest.F(0, "close", nil))
		})
	}
}

func TestAProducerThatGoesBeyondItsCredit(t *testing.T) {
	b := start(t, broker.QueueLimit(2))
	p := script(t, b)
	p.Send(amqptest.F(0, "attach", amqptest.M{"name": "l", "handle": 0, "role": false, "initial-delivery-count": 0,
		"target": amqptest.D{Name: "target", Fields: amqptest.M{"address": "q"}}}))
	p.Await("there is credit", amqptest.F(0, "flow", amqptest.M{"link-credit": 2}))
	for id := range 4 {
		p.Send(amqptest.F(0, "transfer", amqptest.M{"handle": 0, "delivery-id": id, "delivery-tag": []byte{byte(id)}}, []byte("\x00\x53\x77\xa1\x01m")))
	}
	p.Await("the queue takes two", amqptest.F(0, "detach", amqptest.M{"error": amqptest.D{Name: "error",
		Fields: amqptest.M{"condition": amqptest.Symbol("amqp:link:transfer-limit-exceeded")}}}))
	c := connect(t, b)
	c.send(c.sender("other", nil), "one") // nobody else is touched
	c.accept(c.receiver("other", nil), "one")
}

// A consumer that settles and does not say what it made of a message has not taken it (§3.4).
func TestSettledWithoutAnOutcomeIsReleased(t *testing.T) {
	b := start(t)
	c := connect(t, b)
	c.send(c.sender("q", nil), "one")
	p := script(t, b)
	p.Send(amqptest.F(0, "attach", amqptest.M{"name": "l", "handle": 0, "role": true,
		"source": amqptest.D{Name: "source", Fields: amqptest.M{"address": "q"}}, "target": amqptest.D{Name: "target"}}),
		amqptest.F(0, "flow", amqptest.M{"next-incoming-id": 0, "incoming-window": 100, "next-outgoing-id": 0, "outgoing-window": 100,
			"handle": 0, "delivery-count": 0, "link-credit": 1}))
	p.Await("the message", amqptest.F(0, "transfer", amqptest.M{"delivery-id": 0}))
	p.Send(amqptest.F(0, "disposition", amqptest.M{"role": true, "first": 0, "settled": true}))
	c.accept(c.receiver("q", nil), "one")
}

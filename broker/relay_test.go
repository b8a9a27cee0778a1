package broker_test

import (
	"testing"

	"github.com/Azure/go-amqp"
	"github.com/stretchr/testify/require"

	"github.com/hadron-mq/hadron/broker"
	"github.com/hadron-mq/hadron/handler"
	"github.com/hadron-mq/hadron/internal/amqptest"
)

// to is a message that says where it goes.
func to(address, body string) *amqp.Message {
	m := amqp.NewMessage([]byte(body))
	m.Annotations = amqp.Annotations{"before": []any{"the", "properties"}}
	m.Properties = &amqp.MessageProperties{To: &address}
	return m
}

func TestTheRelayIsOffered(t *testing.T) {
	run(t, start(t), &handler.Funcs{ConnectionOpened: func(e *handler.Event) {
		require.Contains(t, e.Connection().RemoteOfferedCapabilities(), amqp.Symbol("ANONYMOUS-RELAY"))
		e.Connection().Close()
	}})
}

func TestTheRelayGoesByTo(t *testing.T) {
	c := connect(t, start(t))
	queue := c.receiver("q/ü", nil)
	replies := c.receiver("", &amqp.ReceiverOptions{DynamicAddress: true})
	relay := c.sender("", nil)
	require.NoError(t, relay.Send(c.ctx, to("q/ü", "one"), nil))
	require.NoError(t, relay.Send(c.ctx, to(replies.Address(), "two"), nil))
	c.accept(queue, "one")
	c.accept(replies, "two")
	for range 300 { // more than the relay's window
		require.NoError(t, relay.Send(c.ctx, to("q/ü", "one"), nil))
		c.accept(queue, "one")
	}
}

func TestTheRelayRejectsWhatGoesNowhere(t *testing.T) {
	c := connect(t, start(t, broker.QueueLimit(1)))
	relay := c.sender("", nil)
	requireCondition(t, amqp.ErrCondNotFound, relay.Send(c.ctx, to("nowhere", "one"), nil))
	requireCondition(t, amqp.ErrCondPreconditionFailed, relay.Send(c.ctx, to("", "one"), nil))
	requireCondition(t, amqp.ErrCondPreconditionFailed, relay.Send(c.ctx, amqp.NewMessage([]byte("one")), nil))
	c.receiver("q", &amqp.ReceiverOptions{Credit: -1})
	require.NoError(t, relay.Send(c.ctx, to("q", "one"), nil))
	requireCondition(t, amqp.ErrCondResourceLimitExceeded, relay.Send(c.ctx, to("q", "two"), nil))
	c.accept(c.receiver("q", nil), "one")
}

// A message that goes nowhere is rejected with its tag where its sender knows that outcome, and ends the link where it does not, or has settled the
// message ("Anonymous Terminus for Message Routing", 2.2.2).
func TestTheRelayTellsWhichMessageGoesNowhere(t *testing.T) {
	tag := []byte("the tag")
	message := []byte("\x00\x53\x73\xc0\x0c\x03\x40\x40\xa1\x07nowhere" + "\x00\x53\x75\xa0\x02hi")
	nowhere := amqptest.D{Name: "error", Fields: fields{"condition": amqptest.Symbol("amqp:not-found"), "info": fields{"delivery-tag": tag}}}
	for name, c := range map[string]struct {
		outcomes []string
		settled  bool
		want     amqptest.Frame
	}{
		"rejected": {[]string{"amqp:accepted:list", "amqp:rejected:list"}, false,
			amqptest.F(0, "disposition", fields{"settled": true, "state": amqptest.D{Name: "rejected", Fields: fields{"error": nowhere}}})},
		"any outcome": {nil, false,
			amqptest.F(0, "disposition", fields{"settled": true, "state": amqptest.D{Name: "rejected", Fields: fields{"error": nowhere}}})},
		"rejected is not known": {[]string{"amqp:accepted:list"}, false, amqptest.F(0, "detach", fields{"closed": true, "error": nowhere})},
		"settled":               {nil, true, amqptest.F(0, "detach", fields{"closed": true, "error": nowhere})},
	} {
		t.Run(name, func(t *testing.T) {
			b := start(t)
			p := script(t, b)
			from := fields{}
			if c.outcomes != nil {
				from["outcomes"] = c.outcomes
			}
			p.Send(amqptest.F(0, "attach", fields{"name": "l", "handle": 0, "role": false, "initial-delivery-count": 0, "source": source(from), "target": target(nil)}))
			p.Await("credit", amqptest.F(0, "flow", nil))
			p.Send(amqptest.F(0, "transfer", fields{"handle": 0, "delivery-id": 0, "delivery-tag": tag, "settled": c.settled}, message))
			if c.want.Name == "detach" {
				for f := p.Next("the link ends"); ; f = p.Next("the link ends") {
					require.NotEqual(t, "rejected", stateName(f), "it would not be understood")
					if f.Name == "detach" {
						require.Empty(t, amqptest.Matches(c.want, f))
						return
					}
				}
			}
			p.Await("the outcome", c.want)
		})
	}
}

// stateName is the state that a disposition gives.
func stateName(f amqptest.Frame) string {
	state, _ := f.Fields["state"].(amqptest.D)
	return state.Name
}

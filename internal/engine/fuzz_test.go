package engine

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/Azure/go-amqp"

	"github.com/hadron-mq/hadron/internal/amqptest"
	"github.com/hadron-mq/hadron/internal/wire"
	"github.com/hadron-mq/hadron/sasl"
)

// begun is what a peer says to begin with, and more.
func begun(more ...amqptest.Frame) []amqptest.Frame {
	return append([]amqptest.Frame{amqptest.HeaderAMQP.Frame(), amqptest.F(0, "open", m{"container-id": "p"}),
		amqptest.F(0, "begin", m{"remote-channel": 0, "next-outgoing-id": 0, "incoming-window": 9, "outgoing-window": 9}),
		amqptest.F(0, "attach", m{"name": "in", "handle": 0, "role": false, "initial-delivery-count": 0}),
		amqptest.F(0, "attach", m{"name": "out", "handle": 1, "role": true})}, more...)
}

// FuzzInput gives both ends whatever a peer might send. Nothing may panic, hang, or take memory without bound; and what the
// engine writes must be frames.
func FuzzInput(f *testing.F) {
	for _, more := range [][]amqptest.Frame{
		{},
		{amqptest.F(0, "transfer", m{"handle": 0, "delivery-id": 0, "delivery-tag": "a", "more": true}, []byte("\x00Su\xa0\x01x")), amqptest.F(0, "transfer", m{"handle": 0})},
		{amqptest.F(0, "flow", m{"next-incoming-id": 0, "incoming-window": 9, "next-outgoing-id": 0, "outgoing-window": 9, "handle": 1, "link-credit": 9, "drain": true})},
		{amqptest.F(0, "disposition", m{"role": true, "first": 0, "last": 3, "settled": true}), amqptest.F(0, "detach", m{"handle": 0}), amqptest.F(0, "end", nil)},
		{amqptest.F(0, "begin", m{"next-outgoing-id": 0, "incoming-window": 9, "outgoing-window": 9}), amqptest.F(0, "close", nil)},
		{amqptest.F(0, "transfer", m{"handle": 0, "delivery-id": 0, "delivery-tag": "a", "rcv-settle-mode": 1}), amqptest.F(0, "detach", m{"handle": 0}),
			amqptest.F(0, "attach", m{"name": "in", "handle": 0, "role": false, "initial-delivery-count": 1, "unsettled": amqptest.Map{{[]byte("a"), nil}}, "incomplete-unsettled": true}),
			amqptest.F(0, "transfer", m{"handle": 0, "delivery-id": 1, "delivery-tag": "a", "resume": true, "more": true}), amqptest.F(0, "transfer", m{"handle": 0, "settled": true})},
	} {
		f.Add(amqptest.Bytes(begun(more...)...), uint8(len(more)))
		f.Add(amqptest.Bytes(more...), uint8(0xf0))
	}
	f.Add(amqptest.Bytes(amqptest.HeaderSASL.Frame(), amqptest.F(0, "sasl-init", m{"mechanism": "ANONYMOUS"}), amqptest.HeaderAMQP.Frame()), uint8(3))
	for i, b := range amqptest.Corpus(f, "connections") {
		f.Add(b, uint8(i))
	}
	f.Fuzz(func(t *testing.T, input []byte, how uint8) {
		now, whole := time.Unix(1000, 0), input
		c := NewConnection(Config{ContainerID: "fuzz", MaxFrameSize: 4096, MaxPartial: 1 << 16, IdleTimeout: time.Minute})
		var in, out *Link
		if how&1 == 0 {
			c.Open()
			s := c.NewSession()
			_ = s.Begin()
			in, out = s.NewLink("in", RoleReceiver), s.NewLink("out", RoleSender)
			in.Config().Window = 5
			_, _ = in.Attach(), out.Attach()
			c.StartClient(now, nil)
		} else {
			c.StartServer(now, sasl.NewServerLayer([]sasl.ServerMechanism{sasl.AnonymousServer()}, sasl.Peer{}), how&2 != 0)
		}
		step := int(how>>2) + 1
		work := int(how>>4) * 3 // for a turn; 0 is no bound
		turn := func() {
			for n := 0; n == 0 || c.Pending(); n++ {
				if n > len(input)*256+64 { // a range disposition makes an event for each delivery, and few were sent
					t.Fatal("turns without end")
				}
				if work > 0 {
					c.Grant(work)
				}
				for n := 0; ; n++ {
					e := c.Next()
					if e == nil {
						break
					}
					if n > len(input)*256+64 || work > 0 && n > work+100 { // ending a session tells of its links
						t.Fatal("events without end")
					}
					answer(c, *e)
				}
				c.Flush()
				if _, rest, err := amqptest.Parse(c.TakeOutput(now, nil).Join()); err != nil || len(rest) > 0 {
					t.Fatalf("what the engine wrote is no frame: %v", err)
				}
			}
		}
		turn()
		for len(input) > 0 && !c.Finished() {
			n := min(step, len(input))
			c.Feed(now, input[:n])
			turn()
			input = input[n:]
			if c.partial > 1<<16+4096 || cap(c.input.carry) > 1<<17 {
				t.Fatalf("memory without bound: %d bytes partial, %d carried", c.partial, cap(c.input.carry))
			}
		}
		c.Tick(now.Add(time.Hour))
		turn()
		c.Close(nil)
		c.Abandon()
		work = 0 // for what Abandon reports there is no other turn
		turn()

		if at, one, other := 0, happenings(whole, how, 0), happenings(whole, how, work+1); !slices.Equal(one, other) {
			for ; at < len(one) && at < len(other) && one[at] == other[at]; at++ {
			}
			t.Fatalf("after %d events the budget makes a difference: %q, %q", at, one[at:], other[at:])
		}
	})
}

// happenings is what an application hears that sends nothing, in turns of so much work. When it hears of what, a budget
// may change; what it hears, and in which order, not.
func happenings(input []byte, how uint8, work int) (heard []string) {
	now := time.Unix(1000, 0)
	c := NewConnection(Config{ContainerID: "fuzz", MaxFrameSize: 4096, MaxPartial: 1 << 16})
	if how&1 == 0 {
		c.Open()
		s := c.NewSession()
		_ = s.Begin()
		in, out := s.NewLink("in", RoleReceiver), s.NewLink("out", RoleSender)
		in.AddCredit(1 << 20)
		_, _ = in.Attach(), out.Attach()
		c.StartClient(now, nil)
		if how&2 == 0 { // the input comes to a conversation that is under way
			c.Feed(now, amqptest.Bytes(begun(amqptest.F(0, "flow", m{"next-incoming-id": 0, "incoming-window": 100, "next-outgoing-id": 0,
				"outgoing-window": 9, "handle": 1, "delivery-count": 0, "link-credit": 30}))...))
			for c.Next() != nil {
			}
			for range 20 {
				_, _ = out.Send(amqp.NewMessage(nil), false)
			}
		}
	} else {
		c.StartServer(now, sasl.NewServerLayer([]sasl.ServerMechanism{sasl.AnonymousServer()}, sasl.Peer{}), false)
	}
	c.Feed(now, input)
	for n := 0; n == 0 || c.Pending(); n++ {
		if work > 0 {
			c.Grant(work)
		}
		for e := c.Next(); e != nil; e = c.Next() {
			said := fmt.Sprint(e.Kind, e.Err)
			if e.Link != nil {
				said += e.Link.Name()
			}
			if e.Delivery != nil {
				said += fmt.Sprint(e.Delivery.id, e.Delivery.remote, e.Delivery.remoteSettled, string(e.Delivery.Encoded()))
			}
			switch e.Kind {
			case LinkSendable: // it goes by turns
				continue
			case LinkRemoteAttach:
				_ = e.Link.Attach()
				if e.Link.Role() == RoleReceiver {
					e.Link.AddCredit(1 << 20)
				}
			default:
				answer(c, *e)
			}
			heard = append(heard, said)
		}
		c.Flush()
		c.TakeOutput(now, nil).Join()
	}
	return heard
}

// answer is an application that opens, sends, accepts and closes.
func answer(c *Connection, e Event) {
	switch e.Kind {
	case ConnectionRemoteOpen:
		c.Open()
	case ConnectionRemoteClose:
		c.Close(nil)
	case SessionRemoteBegin:
		_ = e.Session.Begin()
	case SessionRemoteEnd:
		e.Session.End(nil)
	case LinkRemoteAttach:
		e.Link.Config().Window = 3
		_ = e.Link.Attach()
	case LinkRemoteDetach:
		e.Link.Close(nil)
	case LinkSendable:
		_, _ = e.Link.Send(&amqp.Message{Data: [][]byte{make([]byte, 600)}}, false)
	case DeliveryReceived:
		_, _ = wire.DecodeMessage(e.Delivery.Encoded())
		_ = e.Delivery.Update(wire.Accepted, true)
	case DeliveryUpdated:
		_ = e.Delivery.Update(wire.Accepted, true)
	case LinkDrained, DeliveryAborted, TransportFailed:
	}
}

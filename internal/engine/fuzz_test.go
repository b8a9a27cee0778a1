package engine

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/Azure/go-amqp"

	"github.com/hadron-mq/hadron/internal/amqptest"
	"github.com/hadron-mq/hadron/internal/wire"
	"github.com/hadron-mq/hadron/sasl"
)

// FuzzInput gives both ends whatever a peer might send. Nothing may panic, hang, or take memory without bound; and what the
// engine writes must be frames.
func FuzzInput(f *testing.F) {
	begun := []amqptest.Frame{amqptest.HeaderAMQP.Frame(), amqptest.F(0, "open", m{"container-id": "p"}),
		amqptest.F(0, "begin", m{"remote-channel": 0, "next-outgoing-id": 0, "incoming-window": 9, "outgoing-window": 9}),
		amqptest.F(0, "attach", m{"name": "in", "handle": 0, "role": false, "initial-delivery-count": 0}),
		amqptest.F(0, "attach", m{"name": "out", "handle": 1, "role": true})}
	for _, more := range [][]amqptest.Frame{
		{},
		{amqptest.F(0, "transfer", m{"handle": 0, "delivery-id": 0, "delivery-tag": "a", "more": true}, []byte("\x00Su\xa0\x01x")), amqptest.F(0, "transfer", m{"handle": 0})},
		{amqptest.F(0, "flow", m{"next-incoming-id": 0, "incoming-window": 9, "next-outgoing-id": 0, "outgoing-window": 9, "handle": 1, "link-credit": 9, "drain": true})},
		{amqptest.F(0, "disposition", m{"role": true, "first": 0, "last": 3, "settled": true}), amqptest.F(0, "detach", m{"handle": 0}), amqptest.F(0, "end", nil)},
		{amqptest.F(0, "begin", m{"next-outgoing-id": 0, "incoming-window": 9, "outgoing-window": 9}), amqptest.F(0, "close", nil)},
	} {
		f.Add(amqptest.Bytes(append(begun[:len(begun):len(begun)], more...)...), uint8(len(more)))
	}
	f.Add(amqptest.Bytes(amqptest.HeaderSASL.Frame(), amqptest.F(0, "sasl-init", m{"mechanism": "ANONYMOUS"}), amqptest.HeaderAMQP.Frame()), uint8(3))
	files, _ := filepath.Glob("../../../shared/corpus/connection-input/*")
	if len(files) == 0 {
		f.Log("the corpus of connection inputs is not here: only the seeds of this file are used")
	}
	for i, name := range files {
		if b, err := os.ReadFile(name); err == nil && len(b) < 1<<16 {
			f.Add(b, uint8(i))
		}
	}
	f.Fuzz(func(t *testing.T, input []byte, how uint8) {
		now := time.Unix(1000, 0)
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
		written := 0
		turn := func() {
			for n := 0; ; n++ {
				e := c.Next()
				if e == nil {
					break
				}
				if n > len(input)*256+64 { // a range disposition makes an event for each delivery, and few were sent
					t.Fatal("events without end")
				}
				answer(c, *e)
			}
			c.Flush()
			b := c.TakeOutput(now, nil)
			written += len(b)
			if _, rest, err := amqptest.Parse(b); err != nil || len(rest) > 0 {
				t.Fatalf("what the engine wrote is no frame: %v", err)
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
		turn()
	})
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

package engine

import (
	"bytes"
	"testing"

	"github.com/Azure/go-amqp"
	"github.com/stretchr/testify/require"

	"github.com/hadron-mq/hadron/internal/amqptest"
	"github.com/hadron-mq/hadron/internal/wire"
)

// What a further frame of a message repeats must be as the first frame said (§2.7.5).
func TestFurtherFramesOfAMessage(t *testing.T) {
	for name, c := range map[string]violation{
		"another tag":    {tx(m{"delivery-id": nil, "delivery-tag": "u"}), amqp.ErrCondInvalidField, "another delivery-tag"},
		"no tag at all":  {tx(m{"delivery-id": nil, "delivery-tag": ""}), amqp.ErrCondInvalidField, "another delivery-tag"},
		"another format": {tx(m{"delivery-id": nil, "delivery-tag": nil, "message-format": 2}), amqp.ErrCondInvalidField, "message-format 2, and 1 before"},
	} {
		t.Run(name, func(t *testing.T) {
			k, _, _, in := linked(t)
			k.hearBytes(tx(m{"more": true, "message-format": 1}))
			k.hearBytes(c.sent)
			k.wantLinkViolation(in, c.condition, c.says)
			require.Zero(t, k.c.partial)
		})
	}
	t.Run("the same again", func(t *testing.T) {
		k, _, _, _ := linked(t)
		k.hearBytes(append(tx(m{"more": true, "message-format": 1}), tx(m{"message-format": 1})...))
		require.EqualValues(t, 1, k.wantEvent("whole", DeliveryReceived).Delivery.Format())
	})
	t.Run("a first frame without a format", func(t *testing.T) { // §2.7.5 asks for one, and few look
		k, _, _, _ := linked(t)
		k.hearBytes(append(tx(m{"more": true}), tx(m{"message-format": 0})...))
		require.Zero(t, k.wantEvent("whole", DeliveryReceived).Delivery.Format())
	})
}

// talkMode is a conversation with a receiver, whose settle mode is ours to say, and a sender, whose mode its attach says (§2.7.3).
func talkMode(t *testing.T, snd amqp.SenderSettleMode, rcv amqp.ReceiverSettleMode) (*talk, *Link) {
	k := clientTalk(t, Config{}, nil)
	s := k.session(nil)
	l := s.NewLink("in", RoleReceiver)
	l.cfg.Window, l.cfg.RcvSettleMode = 10, rcv
	require.NoError(t, l.Attach())
	k.hear(f(0, "attach", m{"name": "in", "role": false, "handle": 9, "initial-delivery-count": 0, "snd-settle-mode": int(snd)}))
	k.wantEvent("attached", LinkRemoteAttach)
	k.frames = nil
	return k, l
}

// A transfer names the receiver's settle mode for itself (§2.7.5).
func TestSettleModeOfATransfer(t *testing.T) {
	const mixed = amqp.SenderSettleModeMixed
	t.Run("first, where second was negotiated, is settled at once", func(t *testing.T) {
		k, _ := talkMode(t, mixed, amqp.ReceiverSettleModeSecond)
		k.hearBytes(append(tx(m{"rcv-settle-mode": 0}), tx(m{"delivery-id": 1, "delivery-tag": "u"})...))
		for range 2 {
			require.NoError(t, k.wantEvent("came", DeliveryReceived).Delivery.Update(wire.Accepted, true))
		}
		k.settle()
		k.want("settled", "disposition", m{"first": 0, "settled": true, "state": amqptest.D{Name: "accepted"}})
		k.want("the other waits for its sender", "disposition", m{"first": 1, "settled": false, "state": amqptest.D{Name: "accepted"}})
	})
	t.Run("second, where first was negotiated, is illegal", func(t *testing.T) {
		k, l := talkMode(t, mixed, amqp.ReceiverSettleModeFirst)
		k.hearBytes(tx(m{"rcv-settle-mode": 1}))
		k.wantLinkViolation(l, amqp.ErrCondInvalidField, "rcv-settle-mode second")
	})
	t.Run("on a further frame too", func(t *testing.T) {
		k, l := talkMode(t, mixed, amqp.ReceiverSettleModeFirst)
		k.hearBytes(append(tx(m{"more": true}), tx(m{"rcv-settle-mode": 1})...))
		k.wantLinkViolation(l, amqp.ErrCondInvalidField, "rcv-settle-mode second")
	})
	t.Run("what is settled says nothing by it", func(t *testing.T) {
		k, _ := talkMode(t, mixed, amqp.ReceiverSettleModeFirst)
		k.hearBytes(tx(m{"rcv-settle-mode": 1, "settled": true}))
		k.wantEvent("came", DeliveryReceived)
	})
}

// A sender keeps to the settle mode of its attach, and settled on any frame of a message is settled (§2.7.5).
func TestSettledOfATransfer(t *testing.T) {
	t.Run("unsettled was negotiated", func(t *testing.T) {
		k, l := talkMode(t, amqp.SenderSettleModeUnsettled, amqp.ReceiverSettleModeFirst)
		k.hearBytes(tx(m{"settled": true}))
		k.wantLinkViolation(l, amqp.ErrCondInvalidField, "settled, where snd-settle-mode unsettled")
	})
	t.Run("settled was negotiated", func(t *testing.T) {
		k, l := talkMode(t, amqp.SenderSettleModeSettled, amqp.ReceiverSettleModeFirst)
		k.hearBytes(append(tx(m{"more": true}), tx(m{"settled": true})...))
		require.True(t, k.wantEvent("on the last frame", DeliveryReceived).Delivery.RemoteSettled())
		k.hearBytes(tx(m{"delivery-id": 1}))
		k.hearBytes(append(tx(m{"delivery-id": 2, "settled": true, "more": true}), tx(m{"delivery-id": nil, "delivery-tag": nil, "settled": false})...))
		k.wantLinkViolation(l, amqp.ErrCondInvalidField, "delivery 1 on link \"in\": not settled")
	})
	t.Run("once said, it holds", func(t *testing.T) {
		k, _ := talkMode(t, amqp.SenderSettleModeMixed, amqp.ReceiverSettleModeFirst)
		k.hearBytes(append(tx(m{"more": true, "settled": true}), tx(nil)...))
		d := k.wantEvent("came", DeliveryReceived).Delivery
		require.True(t, d.RemoteSettled())
		require.NoError(t, d.Update(wire.Accepted, true))
		k.settle()
		require.Empty(t, k.frames, "nobody waits for the outcome")
	})
}

// Aborted goes before more, and the frame's payload is ignored (§2.7.5).
func TestAbortedGoesBeforeMore(t *testing.T) {
	k, _, _, _ := linked(t)
	k.hearBytes(append(tx(m{"more": true}), f(0, "transfer", m{"handle": 9, "aborted": true, "more": true}, []byte("x")).Bytes()...))
	require.True(t, k.wantEvent("aborted", DeliveryAborted).Delivery.RemoteSettled())
	k.hearBytes(tx(m{"delivery-id": 1}))
	k.wantEvent("the next is another message", DeliveryReceived)
	k.hearBytes(tx(m{"delivery-id": 2, "aborted": true}))
	k.wantEvent("given up with its first frame", DeliveryAborted)
	k.hearBytes(tx(m{"delivery-id": 3}))
	k.wantEvent("and on", DeliveryReceived)
}

// An extended frame header is skipped (§2.3.1), be it as long as it may.
func TestExtendedFrameHeaders(t *testing.T) {
	for _, words := range []int{3, 63, 64, 65, 255} {
		k, _, _, _ := linked(t)
		body := tx(nil)[8:]
		extended := bytes.Repeat([]byte{0xee}, (words-2)*4)
		k.hearBytes(raw(uint32(8+len(extended)+len(body)), byte(words), 0, string(extended)+string(body)))
		k.wantEvent("came", DeliveryReceived)
	}
}

// A link's fields of a flow need its handle (§2.7.4).
func TestFlowsOfASessionSayNothingOfALink(t *testing.T) {
	for name, field := range map[string]m{"delivery-count": {"delivery-count": 0}, "link-credit": {"link-credit": 1}, "available": {"available": 1}, "drain": {"drain": true}} {
		t.Run(name, func(t *testing.T) {
			k, s, _, _ := linked(t)
			flow := m{"next-incoming-id": 0, "incoming-window": 9, "next-outgoing-id": 0, "outgoing-window": 9}
			for name, v := range field {
				flow[name] = v
			}
			k.hear(f(0, "flow", flow))
			k.wantSessionViolation(s, amqp.ErrCondInvalidField, "without a handle")
		})
	}
}

// A flow says which transfer comes next (§2.5.6), and that is what ours say after it.
func TestAFlowSaysWhichTransferComesNext(t *testing.T) {
	k, s, _, _ := linked(t)
	k.hear(f(0, "flow", m{"next-incoming-id": 1, "incoming-window": 9, "next-outgoing-id": uint32(4000000000), "outgoing-window": 9, "echo": true}))
	k.want("as it was told", "flow", m{"next-incoming-id": uint32(4000000000)})
	k.hearBytes(tx(nil))
	k.wantEvent("came", DeliveryReceived)
	s.owing = true
	s.markDirty()
	k.settle()
	k.want("and counted on", "flow", m{"next-incoming-id": uint32(4000000001)})
}

// Credit is what the receiver's count and its credit leave of ours, as serial numbers (§2.6.7).
func TestCreditAsASerialNumber(t *testing.T) {
	const all = 1<<32 - 1
	for name, c := range map[string]struct{ initial, sent, count, credit, want uint32 }{
		"all there is":                           {0, 0, 0, all, all},
		"beyond half of all":                     {0, 0, 0, 1<<31 + 5, 1<<31 + 5},
		"less what is on its way":                {0, 3, 0, 1<<31 + 5, 1<<31 + 2},
		"less than is on its way":                {0, 3, 0, 2, 0},
		"across the end of the numbers":          {all - 1, 3, all - 1, 10, 7},
		"across the end, and all there is":       {all - 1, 3, all, all, all - 2},
		"a receiver that counts ahead of us":     {0, 1, 3, 2, 4},
		"a receiver that counts ahead, with all": {0, 1, 3, all, all},
	} {
		t.Run(name, func(t *testing.T) {
			k := clientTalk(t, Config{}, nil)
			s := k.session(nil)
			l := k.sender(s, 0, nil)
			l.deliveryCount = c.initial
			flow := func(count, credit uint32) {
				k.hear(f(0, "flow", m{"next-incoming-id": 0, "incoming-window": 1000, "next-outgoing-id": 0, "outgoing-window": 9,
					"handle": 7, "delivery-count": count, "link-credit": credit}))
			}
			flow(c.initial, 10)
			for range c.sent {
				_, err := l.Send(amqp.NewMessage(nil), false)
				require.NoError(t, err)
			}
			flow(c.count, c.credit)
			require.Equal(t, c.want, l.credit)
		})
	}
}

// The first flow of a link waits for the sender's attach: some send ahead of it otherwise.
func TestTheFirstFlowWaitsForTheAttach(t *testing.T) {
	k := clientTalk(t, Config{}, nil)
	s := k.session(nil)
	for name, give := range map[string]func(*Link){
		"window": func(l *Link) { l.cfg.Window = 5 },
		"credit": func(l *Link) { l.AddCredit(5) },
		"drain":  func(l *Link) { l.AddCredit(5); l.Drain() },
	} {
		t.Run(name, func(t *testing.T) {
			k.t = t
			l := s.NewLink(name, RoleReceiver)
			give(l)
			require.NoError(t, l.Attach())
			k.settle()
			k.want("attach", "attach", m{"name": name})
			k.wantNothing("no flow yet")
			k.hear(f(0, "attach", m{"name": name, "role": false, "handle": l.handle, "initial-delivery-count": 70}))
			k.wantEvent("attached", LinkRemoteAttach)
			k.want("with the sender's count", "flow", m{"handle": l.handle, "delivery-count": 70, "link-credit": 5})
		})
	}
	l := s.NewLink("refused", RoleReceiver)
	l.cfg.Window, l.cfg.Source = 5, new(wire.Source)
	require.NoError(t, l.Attach())
	k.hear(f(0, "attach", m{"name": "refused", "role": false, "handle": l.handle, "initial-delivery-count": 0}))
	k.want("attach", "attach", nil)
	k.wantEvent("attached", LinkRemoteAttach)
	k.wantNothing("nothing will come from a source that is not there")
}

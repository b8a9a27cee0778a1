package engine

import (
	"testing"

	"github.com/Azure/go-amqp"
	"github.com/stretchr/testify/require"

	"github.com/hadron-mq/hadron/internal/wire"
)

// A receiver in settle mode second keeps a message until its sender has settled it (§2.8.3). A sender that never does fills its credit with them,
// and not our memory.
func TestASenderThatNeverSettles(t *testing.T) {
	// send has the peer send messages from a number on, and the application accept them, while there is credit; it returns the next number.
	send := func(k *talk, l *Link, from, n int) int {
		for range n {
			if l.credit == 0 {
				break
			}
			k.hearBytes(tx(m{"delivery-id": from, "delivery-tag": []byte{byte(from >> 8), byte(from)}}))
			require.NoError(k.t, k.wantEvent("came", DeliveryReceived).Delivery.Update(wire.Accepted, true))
			k.settle()
			from++
		}
		return from
	}
	settle := func(k *talk, first, last int) {
		k.hear(f(0, "disposition", m{"role": false, "first": first, "last": last, "settled": true}))
		for range last - first + 1 {
			k.wantEvent("settled", DeliveryUpdated)
		}
	}
	t.Run("in a window", func(t *testing.T) {
		k, l := talkMode(t, amqp.SenderSettleModeUnsettled, amqp.ReceiverSettleModeSecond)
		next := send(k, l, 0, 100)
		require.Equal(t, 10, next, "as many as the window has")
		require.Equal(t, 10, l.Unsettled())
		settle(k, 0, 4)
		require.Equal(t, 15, send(k, l, next, 100))
		require.Equal(t, 10, l.Unsettled())
	})
	t.Run("on credit of the application's own", func(t *testing.T) {
		k, l := talkMode(t, amqp.SenderSettleModeUnsettled, amqp.ReceiverSettleModeSecond)
		l.cfg.Window, l.credit = 0, 0
		l.AddCredit(10_000)
		k.settle()
		require.EqualValues(t, maxAwaiting, l.credit)
		require.Equal(t, 10_000, l.Credit(), "of which the sender knows a part")
		next := send(k, l, 0, 10_000)
		require.Equal(t, maxAwaiting, next)
		require.Equal(t, maxAwaiting, l.Unsettled())
		l.AddCredit(5)
		k.settle()
		require.Zero(t, l.credit)
		k.frames = nil
		settle(k, 0, 999)
		k.want("there is room again", "flow", m{"link-credit": 1000})
		require.Equal(t, maxAwaiting+1000, send(k, l, next, 10_000))
		l.Drain()
		k.settle()
		k.wantEvent("nothing is left", LinkDrained)
		require.Zero(t, l.Credit())
	})
	t.Run("in mode first all credit is given at once", func(t *testing.T) {
		k, l := talkMode(t, amqp.SenderSettleModeUnsettled, amqp.ReceiverSettleModeFirst)
		l.cfg.Window, l.credit = 0, 0
		l.AddCredit(10_000)
		k.settle()
		k.want("all of it", "flow", m{"link-credit": 10_000})
	})
}

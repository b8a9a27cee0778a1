package engine

import (
	"testing"

	"github.com/Azure/go-amqp"
	"github.com/stretchr/testify/require"
)

// What is kept for sending again is let go of as outcomes come, and its memory is used for what follows.
func TestKeptMemoryGoesRound(t *testing.T) {
	k := clientTalk(t, Config{Resend: true, OutputLimit: 64 << 20}, m{"max-frame-size": 1 << 20})
	s := k.session(m{"incoming-window": 1 << 20})
	l := k.sender(s, 0, nil)
	k.hear(f(s.channel, "flow", m{"next-incoming-id": 0, "incoming-window": 1 << 20, "next-outgoing-id": 0, "outgoing-window": 1000,
		"handle": 7, "delivery-count": 0, "link-credit": 10_000}))
	k.wantEvent("there is credit", LinkSendable)
	keep, id := &k.c.keeper, uint32(0)
	for _, size := range []int{10, 1000, 5000, 300_000} {
		var most int
		for range 5 {
			var sent []*Delivery
			for range 20 {
				d, err := l.Send(amqp.NewMessage(make([]byte, size)), false)
				require.NoError(t, err)
				sent = append(sent, d)
			}
			k.settle()
			k.events = nil // there is credit for more
			if most == 0 {
				most = keep.used
			}
			require.LessOrEqual(t, keep.used, most, "no more than the first time, of %d bytes each", size)
			require.GreaterOrEqual(t, keep.used, 20*size)
			for range sent {
				k.hear(f(s.channel, "disposition", accepted(true, int(id), nil)))
				d := k.wantEvent("accepted", DeliveryUpdated).Delivery
				require.NoError(t, d.Update(d.RemoteState(), true))
				require.Nil(t, d.data)
				require.LessOrEqual(t, keep.idle, keep.used+keptSpare)
				id++
			}
			k.frames = nil
		}
		require.LessOrEqual(t, keep.used, keptSize, "one that small messages are put into")
	}
	_, err := l.Send(&amqp.Message{Data: [][]byte{make([]byte, 2<<20)}, Value: make(chan int)}, false)
	require.Error(t, err)
	require.LessOrEqual(t, keep.used, keptSize, "nothing is kept of what cannot be sent")
}

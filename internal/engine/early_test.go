package engine

import (
	"testing"

	"github.com/Azure/go-amqp"
	"github.com/stretchr/testify/require"

	"github.com/hadron-mq/hadron/internal/amqptest"
)

// early is a talk in which the peer has room for two frames of a long message, and says what becomes of it when it has those.
func early(t *testing.T) (*talk, *Session, *Link) {
	k := clientTalk(t, Config{Resend: true}, m{"max-frame-size": 512})
	s := k.session(m{"incoming-window": 2})
	l := k.sender(s, 0, nil)
	k.hear(f(s.channel, "flow", m{"next-incoming-id": 0, "incoming-window": 2, "next-outgoing-id": 0, "outgoing-window": 1000,
		"handle": 7, "delivery-count": 0, "link-credit": 10}))
	k.wantEvent("there is credit", LinkSendable)
	d, err := l.Send(amqp.NewMessage(make([]byte, 2000)), false)
	require.NoError(t, err)
	k.settle()
	k.want("the first frame", "transfer", m{"delivery-id": 0, "more": true})
	k.want("the second frame", "transfer", m{"delivery-id": nil, "more": true})
	k.hear(f(s.channel, "disposition", m{"role": true, "first": 0, "settled": true, "state": amqptest.D{Name: "rejected"}}))
	require.Same(t, d, k.wantEvent("it is rejected", DeliveryUpdated).Delivery)
	require.NoError(t, d.Update(d.RemoteState(), true))
	require.Zero(t, l.Unsettled())
	return k, s, l
}

// A peer may say what becomes of a message before it has all of it: the rest need not travel.
func TestAnOutcomeBeforeTheMessageIsWhole(t *testing.T) {
	k, s, l := early(t)
	_, err := l.Send(amqp.NewMessage([]byte("next")), false)
	require.NoError(t, err)
	require.Empty(t, k.frames, "the window is closed")
	k.hear(f(s.channel, "flow", m{"next-incoming-id": 2, "incoming-window": 100, "next-outgoing-id": 2, "outgoing-window": 1000}))
	k.want("its end", "transfer", m{"delivery-id": nil, "aborted": true, "more": false})
	k.want("the next message", "transfer", m{"delivery-id": 1, "more": nil})
	require.Empty(t, k.frames)
	require.Zero(t, l.Queued())
}

// What was on its way over a link that is closed is given up in silence: the peer has no link any more that a frame could be about.
func TestAbortAfterTheLinkIsClosed(t *testing.T) {
	for name, settled := range map[string]bool{"unsettled": false, "settled": true} {
		t.Run(name, func(t *testing.T) {
			k := clientTalk(t, Config{}, m{"max-frame-size": 512})
			s := k.session(m{"incoming-window": 1000})
			l := k.sender(s, 0, nil)
			l.cfg.SndSettleMode = amqp.SenderSettleModeMixed
			k.c.cfg.OutputLimit = 600
			k.hear(f(s.channel, "flow", m{"next-incoming-id": 0, "incoming-window": 1000, "next-outgoing-id": 0, "outgoing-window": 1000,
				"handle": 7, "delivery-count": 0, "link-credit": 10}))
			k.wantEvent("there is credit", LinkSendable)
			d, err := l.Send(amqp.NewMessage(make([]byte, 5000)), settled)
			require.NoError(t, err)
			require.Equal(t, 1, l.Queued())
			l.Close(nil)
			k.settle()
			require.NoError(t, l.Abort(d))
			k.settle()
			for _, frame := range k.frames {
				require.NotEqual(t, true, frame.Fields["aborted"], "%s after the detach", frame)
			}
		})
	}
}

// What has an outcome is neither reported again nor sent again, though half of it waits.
func TestAnEarlyOutcomeIsTheOnlyOne(t *testing.T) {
	t.Run("when the link is closed", func(t *testing.T) {
		k, _, l := early(t)
		l.Close(nil)
		k.settle()
		require.Empty(t, k.events)
	})
	t.Run("when the transport is lost", func(t *testing.T) {
		k, _, l := early(t)
		k.c.Reset(nil)
		k.settle()
		require.Empty(t, k.events)
		require.Zero(t, l.Queued())
	})
}

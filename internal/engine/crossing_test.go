package engine

import (
	"testing"

	"github.com/Azure/go-amqp"
	"github.com/stretchr/testify/require"

	"github.com/hadron-mq/hadron/internal/amqptest"
	"github.com/hadron-mq/hadron/internal/wire"
)

// Both ends may end something at the same time: what crosses on the way is the answer.

// §2.5.3
func TestSessionsThatAreEndedAtTheSameTime(t *testing.T) {
	k, s, out, in := linked(t)
	s.End(nil)
	k.settle()
	k.want("ended", "end", nil)
	k.hear(f(0, "end", m{"error": told(amqp.ErrCondInternalError)}))
	require.Same(t, out, k.wantEvent("its links end", LinkRemoteDetach).Link)
	require.Same(t, in, k.wantEvent("its links end", LinkRemoteDetach).Link)
	k.wantEvent("the peer has ended it too", SessionRemoteEnd)
	out.Close(nil)
	in.Close(nil)
	k.wantNothing("that is all")
	require.Empty(t, k.c.Sessions())
	k.goesOn()
}

// §2.4.3
func TestConnectionsThatAreClosedAtTheSameTime(t *testing.T) {
	k, _, _, _ := linked(t)
	k.c.Close(nil)
	k.hear(f(0, "flow", m{"handle": 77, "incoming-window": 1, "next-outgoing-id": 1, "outgoing-window": 1}), f(3, "close", nil)) // on any channel (§2.4.3)
	k.want("closed", "close", nil)
	k.wantEvent("the peer has closed too", ConnectionRemoteClose)
	k.wantNothing("what was on its way is not looked at")
	require.True(t, k.c.Finished())
}

// §2.6.6
func TestLinksThatAreDetachedAtTheSameTime(t *testing.T) {
	t.Run("both close", func(t *testing.T) {
		k, s, _, in := linked(t)
		in.Close(nil)
		k.settle()
		k.want("closed", "detach", m{"closed": true})
		k.hear(f(0, "detach", m{"handle": 9, "closed": true}))
		k.wantEvent("the peer too", LinkRemoteDetach)
		k.wantNothing("that is all")
		require.NotContains(t, s.Links(), in)
	})
	t.Run("both suspend", func(t *testing.T) {
		k, s, _, in := linked(t)
		in.Detach()
		k.settle()
		k.want("suspended", "detach", m{"closed": nil})
		k.hear(f(0, "detach", m{"handle": 9}))
		k.wantEvent("the peer too", LinkRemoteDetach)
		k.wantNothing("that is all")
		require.NotContains(t, s.Links(), in)
	})
	t.Run("we suspend and the peer closes", func(t *testing.T) {
		k, s, _, in := linked(t)
		in.Detach()
		k.settle()
		k.want("suspended", "detach", m{"closed": nil})
		k.hear(f(0, "detach", m{"handle": 9, "closed": true}))
		k.wantEvent("closed", LinkRemoteDetach)
		handle := k.want("attached once more, to say so", "attach", m{"name": "in", "role": true, "source": nil, "target": nil}).Fields["handle"]
		k.want("closed", "detach", m{"handle": handle, "closed": true})
		k.hear(f(0, "attach", m{"name": "in", "handle": 9, "role": false, "initial-delivery-count": 0}), f(0, "detach", m{"handle": 9, "closed": true}))
		k.wantNothing("for the application it ended before")
		require.NotContains(t, s.Links(), in)
		k.receiver(s, 2)
		k.hearBytes(tx(nil))
		k.wantEvent("the name is free", DeliveryReceived)
	})
	t.Run("but what is durable is not touched again", func(t *testing.T) {
		k, s, _, in := linked(t)
		in.cfg.Source = &wire.Source{Durable: amqp.DurabilityUnsettledState}
		in.Detach()
		k.settle()
		k.want("suspended", "detach", m{"closed": nil})
		k.hear(f(0, "detach", m{"handle": 9, "closed": true}))
		k.wantEvent("closed", LinkRemoteDetach)
		k.wantNothing("a peer that closes what it keeps must not be made to delete it")
		require.NotContains(t, s.Links(), in)
	})
	t.Run("and then the session ends", func(t *testing.T) {
		k, _, out, in := linked(t)
		in.Detach()
		k.hear(f(0, "detach", m{"handle": 9, "closed": true}))
		k.wantEvent("closed", LinkRemoteDetach)
		k.frames = nil
		k.hear(f(0, "end", nil))
		require.Same(t, out, k.wantEvent("the other", LinkRemoteDetach).Link)
		k.wantEvent("the session", SessionRemoteEnd)
		k.wantNothing("that is all")
	})
}

// A session that we ended before the peer had begun it is begun and ended by the peer.
func TestASessionEndedBeforeItIsAnswered(t *testing.T) {
	k := clientTalk(t, Config{}, nil)
	s := k.c.NewSession()
	require.NoError(t, s.Begin())
	s.End(nil)
	k.hear(f(4, "begin", m{"remote-channel": 0, "next-outgoing-id": 0, "incoming-window": 9, "outgoing-window": 9}),
		f(4, "attach", m{"name": "x", "handle": 0, "role": true}), f(4, "end", nil))
	k.want("begun", "begin", nil)
	k.want("ended", "end", nil)
	k.wantEvent("the peer too", SessionRemoteEnd)
	k.wantNothing("what was on its way is not looked at")
	require.Empty(t, k.c.Sessions())
	k.hear(f(4, "begin", m{"next-outgoing-id": 0, "incoming-window": 9, "outgoing-window": 9}))
	k.wantEvent("its channel is free", SessionRemoteBegin)
}

// An answer to a session that was not asked for says nothing that could be trusted (§2.7.2).
func TestABeginForAnotherChannel(t *testing.T) {
	for name, channel := range map[string]int{"that asked for nothing": 9, "that has its answer": 0} {
		t.Run(name, func(t *testing.T) {
			k, _, _, _ := linked(t)
			k.hear(f(7, "begin", m{"remote-channel": channel, "next-outgoing-id": 0, "incoming-window": 9, "outgoing-window": 9}))
			k.wantViolation(amqp.ErrCondNotFound, "asked for no session")
		})
	}
}

// Empty frames come on any channel (§2.4.5).
func TestEmptyFrames(t *testing.T) {
	k, _, _, _ := linked(t)
	k.hear(amqptest.Frame{Channel: 0}, amqptest.Frame{Channel: 1023})
	k.wantNothing("it is a heartbeat")
}

package engine

import (
	"testing"

	"github.com/Azure/go-amqp"
	"github.com/stretchr/testify/require"

	"github.com/hadron-mq/hadron/internal/amqptest"
	"github.com/hadron-mq/hadron/internal/wire"
)

// lose ends the transport, and forgets what was on it.
func (k *talk) lose() {
	k.c.Reset(nil)
	k.frames, k.rest = nil, nil
}

// back begins another transport, on which the peer opens, and answers one begin and the attaches of links that are called this.
func (k *talk) back(links ...string) {
	k.c.StartClient(k.now, nil)
	k.hear(amqptest.HeaderAMQP.Frame(), f(0, "open", m{"container-id": "peer"}))
	if links == nil {
		return
	}
	k.hear(f(0, "begin", m{"remote-channel": 0, "next-outgoing-id": 0, "incoming-window": 100, "outgoing-window": 100}))
	for i, name := range links {
		k.hear(f(0, "attach", m{"name": name, "role": name == "out", "handle": 7 + i, "initial-delivery-count": 0}))
	}
}

func TestAPartOfAMessageIsNotOwedForEver(t *testing.T) {
	k := clientTalk(t, Config{}, nil)
	k.receiver(k.session(nil), 10)
	k.transfer(0, m{"more": true}, "the first part")
	require.Positive(t, k.c.partial)
	k.lose()
	require.Zero(t, k.c.partial)
}

func TestAConnectionThatNeverWasOpenIsNotRestored(t *testing.T) {
	k := newTalk(t, Config{})
	k.c.Open()
	require.NoError(t, k.c.NewSession().Begin())
	for range 2 { // attempts that fail
		k.c.StartClient(k.now, nil)
		k.settle()
		k.lose()
	}
	k.back()
	k.wantEvent("open", ConnectionRemoteOpen)
	require.Empty(t, k.events)
	k.hear(f(0, "begin", m{"remote-channel": 0, "next-outgoing-id": 0, "incoming-window": 100, "outgoing-window": 100}))
	k.wantEvent("begun", SessionRemoteBegin)
	require.Empty(t, k.events, "it was not open before")
}

// An application that waits for the answer to its close is not left waiting when there is nobody to answer.
func TestACloseThatNobodyAnswers(t *testing.T) {
	t.Run("said before the loss", func(t *testing.T) {
		k := clientTalk(t, Config{}, nil)
		s := k.session(nil)
		out := k.sender(s, 0, nil)
		out.Close(nil)
		k.settle()
		k.lose()
		require.Same(t, out, k.mustHappen(LinkRemoteDetach).Link)
		s.End(nil)
		require.Same(t, s, k.mustHappen(SessionRemoteEnd).Session)
		k.back()
		k.wantEvent("open", ConnectionRemoteOpen)
		k.wantEvent("nothing to wait for", ConnectionRestored)
		require.Zero(t, k.c.links)
		require.Empty(t, k.c.sessions)
	})
	t.Run("a session with its links", func(t *testing.T) {
		k := clientTalk(t, Config{}, nil)
		s := k.session(nil)
		k.sender(s, 0, nil)
		s.End(nil)
		k.settle()
		k.lose()
		k.mustHappen(LinkRemoteDetach)
		k.mustHappen(SessionRemoteEnd)
		require.Zero(t, k.c.links)
	})
	t.Run("said while away", func(t *testing.T) {
		k := clientTalk(t, Config{}, nil)
		s := k.session(nil)
		out := k.sender(s, 0, nil)
		k.lose()
		d, err := out.Send(amqp.NewMessage(nil), false)
		require.NoError(t, err)
		out.Close(nil)
		require.Same(t, d, k.mustHappen(DeliveryUpdated).Delivery)
		require.Equal(t, wire.Released, d.RemoteState())
		require.NoError(t, d.Update(wire.Released, true))
		require.Zero(t, out.Unsettled())
		k.mustHappen(LinkRemoteDetach)
		require.Empty(t, k.events, "not restored before the peer is back")
		k.back([]string{}...)
		k.wantEvent("open", ConnectionRemoteOpen)
	})
}

// mustHappen takes the next event without a turn.
func (k *talk) mustHappen(kind EventKind) Event {
	k.t.Helper()
	k.settle()
	return k.wantEvent("it is told", kind)
}

func TestADrainEndsWithItsTransport(t *testing.T) {
	k := clientTalk(t, Config{}, nil)
	in := k.receiver(k.session(nil), 10)
	in.Drain()
	k.settle()
	k.lose()
	require.Same(t, in, k.mustHappen(LinkDrained).Link, "no credit is left")
	k.back("in")
	k.mustHappen(ConnectionRemoteOpen)
	k.mustHappen(SessionRemoteBegin)
	k.mustHappen(LinkRemoteAttach)
	k.mustHappen(ConnectionRestored)
	require.EqualValues(t, 10, in.credit, "and the window is open again")
}

func TestALinkMovesToAnotherSession(t *testing.T) {
	k, other := clientTalk(t, Config{Resend: true}, nil), clientTalk(t, Config{Resend: true}, nil)
	from, to := k.session(nil), other.session(nil)
	out := k.sender(from, 3, nil)
	d, err := out.Send(amqp.NewMessage([]byte("x")), false)
	require.NoError(t, err)
	require.ErrorIs(t, out.MoveTo(to), ErrClosed, "it is attached where it is")
	k.settle()
	k.hear(f(0, "detach", m{"handle": 7, "closed": true, "error": amqptest.D{Name: "error", Fields: m{"condition": "amqp:link:redirect"}}}))
	out.Suspend(nil)
	require.NoError(t, out.MoveTo(to))
	require.Same(t, to, out.Session())
	require.Empty(t, from.Links())
	require.Zero(t, k.c.links)
	require.Zero(t, k.c.names.len())
	out.Resume()
	other.settle()
	other.want("under its name", "attach", m{"name": "out"})
	other.hear(f(0, "attach", m{"name": "out", "role": true, "handle": 7}))
	other.wantEvent("there", LinkRemoteAttach)
	other.credit(to, 5)
	other.want("what had no outcome", "transfer", m{"delivery-tag": d.Tag()})
	other.hear(f(0, "disposition", accepted(true, 0, nil)))
	other.wantEvent("more may be sent", LinkSendable)
	require.Same(t, d, other.wantEvent("its outcome", DeliveryUpdated).Delivery)
	require.NoError(t, d.Update(wire.Accepted, true))
	require.Zero(t, out.Unsettled())

	other.lose()
	require.NoError(t, out.MoveTo(from), "and back, when that transport is lost")
	require.Same(t, from, out.Session())
	require.Zero(t, other.c.links)
	k.settle()
	k.frames = nil
	out.Resume()
	k.settle()
	k.want("back home", "attach", m{"name": "out"})
}

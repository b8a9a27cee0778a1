package engine

import (
	"testing"

	"github.com/Azure/go-amqp"
	"github.com/stretchr/testify/require"

	"github.com/hadron-mq/hadron/internal/amqptest"
)

func TestSessionsArePipelinedWithTheOpen(t *testing.T) {
	k := newTalk(t, Config{})
	k.c.Open()
	s := k.c.NewSession()
	require.NoError(t, s.Begin())
	l := s.NewLink("out", RoleSender)
	require.NoError(t, l.Attach())
	k.wantNothing("there is no transport yet")
	k.c.StartClient(k.now, nil)
	k.settle()
	k.wantHeader(amqptest.HeaderAMQP)
	k.want("one flight", "open", nil)
	k.want("one flight", "begin", nil)
	k.want("one flight", "attach", m{"name": "out"})
	k.wantNothing("that is all")
}

func TestAPeersSessionIsAnswered(t *testing.T) {
	k := serverTalk(t, Config{})
	k.hear(f(5, "begin", m{"next-outgoing-id": uint32(4294967290), "incoming-window": 10, "outgoing-window": 10}))
	s := k.wantEvent("begun", SessionRemoteBegin).Session
	require.NoError(t, s.Begin())
	k.settle()
	k.want("answered", "begin", m{"remote-channel": 5, "handle-max": 16383})
	k.hear(f(5, "end", nil))
	require.Same(t, s, k.wantEvent("ended", SessionRemoteEnd).Session)
	s.End(nil)
	k.settle()
	k.want("answered", "end", m{"error": nil})
	require.Empty(t, k.c.Sessions())
	k.hear(f(5, "begin", m{"next-outgoing-id": 0, "incoming-window": 10, "outgoing-window": 10}))
	k.wantEvent("the channel can be used again", SessionRemoteBegin)
}

func TestTheEndOfASessionIsTheEndOfItsLinks(t *testing.T) {
	k := clientTalk(t, Config{}, nil)
	s := k.session(nil)
	l := k.sender(s, 0, nil)
	d, err := l.Send(amqp.NewMessage([]byte("waits")), false)
	require.NoError(t, err)
	k.hear(f(0, "end", m{"error": amqptest.D{Name: "error", Fields: m{"condition": "amqp:session:errant-link"}}}))
	require.Same(t, l, k.wantEvent("the link ends", LinkRemoteDetach).Link)
	require.ErrorContains(t, k.wantEvent("the session ends", SessionRemoteEnd).Err, "errant-link")
	l.Close(nil)
	s.End(nil)
	k.settle()
	k.want("answered; no detach is written into an ended session", "end", nil)
	e := k.wantEvent("what never left is not forgotten", DeliveryUpdated)
	require.Same(t, d, e.Delivery)
	k.wantNothing("that is all")
}

func TestChannelMaxIsHeeded(t *testing.T) {
	k := clientTalk(t, Config{}, m{"channel-max": 1})
	k.session(nil)
	s := k.c.NewSession()
	require.NoError(t, s.Begin())
	require.ErrorIs(t, k.c.NewSession().Begin(), ErrLimit)
}

func TestHandleMaxIsHeeded(t *testing.T) {
	k := clientTalk(t, Config{}, nil)
	s := k.session(m{"handle-max": 0})
	k.sender(s, 0, nil)
	require.ErrorIs(t, s.NewLink("second", RoleSender).Attach(), ErrLimit)
	require.Len(t, s.Links(), 1, "what could not be attached is not kept")
}

func TestIncomingWindowIsRenewed(t *testing.T) {
	k := clientTalk(t, Config{}, nil)
	s := k.session(nil)
	l := k.receiver(s, 0)
	l.AddCredit(sessionWindow)
	k.settle()
	k.want("credit", "flow", m{"link-credit": sessionWindow})
	for i := range sessionWindow/2 - 1 {
		k.transfer(i, m{"settled": true}, "x")
	}
	require.Empty(t, k.frames, "the window is not half used")
	k.transfer(sessionWindow/2-1, m{"settled": true}, "x")
	k.want("half of it is used", "flow", m{"handle": nil, "incoming-window": sessionWindow, "next-incoming-id": sessionWindow / 2})
}

func TestTransfersWaitForTheRemoteWindow(t *testing.T) {
	k := clientTalk(t, Config{}, nil)
	s := k.session(m{"incoming-window": 2})
	l := k.sender(s, 0, nil)
	flow := m{"next-incoming-id": 0, "incoming-window": 2, "next-outgoing-id": 0, "outgoing-window": 1, "handle": 7, "delivery-count": 0, "link-credit": 100}
	k.hear(f(0, "flow", flow))
	k.wantEvent("credit", LinkSendable)
	for range 5 {
		_, err := l.Send(amqp.NewMessage([]byte("x")), false)
		require.NoError(t, err)
	}
	require.Zero(t, l.Credit(), "the window is used up")
	k.settle()
	k.want("first", "transfer", m{"delivery-id": 0})
	k.want("second", "transfer", m{"delivery-id": 1})
	k.wantNothing("the others wait")
	k.hear(f(0, "flow", m{"next-incoming-id": 1, "incoming-window": 2, "next-outgoing-id": 0, "outgoing-window": 1}))
	k.want("one more: one of the two was still on its way", "transfer", m{"delivery-id": 2})
	k.wantNothing("the others wait")
	k.hear(f(0, "flow", m{"next-incoming-id": 3, "incoming-window": 50, "next-outgoing-id": 0, "outgoing-window": 1}))
	k.want("the rest", "transfer", m{"delivery-id": 3})
	k.want("the rest", "transfer", m{"delivery-id": 4})
	k.wantEvent("and more may be sent", LinkSendable)
}

func TestEchoOfASession(t *testing.T) {
	k := clientTalk(t, Config{}, nil)
	k.session(nil)
	k.hear(f(0, "flow", m{"next-incoming-id": 0, "incoming-window": 2, "next-outgoing-id": 0, "outgoing-window": 1, "echo": true}))
	k.want("answered, and not with another question", "flow", m{"handle": nil, "echo": nil})
}

func TestSessionIsRefused(t *testing.T) {
	k := serverTalk(t, Config{})
	k.hear(f(3, "begin", m{"next-outgoing-id": 0, "incoming-window": 10, "outgoing-window": 10}))
	s := k.wantEvent("the peer begins", SessionRemoteBegin).Session
	s.End(&amqp.Error{Condition: amqp.ErrCondNotAllowed})
	k.settle()
	k.want("it is answered", "begin", m{"remote-channel": 3})
	k.want("and ended at once", "end", m{"error": amqptest.D{Name: "error", Fields: m{"condition": "amqp:not-allowed"}}})
	k.hear(f(3, "attach", m{"name": "x", "handle": 0, "role": true}))
	k.wantNothing("what was on its way is not looked at")
	k.hear(f(3, "end", nil))
	k.wantEvent("the peer has ended it too", SessionRemoteEnd)
	require.Empty(t, k.c.Sessions())
}

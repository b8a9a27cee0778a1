package engine

import (
	"testing"

	"github.com/Azure/go-amqp"
	"github.com/stretchr/testify/require"

	"github.com/hadron-mq/hadron/internal/amqptest"
	"github.com/hadron-mq/hadron/internal/wire"
)

func TestALinkOfThePeersIsOpenedAsAsked(t *testing.T) {
	k := serverTalk(t, Config{})
	k.hear(f(0, "begin", m{"next-outgoing-id": 0, "incoming-window": 10, "outgoing-window": 10}))
	s := k.wantEvent("begun", SessionRemoteBegin).Session
	require.NoError(t, s.Begin())
	k.hear(f(0, "attach", m{"name": "in", "handle": 3, "role": true, "rcv-settle-mode": 1,
		"source": amqptest.D{Name: "source", Fields: m{"address": "q"}}, "target": amqptest.D{Name: "target"}}))
	l := k.wantEvent("attach", LinkRemoteAttach).Link
	require.Equal(t, RoleSender, l.Role())
	require.Equal(t, "q", *l.Peer().Source.Address)
	l.cfg.Source, l.cfg.Target, l.cfg.RcvSettleMode = l.peer.Source, l.peer.Target, l.peer.RcvSettleMode
	require.NoError(t, l.Attach())
	k.settle()
	k.want("begin", "begin", nil)
	k.want("echoed", "attach", m{"name": "in", "role": false, "rcv-settle-mode": 1, "initial-delivery-count": 0,
		"source": amqptest.D{Name: "source", Fields: m{"address": "q"}}})
}

func TestALinkIsRefused(t *testing.T) {
	k := serverTalk(t, Config{})
	k.hear(f(0, "begin", m{"next-outgoing-id": 0, "incoming-window": 10, "outgoing-window": 10}))
	require.NoError(t, k.wantEvent("begun", SessionRemoteBegin).Session.Begin())
	k.hear(f(0, "attach", m{"name": "in", "handle": 3, "role": true, "source": amqptest.D{Name: "source", Fields: m{"address": "q"}}}))
	l := k.wantEvent("attach", LinkRemoteAttach).Link
	l.Close(&amqp.Error{Condition: amqp.ErrCondNotFound, Description: "no such queue"})
	k.settle()
	k.want("begin", "begin", nil)
	k.want("attached only to be refused", "attach", m{"name": "in", "role": false, "source": nil, "target": nil})
	k.want("refused", "detach", m{"closed": true, "error": amqptest.D{Name: "error", Fields: m{"condition": "amqp:not-found"}}})
	k.hear(f(0, "detach", m{"handle": 3, "closed": true}))
	k.wantEvent("answered", LinkRemoteDetach)
	require.Empty(t, l.session.Links())
}

func TestARefusalIsKnown(t *testing.T) {
	k := clientTalk(t, Config{}, nil)
	s := k.session(nil)
	l := s.NewLink("out", RoleSender)
	address := "q"
	l.cfg.Target = &wire.Target{Address: &address}
	require.NoError(t, l.Attach())
	k.hear(f(0, "attach", m{"name": "out", "role": true, "handle": 0}),
		f(0, "detach", m{"handle": 0, "closed": true, "error": amqptest.D{Name: "error", Fields: m{"condition": "amqp:not-found", "description": "no q"}}}))
	k.wantEvent("attach", LinkRemoteAttach)
	require.True(t, l.Refused())
	require.EqualError(t, k.wantEvent("detach", LinkRemoteDetach).Err, "sender: closed by the peer: no q (amqp:not-found)")
}

func TestDetachIsAnsweredInKind(t *testing.T) {
	k := clientTalk(t, Config{}, nil)
	s := k.session(nil)
	l := k.receiver(s, 10)
	k.hear(f(0, "detach", m{"handle": 9}))
	k.wantEvent("detach", LinkRemoteDetach)
	require.Equal(t, Detached, l.RemoteState())
	l.Detach()
	k.settle()
	k.want("not closed either", "detach", m{"handle": l.handle, "closed": nil})
	require.Empty(t, s.Links())
	_, err := l.Send(amqp.NewMessage(nil), false)
	require.ErrorIs(t, err, ErrClosed)
}

func TestNamesAreUsedOnce(t *testing.T) {
	k := clientTalk(t, Config{}, nil)
	s := k.session(nil)
	k.sender(s, 0, nil)
	require.ErrorContains(t, s.NewLink("out", RoleSender).Attach(), "name is in use")
	require.NoError(t, s.NewLink("out", RoleReceiver).Attach(), "the other direction has names of its own")
}

func TestALinkThatIsAttachedAgainIsStolen(t *testing.T) {
	k := serverTalk(t, Config{})
	k.hear(f(0, "begin", m{"next-outgoing-id": 0, "incoming-window": 10, "outgoing-window": 10}))
	s := k.wantEvent("begun", SessionRemoteBegin).Session
	require.NoError(t, s.Begin())
	k.hear(f(0, "attach", m{"name": "in", "handle": 3, "role": true}))
	old := k.wantEvent("attach", LinkRemoteAttach).Link
	require.NoError(t, old.Attach())
	k.hear(f(0, "attach", m{"name": "in", "handle": 4, "role": true}))
	k.want("begin", "begin", nil)
	k.want("attach", "attach", nil)
	k.want("§2.6.1", "detach", m{"handle": old.handle, "closed": true, "error": amqptest.D{Name: "error", Fields: m{"condition": "amqp:link:stolen"}}})
	require.Same(t, old, k.wantEvent("the old one is gone", LinkRemoteDetach).Link)
	l := k.wantEvent("the new one is there", LinkRemoteAttach).Link
	require.NotSame(t, old, l)
	require.NoError(t, l.Attach())
	k.settle()
	k.want("and can be opened", "attach", m{"name": "in"})
}

func TestWhatCannotBeEncodedIsAnErrorOfAttach(t *testing.T) {
	k := clientTalk(t, Config{}, nil)
	s := k.session(nil)
	l := s.NewLink("x", RoleReceiver)
	l.cfg.Source = &wire.Source{Filter: map[string]any{"f": make(chan int)}}
	require.ErrorContains(t, l.Attach(), `receiver: attach "x"`)
	k.wantNothing("the connection is none the worse")
}

func TestDrain(t *testing.T) {
	t.Run("the sender gives back", func(t *testing.T) {
		k := clientTalk(t, Config{}, nil)
		s := k.session(nil)
		l := k.sender(s, 0, nil)
		k.on = func(e Event) {
			if e.Kind == LinkSendable && l.deliveryCount == 0 {
				_, err := l.Send(amqp.NewMessage([]byte("x")), false)
				require.NoError(t, err)
			}
		}
		k.hear(f(0, "flow", m{"next-incoming-id": 0, "incoming-window": 9, "next-outgoing-id": 0, "outgoing-window": 9,
			"handle": 7, "delivery-count": 0, "link-credit": 10, "drain": true}))
		k.want("the application has its chance", "transfer", nil)
		k.want("then the rest is given back", "flow", m{"handle": l.handle, "delivery-count": 10, "link-credit": 0, "drain": true})
		require.Zero(t, l.Credit())
	})
	t.Run("the receiver asks", func(t *testing.T) {
		k := clientTalk(t, Config{}, nil)
		s := k.session(nil)
		l := k.receiver(s, 10)
		l.Drain()
		k.settle()
		k.want("asked", "flow", m{"link-credit": 10, "drain": true})
		k.transfer(0, m{"settled": true}, "x")
		require.NoError(t, k.wantEvent("one came", DeliveryReceived).Delivery.Update(wire.Accepted, true))
		k.hear(f(0, "flow", m{"next-incoming-id": 0, "incoming-window": 9, "next-outgoing-id": 1, "outgoing-window": 9,
			"handle": 9, "delivery-count": 10, "link-credit": 0, "drain": true, "available": 0}))
		k.wantEvent("done", LinkDrained)
		k.want("and on with the window", "flow", m{"delivery-count": 10, "link-credit": 10, "drain": nil})
	})
	t.Run("the sender uses all, and says nothing", func(t *testing.T) {
		k := clientTalk(t, Config{}, nil)
		l := k.receiver(k.session(nil), 2)
		l.Drain()
		k.settle()
		k.want("asked", "flow", m{"link-credit": 2, "drain": true})
		k.transfer(0, m{"settled": true}, "x")
		k.wantEvent("one came", DeliveryReceived)
		k.transfer(1, m{"settled": true, "more": true}, "y")
		k.wantNothing("the last has not come whole")
		k.transfer(1, m{"settled": true}, "y")
		k.wantEvent("the last came", DeliveryReceived)
		k.wantEvent("no credit is left", LinkDrained)
	})
	t.Run("there is no credit", func(t *testing.T) {
		k := clientTalk(t, Config{}, nil)
		l := k.receiver(k.session(nil), 0)
		l.Drain()
		k.settle()
		k.wantEvent("it is drained", LinkDrained)
		l.AddCredit(1)
		k.settle()
		k.want("nothing is left of it", "flow", m{"link-credit": 1, "drain": nil})
	})
}

func TestEchoOfALink(t *testing.T) {
	k := clientTalk(t, Config{}, nil)
	s := k.session(nil)
	l := k.sender(s, 0, nil)
	k.hear(f(0, "flow", m{"next-incoming-id": 0, "incoming-window": 9, "next-outgoing-id": 0, "outgoing-window": 9,
		"handle": 7, "delivery-count": 0, "link-credit": 4, "echo": true}))
	k.want("answered", "flow", m{"handle": l.handle, "delivery-count": 0, "link-credit": 4, "available": 0, "echo": nil})
}

package engine

import (
	"bytes"
	"testing"

	"github.com/Azure/go-amqp"
	"github.com/stretchr/testify/require"

	"github.com/hadron-mq/hadron/internal/amqptest"
	"github.com/hadron-mq/hadron/internal/wire"
)

func accepted(settled bool, first int, last any) m {
	return m{"role": true, "first": first, "last": last, "settled": settled, "state": amqptest.D{Name: "accepted"}}
}

func TestSendAndOutcome(t *testing.T) {
	k := clientTalk(t, Config{}, nil)
	s := k.session(nil)
	l := k.sender(s, 3, nil)
	d, err := l.Send(amqp.NewMessage([]byte("hello")), false)
	require.NoError(t, err)
	require.Equal(t, 2, l.Credit())
	k.settle()
	frame := k.want("straight into the output", "transfer", m{"handle": l.handle, "delivery-id": 0, "delivery-tag": d.Tag(), "message-format": 0, "settled": nil, "more": nil})
	require.Equal(t, []byte("\x00Su\xa0\x05hello"), frame.Payload)
	k.wantEvent("there is credit left", LinkSendable)
	k.hear(f(0, "disposition", accepted(true, 0, nil)))
	e := k.wantEvent("accepted", DeliveryUpdated)
	require.Same(t, d, e.Delivery)
	require.Equal(t, wire.Accepted, d.RemoteState())
	require.True(t, d.RemoteSettled())
	require.Equal(t, 1, l.Unsettled(), "until this end has settled too")
	require.NoError(t, d.Update(wire.Accepted, true))
	require.Zero(t, l.Unsettled())
	require.ErrorIs(t, d.Update(wire.Accepted, true), ErrSettled)
	k.wantNothing("the peer has settled: there is nobody to tell")
}

func TestEveryOutcomeComesHome(t *testing.T) {
	k := clientTalk(t, Config{}, nil)
	s := k.session(nil)
	l := k.sender(s, 10, nil)
	for i, state := range []amqptest.D{
		{Name: "accepted"}, {Name: "released"},
		{Name: "rejected", Fields: m{"error": amqptest.D{Name: "error", Fields: m{"condition": "x:y"}}}},
		{Name: "modified", Fields: m{"delivery-failed": true, "undeliverable-here": true, "message-annotations": m{"x-k": "v"}}},
		{Name: "received", Fields: m{"section-number": 1, "section-offset": 2}},
	} {
		d, err := l.Send(amqp.NewMessage(nil), false)
		require.NoError(t, err)
		k.settle()
		k.hear(f(0, "disposition", m{"role": true, "first": i, "settled": false, "state": state}))
		for k.events[0].Kind == LinkSendable {
			k.events = k.events[1:]
		}
		require.Same(t, d, k.wantEvent(state.Name, DeliveryUpdated).Delivery)
		require.False(t, d.RemoteSettled())
		switch state.Name {
		case "rejected":
			require.Equal(t, amqp.ErrCond("x:y"), d.RemoteState().Error.Condition)
		case "modified":
			require.True(t, d.RemoteState().DeliveryFailed && d.RemoteState().UndeliverableHere)
			require.Len(t, d.RemoteState().Annotations, 1)
		}
	}
}

func TestSettledSendsAreForgotten(t *testing.T) {
	k := clientTalk(t, Config{}, nil)
	s := k.session(nil)
	l := s.NewLink("out", RoleSender)
	l.cfg.SndSettleMode = amqp.SenderSettleModeSettled
	require.NoError(t, l.Attach())
	k.hear(f(0, "attach", m{"name": "out", "role": true, "handle": 7}))
	k.credit(s, 5)
	_, err := l.Send(amqp.NewMessage(nil), false)
	require.ErrorIs(t, err, ErrRole)
	d, err := l.Send(amqp.NewMessage(nil), true)
	require.NoError(t, err)
	require.True(t, d.Settled())
	require.Zero(t, l.Unsettled())
	k.settle()
	k.want("attach", "attach", m{"snd-settle-mode": 1})
	k.want("settled", "transfer", m{"settled": true})
	require.ErrorIs(t, d.Update(wire.Accepted, true), ErrSettled)
}

func TestALongMessageIsCutIntoFrames(t *testing.T) {
	k := clientTalk(t, Config{}, m{"max-frame-size": 512})
	s := k.session(nil)
	l := k.sender(s, 5, nil)
	body := bytes.Repeat([]byte("0123456789"), 200)
	d, err := l.Send(amqp.NewMessage(body), false)
	require.NoError(t, err)
	k.settle()
	var got []byte
	first := k.want("first", "transfer", m{"delivery-id": 0, "delivery-tag": d.Tag(), "more": true})
	got = append(got, first.Payload...)
	for len(k.frames) > 1 {
		next := k.want("following", "transfer", m{"delivery-id": nil, "delivery-tag": nil, "more": true})
		require.LessOrEqual(t, len(next.Bytes()), 512)
		got = append(got, next.Payload...)
	}
	got = append(got, k.want("last", "transfer", m{"more": nil}).Payload...)
	msg, err := wire.DecodeMessage(got)
	require.NoError(t, err)
	require.Equal(t, body, msg.GetData())
	require.Equal(t, uint32(1), l.deliveryCount, "a message is one credit, however many frames")
}

func TestALongMessageComesInFrames(t *testing.T) {
	k := clientTalk(t, Config{}, nil)
	s := k.session(nil)
	l := k.receiver(s, 10)
	k.transfer(0, m{"more": true}, "\x00Su\xa0")
	k.hear(f(0, "transfer", m{"handle": 9, "more": true}, []byte("\x05he")))
	require.Equal(t, 8, k.c.partial, "twice the room of the first frame")
	k.hear(f(0, "transfer", m{"handle": 9, "delivery-id": 0, "settled": true}, []byte("llo")))
	require.Zero(t, k.c.partial)
	d := k.wantEvent("whole", DeliveryReceived).Delivery
	require.Equal(t, "\x00Su\xa0\x05hello", string(d.Encoded()))
	require.True(t, d.Gathered())
	require.True(t, d.RemoteSettled(), "settled on any frame is settled")
	require.Equal(t, uint32(9), l.credit)

	k.transfer(1, m{"more": true}, "\x00S")
	require.Equal(t, 10, k.c.partial, "as much as the last one needed")
	k.hear(f(0, "transfer", m{"handle": 9}, []byte("u\xa0\x01!")))
	next := k.wantEvent("whole", DeliveryReceived).Delivery
	require.Equal(t, "\x00Su\xa0\x01!", string(next.Encoded()))
	require.Equal(t, "\x00Su\xa0\x05hello", string(d.Encoded()), "nobody has touched it")

	k.transfer(2, nil, "whole")
	require.False(t, k.wantEvent("whole", DeliveryReceived).Delivery.Gathered())
}

func TestRoomForLongMessagesIsBounded(t *testing.T) {
	k := clientTalk(t, Config{MaxPartial: 1000}, nil)
	l := k.receiver(k.session(nil), 10)
	part := make([]byte, 150)
	k.transfer(0, m{"more": true}, string(part))
	for range 4 {
		k.hear(f(0, "transfer", m{"handle": 9, "more": true}, part))
	}
	require.Equal(t, 1000, k.c.partial, "not twice as much once more")
	k.hear(f(0, "transfer", m{"handle": 9}, part))
	require.Zero(t, k.c.partial)
	k.wantEvent("whole", DeliveryReceived)

	k.transfer(1, m{"more": true}, string(part))
	require.Equal(t, 150, k.c.partial, "900 would be much of 1,000")
	for range 6 {
		k.hear(f(0, "transfer", m{"handle": 9, "more": true}, part))
	}
	k.wantLinkViolation(l, amqp.ErrCondResourceLimitExceeded, "unfinished messages of more than 1000 bytes")
	require.Zero(t, k.c.partial)
}

func TestAMessageIsAborted(t *testing.T) {
	t.Run("by the peer", func(t *testing.T) {
		k := clientTalk(t, Config{}, nil)
		s := k.session(nil)
		l := k.receiver(s, 2)
		k.transfer(0, m{"more": true}, "half")
		k.hear(f(0, "transfer", m{"handle": 9, "aborted": true}))
		require.True(t, k.wantEvent("aborted", DeliveryAborted).Delivery.Aborted())
		require.Zero(t, k.c.partial)
		require.Zero(t, l.Unsettled())
		k.want("the window is topped up", "flow", m{"delivery-count": 1, "link-credit": 2})
		k.transfer(1, nil, "next")
		k.wantEvent("the next comes", DeliveryReceived)
	})
	t.Run("by this end", func(t *testing.T) {
		k := clientTalk(t, Config{}, m{"max-frame-size": 512})
		s := k.session(m{"incoming-window": 1})
		l := k.sender(s, 0, nil)
		k.hear(f(0, "flow", m{"next-incoming-id": 0, "incoming-window": 1, "next-outgoing-id": 0, "outgoing-window": 9, "handle": 7, "delivery-count": 0, "link-credit": 9}))
		d, err := l.Send(amqp.NewMessage(make([]byte, 1000)), false)
		require.NoError(t, err)
		require.NoError(t, l.Abort(d))
		k.settle()
		k.want("begun", "transfer", m{"more": true})
		require.Zero(t, l.Unsettled())
		require.Empty(t, k.frames, "the window is closed for every transfer")
		k.hear(f(0, "flow", m{"next-incoming-id": 1, "incoming-window": 1, "next-outgoing-id": 1, "outgoing-window": 9}))
		k.want("given up", "transfer", m{"aborted": true})
		require.ErrorIs(t, l.Abort(d), ErrRole)
	})
}

func TestSendWaitsForCreditUpToABound(t *testing.T) {
	k := clientTalk(t, Config{}, nil)
	s := k.session(nil)
	l := k.sender(s, 0, nil)
	l.cfg.QueueLimit = 3
	var sent []*Delivery
	for range 3 {
		d, err := l.Send(amqp.NewMessage([]byte("x")), false)
		require.NoError(t, err)
		sent = append(sent, d)
	}
	_, err := l.Send(amqp.NewMessage([]byte("x")), false)
	require.ErrorIs(t, err, ErrQueueFull)
	k.wantNothing("no credit, no frame")
	k.credit(s, 2)
	for i := range 2 {
		k.want("in order", "transfer", m{"delivery-id": i, "delivery-tag": sent[i].Tag()})
	}
	k.wantNothing("one still waits")
	l.Close(nil)
	k.settle()
	e := k.wantEvent("it never left", DeliveryUpdated)
	require.Same(t, sent[2], e.Delivery)
	require.Equal(t, wire.Released, e.Delivery.RemoteState())
	k.want("closed", "detach", m{"closed": true})
	_, err = l.Send(amqp.NewMessage(nil), false)
	require.ErrorIs(t, err, ErrClosed)
}

func TestAMessageTooLargeForThePeerIsAnError(t *testing.T) {
	k := clientTalk(t, Config{}, nil)
	s := k.session(nil)
	l := k.sender(s, 5, m{"max-message-size": 100})
	_, err := l.Send(amqp.NewMessage(make([]byte, 100)), false)
	require.ErrorIs(t, err, ErrMessageSize)
	_, err = l.Send(&amqp.Message{Value: make(chan int)}, false)
	require.Error(t, err, "what has no encoding")
	_, err = l.Send(&amqp.Message{DeliveryTag: make([]byte, 33)}, false)
	require.ErrorContains(t, err, "delivery tag of 33 bytes")
	require.Equal(t, 5, l.Credit())
	k.wantNothing("nothing is half written")
	_, err = l.Send(amqp.NewMessage(make([]byte, 90)), false)
	require.NoError(t, err)
	k.settle()
	k.want("ids have no gap", "transfer", m{"delivery-id": 0})
}

func TestTheOutputHasABound(t *testing.T) {
	k := clientTalk(t, Config{OutputLimit: 1000}, nil)
	s := k.session(nil)
	l := k.sender(s, 1000, nil)
	n := 0
	for l.Credit() > 0 {
		_, err := l.Send(amqp.NewMessage(make([]byte, 100)), false)
		require.NoError(t, err)
		n++
	}
	require.Less(t, n, 11)
	_, err := l.Send(amqp.NewMessage(make([]byte, 100)), false)
	require.NoError(t, err, "what is beyond waits on the link")
	require.Equal(t, 1, l.Queued())
	for k.c.Next() != nil {
	}
	k.c.Flush()
	require.True(t, k.c.Starved())
	require.Less(t, k.c.Output(), 1200)
	k.settle()
	k.wantEvent("the writer took the output", LinkSendable)
	require.Zero(t, l.Queued())
}

func TestPrefetchIsToppedUpAsMessagesAreSettled(t *testing.T) {
	k := clientTalk(t, Config{}, nil)
	s := k.session(nil)
	l := k.receiver(s, 4)
	var came []*Delivery
	for i := range 4 {
		k.transfer(i, nil, "x")
		came = append(came, k.wantEvent("came", DeliveryReceived).Delivery)
	}
	k.wantNothing("none is settled")
	require.NoError(t, came[0].Update(wire.Accepted, true))
	k.settle()
	k.want("settled", "disposition", m{"role": true, "first": 0, "last": nil, "settled": true, "state": amqptest.D{Name: "accepted"}})
	k.wantNothing("less than half of the window is free")
	require.NoError(t, came[1].Update(wire.Accepted, true))
	require.NoError(t, came[2].Update(wire.Released, true))
	require.NoError(t, came[3].Update(wire.Released, true))
	k.settle()
	k.want("settled", "disposition", m{"first": 1, "last": nil, "state": amqptest.D{Name: "accepted"}})
	k.want("one frame for a run of the same", "disposition", m{"first": 2, "last": 3, "state": amqptest.D{Name: "released"}})
	k.want("topped up", "flow", m{"delivery-count": 4, "link-credit": 4})
	require.Zero(t, l.Unsettled())
}

func TestSettleModeSecond(t *testing.T) {
	k := clientTalk(t, Config{}, nil)
	s := k.session(nil)
	l := k.receiver(s, 1)
	l.cfg.RcvSettleMode = amqp.ReceiverSettleModeSecond
	k.transfer(0, nil, "x")
	d := k.wantEvent("came", DeliveryReceived).Delivery
	require.NoError(t, d.Update(wire.Accepted, true))
	k.settle()
	k.want("not settled yet", "disposition", m{"first": 0, "settled": false, "state": amqptest.D{Name: "accepted"}})
	k.wantNothing("no credit before it is settled")
	require.False(t, d.Settled())
	k.hear(f(0, "disposition", m{"role": false, "first": 0, "settled": true, "state": amqptest.D{Name: "accepted"}}))
	k.wantEvent("the sender has settled", DeliveryUpdated)
	require.True(t, d.Settled())
	k.want("now", "flow", m{"link-credit": 1})
}

func TestSettlingOnALostLinkIsAnError(t *testing.T) {
	k := clientTalk(t, Config{}, nil)
	s := k.session(nil)
	k.receiver(s, 4)
	k.transfer(0, nil, "x")
	d := k.wantEvent("came", DeliveryReceived).Delivery
	k.hear(f(0, "detach", m{"handle": 9, "closed": true}))
	k.wantEvent("gone", LinkRemoteDetach)
	require.ErrorIs(t, d.Update(wire.Accepted, true), ErrLost)
	k.wantNothing("nothing is written for it")
}

func TestAMessageTooLargeForUsClosesItsLink(t *testing.T) {
	k := clientTalk(t, Config{}, nil)
	s := k.session(nil)
	l := k.receiver(s, 4)
	l.cfg.MaxMessageSize = 10
	k.transfer(0, m{"more": true}, "12345678")
	k.hear(f(0, "transfer", m{"handle": 9, "more": true}, []byte("345")))
	k.wantLinkViolation(l, amqp.ErrCondMessageSizeExceeded, "more than 10 bytes")
	require.Zero(t, k.c.partial)
	k.hear(f(0, "transfer", m{"handle": 9}, []byte("the rest is on its way")))
	k.wantNothing("and is let go")
	k.hear(f(0, "detach", m{"handle": 9, "closed": true}))
	k.wantEvent("closed", LinkRemoteDetach)
}

func TestARangeCrossesOnlyWhatExists(t *testing.T) {
	k := clientTalk(t, Config{}, nil)
	s := k.session(m{"incoming-window": 100000})
	l := k.sender(s, 0, nil)
	k.hear(f(0, "flow", m{"next-incoming-id": 0, "incoming-window": 100000, "next-outgoing-id": 0, "outgoing-window": 9, "handle": 7, "delivery-count": 0, "link-credit": 5000}))
	var sent []*Delivery
	for range 3000 {
		d, err := l.Send(amqp.NewMessage(nil), false)
		require.NoError(t, err)
		sent = append(sent, d)
	}
	k.settle()
	k.events = nil
	k.hear(f(0, "disposition", accepted(true, 10, 2989)))
	for i := 10; i <= 2989; i++ {
		require.Same(t, sent[i], k.wantEvent("in order", DeliveryUpdated).Delivery)
	}
	require.Equal(t, 20, s.deliveries(RoleSender).n)
	require.Len(t, s.deliveries(RoleSender).pages, 2)
	k.hear(f(0, "disposition", accepted(true, 0, 2999)))
	require.Len(t, k.events, 20)
	require.Empty(t, s.deliveries(RoleSender).pages)
}

func TestTheDeliveryInHandIsAcceptedBeforeAClose(t *testing.T) {
	for name, c := range map[string]struct {
		closes func(l *Link)
		frame  string
		took   bool
	}{
		"connection":             {func(l *Link) { l.session.conn.Close(nil) }, "close", true},
		"session":                {func(l *Link) { l.session.End(nil) }, "end", true},
		"link":                   {func(l *Link) { l.Close(nil) }, "detach", true},
		"suspended":              {func(l *Link) { l.Detach() }, "detach", true},
		"connection, an error":   {func(l *Link) { l.session.conn.Close(&amqp.Error{Condition: "x"}) }, "close", false},
		"link, an error":         {func(l *Link) { l.Close(&amqp.Error{Condition: "x"}) }, "detach", false},
		"another link, no error": {func(l *Link) { l.session.links.first.Close(nil) }, "detach", false},
	} {
		t.Run(name, func(t *testing.T) {
			k := clientTalk(t, Config{}, nil)
			s := k.session(nil)
			k.sender(s, 0, nil)
			l := k.receiver(s, 10)
			k.transfer(0, nil, "x")
			k.c.Hand(k.wantEvent("a message", DeliveryReceived).Delivery)
			c.closes(l)
			k.settle()
			if c.took {
				k.want("it is accepted", "disposition", m{"first": 0, "settled": true, "state": amqptest.D{Name: "accepted"}})
			}
			k.want("then comes the close", c.frame, nil)
			k.c.AcceptHand()
			k.settle()
			if name == "another link, no error" {
				k.want("it is accepted", "disposition", m{"first": 0, "settled": true, "state": amqptest.D{Name: "accepted"}})
			}
			require.Empty(t, k.frames)
		})
	}
}

// Room is made in advance for a message like the last one, but not for each that is begun and given up.
func TestRoomForALargeMessageIsMadeOnce(t *testing.T) {
	k := clientTalk(t, Config{}, nil)
	s := k.session(nil)
	k.receiver(s, 100)
	const large = 1 << 20
	k.transfer(0, m{"more": true}, "x")
	for range 16 {
		k.hear(f(0, "transfer", m{"handle": 9, "more": true}, make([]byte, large/16)))
	}
	k.hear(f(0, "transfer", m{"handle": 9}, []byte("x")))
	k.wantEvent("whole", DeliveryReceived)
	for id := 1; id < 4; id++ {
		k.transfer(id, m{"more": true}, "x")
		if id == 1 {
			require.GreaterOrEqual(t, k.c.partial, large)
		} else {
			require.Less(t, k.c.partial, 1000)
		}
		k.hear(f(0, "transfer", m{"handle": 9, "aborted": true}))
		require.Zero(t, k.c.partial)
	}
}

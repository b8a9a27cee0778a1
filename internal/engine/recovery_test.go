package engine

import (
	"fmt"
	"testing"

	"github.com/Azure/go-amqp"
	"github.com/stretchr/testify/require"

	"github.com/hadron-mq/hadron/internal/amqptest"
	"github.com/hadron-mq/hadron/internal/wire"
)

func outcome(name string) amqptest.D { return amqptest.D{Name: name} }

// answered has the peer answer on the next transport, up to the session.
func (k *talk) answered(open m) {
	fields := m{"container-id": "peer"}
	for name, v := range open {
		fields[name] = v
	}
	k.hear(amqptest.HeaderAMQP.Frame(), f(0, "open", fields),
		f(0, "begin", m{"remote-channel": 0, "next-outgoing-id": 0, "incoming-window": 1000, "outgoing-window": 1000}))
	k.wantEvent("open", ConnectionRemoteOpen)
	k.wantEvent("begin", SessionRemoteBegin)
}

// listed says which tags an attach lists, and their states.
func listed(frame amqptest.Frame) map[string]any {
	all := make(map[string]any)
	pairs, _ := frame.Fields["unsettled"].(amqptest.Map)
	for _, pair := range pairs {
		all[string(pair[0].([]byte))] = pair[1]
	}
	return all
}

// A sender that comes back lists what has no outcome; what the receiver lists decides how each goes on (§2.6.13, delivery tags 1 to 4 of its example).
func TestASenderResumes(t *testing.T) {
	k := clientTalk(t, Config{Resend: true}, nil)
	s := k.session(nil)
	out := k.sender(s, 4, nil)
	var sent []*Delivery
	for i := range 5 { // the last one does not leave
		d, err := out.Send(&amqp.Message{DeliveryTag: []byte{'1' + byte(i)}, Header: &amqp.MessageHeader{Priority: 9}, Data: [][]byte{[]byte("0123456789")}}, false)
		require.NoError(t, err)
		sent = append(sent, d)
	}
	k.settle()
	whole := k.frames[0].Payload
	k.again()
	k.want("begin", "begin", nil)
	require.Equal(t, map[string]any{"1": nil, "2": nil, "3": nil, "4": nil}, listed(k.want("it says what it holds", "attach", m{"incomplete-unsettled": false})))
	k.answered(nil)
	head := wire.SectionOffset(whole, 1, 0)
	require.NotZero(t, head)
	k.hear(f(0, "attach", m{"name": "out", "role": true, "handle": 7, "unsettled": amqptest.Map{
		{[]byte("2"), amqptest.D{Name: "received", Fields: m{"section-number": 1, "section-offset": 5}}},
		{[]byte("3"), outcome("accepted")},
		{[]byte("4"), nil},
		{[]byte("stranger"), outcome("released")}, // that only the receiver holds
	}}))
	k.wantEvent("attached", LinkRemoteAttach)
	require.Same(t, sent[2], k.wantEvent("an outcome that had not come", DeliveryUpdated).Delivery)
	require.Equal(t, wire.Accepted, sent[2].RemoteState())
	require.NoError(t, sent[2].Update(wire.Accepted, true))
	k.wantEvent("all is back", ConnectionRestored)
	k.credit(s, 10)
	tagged := func(tag string, more m) amqptest.Frame {
		fields := m{"delivery-tag": tag}
		for name, v := range more {
			fields[name] = v
		}
		return k.want("tag "+tag, "transfer", fields)
	}
	require.Equal(t, whole, tagged("1", m{"resume": false, "delivery-id": 0}).Payload, "only the sender holds it: it is sent again")
	require.Equal(t, whole[head+5:], tagged("2", m{"resume": true, "delivery-id": 1}).Payload, "what had not arrived")
	require.Empty(t, tagged("3", m{"resume": true, "settled": true, "state": outcome("accepted"), "delivery-id": 2}).Payload, "the settlement alone")
	require.Equal(t, whole, tagged("4", m{"resume": true, "delivery-id": 3}).Payload, "nothing of it had arrived")
	tagged("5", m{"resume": false, "delivery-id": 4})
	k.wantEvent("and on", LinkSendable)
	k.hear(f(0, "disposition", accepted(true, 0, 4)))
	for _, d := range []*Delivery{sent[0], sent[1], sent[3], sent[4]} {
		require.Same(t, d, k.wantEvent("one outcome each", DeliveryUpdated).Delivery)
		require.NoError(t, d.Update(wire.Accepted, true))
	}
	require.Zero(t, out.Unsettled())
	k.wantNothing("that is all")
}

// An outcome that the receiver's attach told is the only one, whatever becomes of the link.
func TestAnOutcomeFromAnAttachIsTheOnlyOne(t *testing.T) {
	for name, end := range map[string]func(*talk, *Link){
		"closed": func(_ *talk, l *Link) { l.Close(nil) },
		"lost":   func(k *talk, _ *Link) { k.c.Reset(nil) },
	} {
		t.Run(name, func(t *testing.T) {
			k := clientTalk(t, Config{Resend: true}, nil)
			l := k.sender(k.session(nil), 1, nil)
			d, err := l.Send(amqp.NewMessage(nil), false)
			require.NoError(t, err)
			k.again()
			k.answered(nil)
			k.hear(f(0, "attach", m{"name": "out", "role": true, "handle": 7, "unsettled": amqptest.Map{{d.Tag(), outcome("rejected")}}}))
			k.wantEvent("attached", LinkRemoteAttach)
			require.Same(t, d, k.wantEvent("its outcome", DeliveryUpdated).Delivery)
			require.NoError(t, d.Update(d.RemoteState(), true))
			k.wantEvent("all is back", ConnectionRestored)
			end(k, l)
			k.settle()
			require.Empty(t, k.events)
		})
	}
}

// second is a receiver that has accepted messages with these tags, whose sender has not settled them, and lost its transport since.
func second(t *testing.T, cfg Config, tags ...string) (*talk, *Link, map[string]*Delivery) {
	k, l := talkMode(t, amqp.SenderSettleModeUnsettled, amqp.ReceiverSettleModeSecond)
	k.c.cfg.MaxFrameSize = max(k.c.cfg.MaxFrameSize, cfg.MaxFrameSize)
	l.cfg.Window = uint32(2*len(tags) + 2)
	l.topUp = true
	l.markDirty()
	k.settle()
	held := make(map[string]*Delivery)
	for i, tag := range append(tags, "undecided") {
		k.hearBytes(tx(m{"delivery-id": i, "delivery-tag": tag}))
		held[tag] = k.wantEvent("came", DeliveryReceived).Delivery
	}
	for _, tag := range tags {
		require.NoError(t, held[tag].Update(wire.Accepted, true))
	}
	k.settle()
	k.again()
	k.want("begin", "begin", nil)
	return k, l, held
}

// A receiver that comes back lists what it has given an outcome and its sender has not settled, so that it happens once (§2.6.13).
func TestAReceiverResumes(t *testing.T) {
	k, l, held := second(t, Config{}, "settled", "accepted", "forgot", "changed", "gone")
	attach := listed(k.want("it says what it holds", "attach", m{"name": "in", "incomplete-unsettled": false}))
	require.Len(t, attach, 5, "what was not decided on is the sender's")
	for tag, state := range attach {
		require.Equal(t, "accepted", state.(amqptest.D).Name, tag)
	}
	k.answered(nil)
	k.hear(f(0, "attach", m{"name": "in", "role": false, "handle": 9, "initial-delivery-count": 0, "unsettled": amqptest.Map{
		{[]byte("accepted"), outcome("accepted")}, {[]byte("forgot"), nil}, {[]byte("changed"), outcome("released")}, {[]byte("gone"), nil}, {[]byte("stranger"), nil},
	}}))
	k.wantEvent("attached", LinkRemoteAttach)
	settled := func(tag string) {
		require.Same(t, held[tag], k.wantEvent(tag+" is settled", DeliveryUpdated).Delivery)
		require.True(t, held[tag].Settled() && held[tag].RemoteSettled())
	}
	settled("settled") // the sender knows of it no more
	k.wantEvent("all is back", ConnectionRestored)
	k.want("credit", "flow", m{"link-credit": 12})

	resume := func(id int, tag string, more m, payload string) {
		fields := m{"handle": 9, "delivery-id": id, "delivery-tag": tag, "resume": true}
		for name, v := range more {
			fields[name] = v
		}
		k.hear(f(0, "transfer", fields, []byte(payload)))
	}
	resume(0, "accepted", m{"settled": true, "state": outcome("accepted")}, "")
	settled("accepted")
	resume(1, "forgot", m{"more": true}, "all of")
	k.hear(f(0, "transfer", m{"handle": 9}, []byte("it again")))
	k.want("it is told once more, and not shown to the application again", "disposition", m{"first": 1, "settled": false, "state": outcome("accepted")})
	k.hear(f(0, "disposition", m{"role": false, "first": 1, "settled": true}))
	settled("forgot")
	resume(2, "changed", m{"state": outcome("released")}, "")
	k.want("the sender's view counts, and is said back", "disposition", m{"first": 2, "settled": true, "state": outcome("released")})
	settled("changed")
	require.Equal(t, wire.Released, held["changed"].RemoteState())
	resume(3, "gone", m{"aborted": true}, "")
	settled("gone")
	resume(4, "stranger", nil, "what is not held is ignored")
	resume(5, "undecided", nil, "as is this")
	k.settle()
	require.Empty(t, k.events)
	require.Zero(t, l.Unsettled())
	k.frames = nil
	k.hearBytes(tx(m{"delivery-id": 6, "delivery-tag": "undecided"}))
	require.NotSame(t, held["undecided"], k.wantEvent("sent again", DeliveryReceived).Delivery)
	require.ErrorIs(t, held["undecided"].Update(wire.Accepted, true), ErrLost)
}

// A sender that says nothing keeps no state: what the receiver holds is settled.
func TestASenderWithoutState(t *testing.T) {
	k, l, held := second(t, Config{}, "a", "b")
	k.want("attach", "attach", nil)
	k.answered(nil)
	k.hear(f(0, "attach", m{"name": "in", "role": false, "handle": 9, "initial-delivery-count": 0}))
	k.wantEvent("attached", LinkRemoteAttach)
	for _, tag := range []string{"a", "b"} {
		require.Same(t, held[tag], k.wantEvent("settled", DeliveryUpdated).Delivery)
	}
	require.Zero(t, l.Unsettled())
}

// What is not resolved when the transport is lost again is listed again.
func TestWhatIsHeldOutlivesMoreThanOneLoss(t *testing.T) {
	k, _, held := second(t, Config{}, "a", "b")
	k.want("attach", "attach", nil)
	k.again() // before the peer has said anything
	k.want("begin", "begin", nil)
	require.Len(t, listed(k.want("all of it", "attach", nil)), 2)
	k.answered(nil)
	k.hear(f(0, "attach", m{"name": "in", "role": false, "handle": 9, "initial-delivery-count": 0, "unsettled": amqptest.Map{{[]byte("a"), nil}, {[]byte("b"), nil}}}),
		f(0, "transfer", m{"handle": 9, "delivery-id": 0, "delivery-tag": "a", "resume": true, "settled": true}))
	k.wantEvent("attached", LinkRemoteAttach)
	k.wantEvent("all is back", ConnectionRestored)
	require.Same(t, held["a"], k.wantEvent("settled", DeliveryUpdated).Delivery)
	k.again()
	k.want("begin", "begin", nil)
	require.Equal(t, []string{"b"}, keys(listed(k.want("the rest", "attach", nil))))
}

func keys(m map[string]any) (keys []string) {
	for key := range m {
		keys = append(keys, key)
	}
	return keys
}

// A link of the peer's that is suspended and comes back on its session finds what it held (§2.6.4).
func TestAListenerRemembersASuspendedLink(t *testing.T) {
	begun := func(t *testing.T, unsettled amqptest.Map) (*talk, *Session, *Delivery) {
		k, s := served(t, Config{}, nil)
		attach := m{"name": "in", "handle": 9, "role": false, "initial-delivery-count": 0, "rcv-settle-mode": 1}
		open := func() {
			k.hear(f(0, "attach", attach))
			l := k.wantEvent("attach", LinkRemoteAttach).Link
			l.cfg.Window, l.cfg.RcvSettleMode = 10, amqp.ReceiverSettleModeSecond
			k.on = nil
			require.NoError(t, l.Attach())
			k.settle()
		}
		open()
		k.hearBytes(tx(nil))
		d := k.wantEvent("came", DeliveryReceived).Delivery
		require.NoError(t, d.Update(wire.Accepted, true))
		k.hear(f(0, "detach", m{"handle": 9}))
		k.wantEvent("suspended", LinkRemoteDetach).Link.Detach()
		k.settle()
		k.frames = nil
		if attach["initial-delivery-count"] = 1; unsettled != nil {
			attach["unsettled"] = unsettled
		}
		open()
		return k, s, d
	}
	t.Run("and resumed", func(t *testing.T) {
		k, _, d := begun(t, amqptest.Map{{[]byte("t"), nil}})
		require.Equal(t, []string{"t"}, keys(listed(k.want("it says what it holds", "attach", nil))))
		k.hear(f(0, "transfer", m{"handle": 9, "delivery-id": 1, "delivery-tag": "t", "resume": true, "settled": true}))
		require.Same(t, d, k.wantEvent("it came once", DeliveryUpdated).Delivery)
	})
	t.Run("and settled meanwhile", func(t *testing.T) {
		k, s, d := begun(t, amqptest.Map{{[]byte("u"), nil}})
		require.Empty(t, listed(k.want("nothing is held", "attach", nil)))
		require.True(t, d.Settled())
		require.Zero(t, s.remembered)
	})
	t.Run("and attached as a new one", func(t *testing.T) {
		k, s, _ := begun(t, nil)
		require.Empty(t, listed(k.want("nothing is held", "attach", nil)))
		require.Zero(t, s.remembered)
		require.Empty(t, s.memory)
	})
}

// What does not fit into one attach is told in several: only what was listed is resumed, and nothing new is sent between (§2.7.3).
func TestUnsettledMapsThatDoNotFit(t *testing.T) {
	tags := make([]string, 20)
	for i := range tags {
		tags[i] = fmt.Sprintf("a delivery tag of 32 bytes: %04d", i)
	}
	t.Run("a sender's", func(t *testing.T) {
		k := clientTalk(t, Config{Resend: true}, nil)
		l := k.sender(k.session(nil), len(tags), nil)
		for _, tag := range tags {
			_, err := l.Send(&amqp.Message{DeliveryTag: []byte(tag), Data: [][]byte{{1}}}, false)
			require.NoError(t, err)
		}
		k.again()
		k.want("begin", "begin", nil)
		k.answered(small)
		part := listed(k.want("what fits", "attach", m{"incomplete-unsettled": true}))
		require.NotEmpty(t, part)
		require.Less(t, len(part), len(tags))
		k.hear(f(0, "attach", m{"name": "out", "role": true, "handle": 7, "unsettled": amqptest.Map{{[]byte(tags[0]), outcome("accepted")}}}))
		k.wantEvent("attached", LinkRemoteAttach)
		d := k.wantEvent("its outcome", DeliveryUpdated).Delivery
		require.Equal(t, []byte(tags[0]), d.Tag())
		require.NoError(t, d.Update(d.RemoteState(), true))
		k.wantEvent("all is back", ConnectionRestored)
		require.Zero(t, l.Credit())
		k.frames = nil
		k.credit(l.session, 100)
		k.want("its settlement", "transfer", m{"resume": true, "settled": true, "delivery-tag": tags[0]})
		k.want("now it is suspended", "detach", m{"closed": nil})
		require.Empty(t, k.frames)
		k.hear(f(0, "detach", m{"handle": 7}))
		require.Empty(t, listed(k.want("and attached again: the receiver holds none of the rest", "attach", m{"name": "out"})))
		k.hear(f(0, "attach", m{"name": "out", "role": true, "handle": 7}))
		require.Empty(t, k.events, "the application need not know")
		k.hear(f(0, "flow", m{"next-incoming-id": 1, "incoming-window": 1000, "next-outgoing-id": 0, "outgoing-window": 1000, "handle": 7, "delivery-count": 0, "link-credit": 100}))
		for i, tag := range tags[1:] {
			k.want("sent again", "transfer", m{"delivery-tag": tag, "delivery-id": i + 1, "resume": false})
		}
		k.wantEvent("and on", LinkSendable)
	})
	t.Run("the receiver's, for a sender", func(t *testing.T) {
		k := clientTalk(t, Config{Resend: true}, nil)
		l := k.sender(k.session(nil), 3, nil)
		for i := range 3 {
			_, err := l.Send(&amqp.Message{DeliveryTag: []byte{'1' + byte(i)}, Data: [][]byte{{1}}}, false)
			require.NoError(t, err)
		}
		k.again()
		k.want("begin", "begin", nil)
		k.want("attach", "attach", m{"incomplete-unsettled": false})
		k.answered(nil)
		k.hear(f(0, "attach", m{"name": "out", "role": true, "handle": 7, "incomplete-unsettled": true, "unsettled": amqptest.Map{{[]byte("2"), nil}}}))
		k.credit(l.session, 10)
		k.want("only what it lists", "transfer", m{"delivery-tag": "2", "resume": true})
		require.Empty(t, k.frames)
		_, err := l.Send(amqp.NewMessage(nil), false)
		require.NoError(t, err)
		k.settle()
		require.Empty(t, k.frames)
		k.events = nil
		k.hear(f(0, "disposition", accepted(true, 0, nil)))
		d := k.wantEvent("its outcome", DeliveryUpdated).Delivery
		require.NoError(t, d.Update(wire.Accepted, true))
		k.settle()
		k.want("now it is suspended", "detach", m{"closed": nil})
		k.hear(f(0, "detach", m{"handle": 7}))
		k.want("and attached again", "attach", m{"name": "out"})
	})
	t.Run("a receiver's", func(t *testing.T) {
		k, _, held := second(t, Config{}, tags...)
		k.answered(small)
		part := listed(k.want("what fits", "attach", m{"incomplete-unsettled": true}))
		require.NotEmpty(t, part)
		require.Less(t, len(part), len(tags))
		k.hear(f(0, "attach", m{"name": "in", "role": false, "handle": 9, "initial-delivery-count": 0, "unsettled": amqptest.Map{{[]byte(tags[3]), nil}}}))
		k.wantEvent("attached", LinkRemoteAttach)
		for range len(tags) - 1 {
			k.wantEvent("what the sender does not hold is settled", DeliveryUpdated)
		}
		k.wantEvent("all is back", ConnectionRestored)
		k.frames = nil
		k.hear(f(0, "transfer", m{"handle": 9, "delivery-id": 0, "delivery-tag": tags[3], "resume": true, "settled": true}))
		require.Same(t, held[tags[3]], k.wantEvent("settled", DeliveryUpdated).Delivery)
		k.want("now it is suspended", "detach", m{"closed": nil})
		k.hear(f(0, "detach", m{"handle": 9}))
		require.Empty(t, listed(k.want("and attached again", "attach", m{"name": "in", "unsettled": nil})))
		k.hear(f(0, "attach", m{"name": "in", "role": false, "handle": 9, "initial-delivery-count": 0}))
		require.Empty(t, k.events, "the application need not know")
		k.want("credit", "flow", nil)
		k.hearBytes(tx(m{"delivery-id": 1}))
		k.wantEvent("and on", DeliveryReceived)
	})
}

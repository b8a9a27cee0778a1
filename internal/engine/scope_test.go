package engine

import (
	"testing"

	"github.com/Azure/go-amqp"
	"github.com/stretchr/testify/require"

	"github.com/hadron-mq/hadron/internal/amqptest"
)

// told is the error that a peer is told.
func told(condition amqp.ErrCond) amqptest.D {
	return amqptest.D{Name: "error", Fields: m{"condition": string(condition)}}
}

// wantSessionViolation says that the session was ended with the condition, and that the application hears why.
func (k *talk) wantSessionViolation(s *Session, condition amqp.ErrCond, says string) {
	k.t.Helper()
	for len(k.frames) > 0 && k.frames[0].Name != "end" {
		k.frames = k.frames[1:]
	}
	got := k.want("the peer is told", "end", m{"error": told(condition)})
	require.Equal(k.t, s.channel, got.Channel)
	for len(k.events) > 0 && k.events[0].Kind != SessionFailed {
		k.events = k.events[1:]
	}
	e := k.wantEvent("the application hears of it", SessionFailed)
	require.Same(k.t, s, e.Session)
	k.wantCause(e.Err, "session", condition, says)
	require.Equal(k.t, Closed, s.LocalState())
}

// wantLinkViolation says that the link was closed with the condition, and that the application hears why.
func (k *talk) wantLinkViolation(l *Link, condition amqp.ErrCond, says string) {
	k.t.Helper()
	for len(k.frames) > 0 && k.frames[0].Name != "detach" {
		k.frames = k.frames[1:]
	}
	k.want("the peer is told", "detach", m{"handle": l.handle, "closed": true, "error": told(condition)})
	for len(k.events) > 0 && k.events[0].Kind != LinkFailed {
		k.events = k.events[1:]
	}
	e := k.wantEvent("the application hears of it", LinkFailed)
	require.Same(k.t, l, e.Link)
	k.wantCause(e.Err, l.role.noun(), condition, says)
	require.Equal(k.t, Closed, l.LocalState())
}

// wantCause says that an error is the peer's violation, as it was told.
func (k *talk) wantCause(err error, noun string, condition amqp.ErrCond, says string) {
	k.t.Helper()
	var v *Violation
	require.ErrorAs(k.t, err, &v)
	require.Equal(k.t, noun, v.Noun)
	var told *amqp.Error
	require.ErrorAs(k.t, err, &told)
	require.Equal(k.t, condition, told.Condition)
	require.ErrorContains(k.t, err, says)
	require.NotErrorAs(k.t, err, new(*RemoteError))
}

// goesOn says that the connection is none the worse: another session can be begun, and a link attached on it.
func (k *talk) goesOn() {
	k.t.Helper()
	k.settle()
	k.frames, k.events = nil, nil
	s := k.session(nil)
	l := s.NewLink("another", RoleReceiver)
	l.cfg.Window = 1
	require.NoError(k.t, l.Attach())
	k.settle()
	k.hear(f(s.channel, "attach", m{"name": "another", "role": false, "handle": 0, "initial-delivery-count": 0}))
	k.hear(f(s.channel, "transfer", m{"handle": 0, "delivery-id": 77, "delivery-tag": "t"}))
	k.wantEvent("attached", LinkRemoteAttach)
	k.wantEvent("a message comes", DeliveryReceived)
}

// A session that cannot process its input is ended with the error (§2.5.4). What is on its way for it is discarded until the peer ends it too.
func TestViolationsOfASession(t *testing.T) {
	for name, c := range map[string]violation{
		"channel in use":                {f(0, "begin", m{"next-outgoing-id": 0, "incoming-window": 1, "outgoing-window": 1}).Bytes(), amqp.ErrCondIllegalState, "channel 0, which has a session"},
		"handle in use":                 {f(0, "attach", m{"name": "x", "handle": 9, "role": true}).Bytes(), amqp.ErrCondHandleInUse, `handle 9 is in use by link "in"`},
		"flow for an unknown handle":    {f(0, "flow", m{"incoming-window": 1, "next-outgoing-id": 1, "outgoing-window": 1, "handle": 4}).Bytes(), amqp.ErrCondUnattachedHandle, "handle 4"},
		"flow from the future":          {f(0, "flow", m{"next-incoming-id": 5, "incoming-window": 1, "next-outgoing-id": 1, "outgoing-window": 1}).Bytes(), amqp.ErrCondInvalidField, "next-incoming-id of 5"},
		"transfer on an unknown handle": {tx(m{"handle": 4}), amqp.ErrCondUnattachedHandle, "handle 4"},
		"transfer without an id":        {tx(m{"delivery-id": nil}), amqp.ErrCondInvalidField, "no delivery-id"},
		"delivery id used again":        {append(tx(nil), tx(nil)...), amqp.ErrCondInvalidField, "delivery 0 after delivery 0"},
		"another delivery amid one":     {append(tx(m{"more": true}), tx(m{"delivery-id": 1})...), amqp.ErrCondInvalidField, "delivery 1 amid delivery 0"},
		"disposition of what was never sent": {f(0, "disposition", m{"role": true, "first": 0, "last": uint32(1<<32 - 1)}).Bytes(),
			amqp.ErrCondInvalidField, "deliveries 0 to 4294967295"},
		"disposition of the next":        {f(0, "disposition", m{"role": true, "first": 1}).Bytes(), amqp.ErrCondInvalidField, "deliveries 1 to 1"},
		"disposition backwards":          {f(0, "disposition", m{"role": true, "first": 5, "last": 2}).Bytes(), amqp.ErrCondInvalidField, "deliveries 5 to 2"},
		"disposition of what never came": {f(0, "disposition", m{"role": false, "first": 0}).Bytes(), amqp.ErrCondInvalidField, "deliveries 0 to 0"},
		"detach of an unknown handle":    {f(0, "detach", m{"handle": 4}).Bytes(), amqp.ErrCondUnattachedHandle, "handle 4"},
		"delivery id of another day":     {append(tx(nil), tx(m{"delivery-id": 2})...), amqp.ErrCondInvalidField, "delivery 2 after delivery 0"},
		"frame after the detach":         {append(f(0, "detach", m{"handle": 9, "closed": true}).Bytes(), tx(nil)...), amqp.ErrCondUnattachedHandle, "handle 9"},
	} {
		t.Run(name, func(t *testing.T) {
			k, s, out, in := linked(t)
			k.hearBytes(c.sent)
			ended := make(map[*Link]bool)
			for _, e := range k.events {
				if e.Kind == LinkRemoteDetach {
					ended[e.Link] = true
				}
			}
			require.Equal(t, map[*Link]bool{out: true, in: true}, ended, "its links hear of it too")
			k.wantSessionViolation(s, c.condition, c.says)
			out.Close(nil)
			in.Close(nil)
			k.hearBytes(c.sent)
			k.wantNothing("what was on its way is not looked at")
			k.hear(f(0, "end", nil))
			k.wantEvent("the peer has ended it too", SessionRemoteEnd)
			require.Empty(t, k.c.Sessions())
			k.goesOn()
		})
	}
}

// An error at a link endpoint detaches and destroys it (§2.6.5); the session and its other links go on.
func TestViolationsOfALink(t *testing.T) {
	for name, c := range map[string]violation{
		"sender without a count":     {f(0, "attach", m{"name": "x", "handle": 4, "role": false}).Bytes(), amqp.ErrCondInvalidField, "initial-delivery-count"},
		"transfer to a sender":       {tx(m{"handle": 7}), amqp.ErrCondNotAllowed, "the peer is the receiver"},
		"transfer without a tag":     {tx(m{"delivery-tag": nil}), amqp.ErrCondInvalidField, "delivery-tag of 0 bytes"},
		"transfer with a long tag":   {tx(m{"delivery-tag": make([]byte, 33)}), amqp.ErrCondInvalidField, "delivery-tag of 33 bytes"},
		"transfer beyond the credit": {append(append(tx(nil), tx(m{"delivery-id": 1})...), tx(m{"delivery-id": 2})...), amqp.ErrCondTransferLimitExceeded, "delivery 2"},
	} {
		t.Run(name, func(t *testing.T) {
			k, s, out, in := linked(t)
			k.hearBytes(c.sent)
			require.NotEmpty(t, k.events)
			l := k.events[len(k.events)-1].Link
			k.wantLinkViolation(l, c.condition, c.says)
			k.hear(f(0, "detach", m{"handle": l.remoteHandle, "closed": true}))
			k.wantEvent("the peer has detached it too", LinkRemoteDetach)
			require.NotContains(t, s.Links(), l)
			require.Equal(t, Active, s.LocalState())
			for _, other := range []*Link{out, in} {
				if other != l {
					require.Equal(t, Active, other.LocalState())
				}
			}
			k.goesOn()
		})
	}
}

// Input for a link that was detached with an error ends its session (§2.6.5); what came before the peer could be told does not.
func TestErrantLinks(t *testing.T) {
	flow := m{"next-incoming-id": 0, "incoming-window": 9, "next-outgoing-id": 0, "outgoing-window": 9, "handle": 9, "delivery-count": 9}
	for name, late := range map[string][]byte{"transfer": tx(m{"delivery-id": 1}), "flow": f(0, "flow", flow).Bytes()} {
		t.Run(name, func(t *testing.T) {
			k, s, _, in := linked(t)
			k.hearBytes(append(tx(m{"delivery-tag": nil}), late...))
			k.wantLinkViolation(in, amqp.ErrCondInvalidField, "delivery-tag")
			k.wantNothing("the peer could not know")
			if name == "transfer" {
				late = tx(m{"delivery-id": 2})
			}
			k.hearBytes(late)
			k.wantSessionViolation(s, amqp.ErrCondErrantLink, `link "in"`)
			k.hear(f(0, "detach", m{"handle": 9, "closed": true}), f(0, "end", nil))
			k.goesOn()
		})
	}
}

// A message after one whose link was closed over it is numbered on (§2.6.12).
func TestNumbersGoOnAfterALinkViolation(t *testing.T) {
	k, s, _, in := linked(t)
	k.hearBytes(tx(m{"delivery-tag": nil}))
	k.wantLinkViolation(in, amqp.ErrCondInvalidField, "delivery-tag")
	k.hear(f(0, "detach", m{"handle": 9, "closed": true}))
	k.wantEvent("closed", LinkRemoteDetach)
	k.receiver(s, 2)
	k.transfer(1, nil, "x")
	k.wantEvent("a message comes", DeliveryReceived)
}

// uamqp numbers deliveries by their transfer frames.
func TestNumbersMaySkipAsManyAsThereWereFrames(t *testing.T) {
	k, s, _, _ := linked(t)
	k.hearBytes(append(tx(m{"more": true}), tx(m{"delivery-id": nil, "delivery-tag": nil})...))
	k.wantEvent("of two frames", DeliveryReceived)
	k.hearBytes(tx(m{"delivery-id": 2}))
	k.wantEvent("its number is that of its frame", DeliveryReceived)
	k.hearBytes(tx(m{"delivery-id": 4}))
	k.wantSessionViolation(s, amqp.ErrCondInvalidField, "delivery 4 after delivery 2")
}

func TestTransfersBeyondTheWindow(t *testing.T) {
	k := clientTalk(t, Config{}, nil)
	s := k.session(nil)
	l := k.receiver(s, 0)
	l.AddCredit(100)
	k.settle()
	s.window.incoming = 1 // as if it were nearly used up
	var b []byte
	for i := range 2 {
		b = append(b, f(0, "transfer", m{"handle": 9, "delivery-id": i, "delivery-tag": "t"}).Bytes()...)
	}
	k.frames = nil
	k.hearBytes(b)
	k.wantSessionViolation(s, amqp.ErrCondWindowViolation, "incoming window")
}

func TestUnfinishedMessagesAreBounded(t *testing.T) {
	k := clientTalk(t, Config{MaxPartial: 100}, nil)
	l := k.receiver(k.session(nil), 10)
	k.transfer(0, m{"more": true}, string(make([]byte, 60)))
	k.hear(f(0, "transfer", m{"handle": 9, "more": true}, make([]byte, 60)))
	k.wantLinkViolation(l, amqp.ErrCondResourceLimitExceeded, "more than 100 bytes")
}

func TestLinksAreBounded(t *testing.T) {
	k := serverTalk(t, Config{MaxLinks: 2})
	k.hear(f(0, "begin", m{"next-outgoing-id": 0, "incoming-window": 10, "outgoing-window": 10}))
	s := k.wantEvent("begun", SessionRemoteBegin).Session
	require.NoError(t, s.Begin())
	for i := range 3 {
		k.hear(f(0, "attach", m{"name": string(rune('a' + i)), "handle": i, "role": true}))
	}
	k.wantSessionViolation(s, amqp.ErrCondResourceLimitExceeded, "limit of 2")
}

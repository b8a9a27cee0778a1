package engine

import (
	"testing"

	"github.com/Azure/go-amqp"
	"github.com/stretchr/testify/require"

	"github.com/hadron-mq/hadron/internal/amqptest"
)

// sentUnsettled returns a conversation in which n messages were sent that have no outcome.
func sentUnsettled(t *testing.T, cfg Config, n int) (*talk, *Session) {
	k := clientTalk(t, cfg, nil)
	s := k.session(nil)
	l := k.sender(s, 0, nil)
	k.hear(f(0, "flow", m{"next-incoming-id": 0, "incoming-window": 1 << 30, "next-outgoing-id": 0, "outgoing-window": 1000,
		"handle": 7, "delivery-count": 0, "link-credit": n}))
	for range n {
		_, err := l.Send(amqp.NewMessage(nil), false)
		require.NoError(t, err)
	}
	k.settle()
	k.frames, k.events = nil, nil
	return k, s
}

// A frame of 30 bytes may be about all there are: it costs what it is about, again and again, and an event only where there is news (§2.7.6).
func TestADispositionOfEverythingIsCharged(t *testing.T) {
	const unsettled, work = 3000, 100
	k, _ := sentUnsettled(t, Config{}, unsettled)
	turns := func() (turns int) {
		for ; turns == 0 || k.c.Pending(); turns++ {
			k.c.Grant(work)
			require.LessOrEqual(t, k.next(), work)
			require.LessOrEqual(t, len(k.c.events.events), 4, "events do not pile up")
			k.c.Flush()
		}
		return turns
	}
	received := func(offset int) amqptest.Frame {
		return f(0, "disposition", m{"role": true, "first": 0, "last": unsettled - 1,
			"state": amqptest.D{Name: "received", Fields: m{"section-number": 0, "section-offset": offset}}})
	}
	for _, c := range []struct {
		why    string
		sent   amqptest.Frame
		events int
	}{
		{"a state", received(1), unsettled},
		{"the same again", received(1), 0},
		{"another", received(2), unsettled},
		{"no state", f(0, "disposition", m{"role": true, "first": 0, "last": unsettled - 1}), 0},
		{"an outcome", f(0, "disposition", m{"role": true, "first": 0, "last": unsettled - 1, "state": amqptest.D{Name: "accepted"}}), unsettled},
		{"settled, too", f(0, "disposition", m{"role": true, "first": 0, "last": unsettled - 1, "settled": true, "state": amqptest.D{Name: "accepted"}}), unsettled},
	} {
		k.c.Feed(k.now, c.sent.Bytes())
		n := turns()
		require.GreaterOrEqual(t, n, unsettled/work, c.why)
		require.LessOrEqual(t, n, 4*unsettled/work, c.why)
		require.Len(t, k.events, c.events, c.why)
		for i, e := range k.events {
			require.Equal(t, DeliveryUpdated, e.Kind)
			require.EqualValues(t, i, e.Delivery.id)
		}
		k.events = nil
	}
	k.c.Feed(k.now, received(3).Bytes())
	require.Equal(t, 1, turns(), "nothing is left that it could be about")
}

// What follows a disposition comes after all that it has caused.
func TestADispositionIsDoneBeforeTheNextFrame(t *testing.T) {
	k, s := sentUnsettled(t, Config{}, 50)
	k.c.Feed(k.now, amqptest.Bytes(
		f(0, "disposition", m{"role": true, "first": 0, "last": 49, "settled": true, "state": amqptest.D{Name: "accepted"}}),
		f(0, "end", nil)))
	for k.c.Pending() {
		k.c.Grant(7)
		k.next()
		k.c.Flush()
	}
	require.Len(t, k.events, 52)
	require.Equal(t, SessionRemoteEnd, k.events[51].Kind)
	require.Zero(t, s.deliveries(RoleSender).n)
}

// The transport may be lost amid a disposition: what the peer has said is not sent again.
func TestADispositionIsDoneBeforeAReset(t *testing.T) {
	for name, lose := range map[string]func(*Connection){"reset": func(c *Connection) { c.Reset(nil) }, "abandon": (*Connection).Abandon} {
		t.Run(name, func(t *testing.T) {
			k, s := sentUnsettled(t, Config{Resend: true}, 50)
			k.c.Feed(k.now, f(0, "disposition", m{"role": true, "first": 0, "last": 49, "settled": true, "state": amqptest.D{Name: "accepted"}}).Bytes())
			k.c.Grant(7)
			k.next()
			lose(k.c)
			k.c.Grant(1000)
			k.next()
			accepted := 0
			for _, e := range k.events {
				if e.Kind == DeliveryUpdated && e.Delivery.RemoteSettled() {
					accepted++
				}
			}
			require.Equal(t, 50, accepted)
			for l := range s.links.all {
				require.Zero(t, l.queue.len())
			}
		})
	}
}

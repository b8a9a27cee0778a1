package engine

import (
	"fmt"
	"testing"

	"github.com/Azure/go-amqp"
	"github.com/stretchr/testify/require"

	"github.com/hadron-mq/hadron/internal/amqptest"
)

// windowOf is a flow frame that sets the session's window, when n transfers have come.
func windowOf(window, n int) amqptest.Frame {
	return f(0, "flow", m{"next-incoming-id": n, "incoming-window": window, "next-outgoing-id": 0, "outgoing-window": 1000})
}

// waitingSenders returns a conversation in which a peer has attached receivers with credit for one message each.
func waitingSenders(t *testing.T, links int) (*talk, []*Link) {
	k := serverTalk(t, Config{})
	var all []*Link
	k.on = func(e Event) {
		switch e.Kind {
		case SessionRemoteBegin:
			require.NoError(t, e.Session.Begin())
		case LinkRemoteAttach:
			require.NoError(t, e.Link.Attach())
			all = append(all, e.Link)
		}
	}
	k.hear(f(0, "begin", m{"next-outgoing-id": 0, "incoming-window": 0, "outgoing-window": 1000}))
	for i := range links {
		k.hear(f(0, "attach", m{"name": fmt.Sprint(i), "handle": i, "role": true}))
		k.hear(f(0, "flow", m{"next-incoming-id": 0, "incoming-window": 0, "next-outgoing-id": 0, "outgoing-window": 1000,
			"handle": i, "delivery-count": 0, "link-credit": 1}))
	}
	k.frames, k.events, k.on = nil, nil, nil
	return k, all
}

// A window that is opened for two at a time is given to the links in turn (§2.5.6).
func TestLinksShareAWindowInTurn(t *testing.T) {
	const links = 9
	k, all := waitingSenders(t, links)
	for _, l := range all {
		_, err := l.Send(amqp.NewMessage(nil), false)
		require.NoError(t, err)
	}
	k.wantNothing("the window is closed")
	for sent := 0; sent < links; sent += 2 {
		k.hear(windowOf(2, sent))
		for i := sent; i < min(sent+2, links); i++ {
			k.want("the next link's", "transfer", m{"handle": i})
		}
		require.Empty(t, k.frames)
	}
}

// A peer opens and closes its window again and again: links that do not wait are not visited, and those that do cost work.
func TestAWindowThatOpensAndCloses(t *testing.T) {
	const links, work = 500, 20
	k, all := waitingSenders(t, links)
	turns := func() (turns, events int) {
		for ; turns == 0 || k.c.Pending(); turns++ {
			k.c.Grant(work)
			n := k.next()
			require.LessOrEqual(t, n, work)
			events += n
			k.c.Flush()
		}
		return turns, events
	}
	for i := range 3 {
		if i == 2 {
			for _, l := range all {
				require.Zero(t, l.Credit(), "which is how a sender asks to be told")
			}
		}
		k.c.Feed(k.now, windowOf(10, 0).Bytes())
		n, events := turns()
		if i == 1 {
			require.Equal(t, 1, n)
			require.Zero(t, events, "nobody has asked since")
		} else {
			require.GreaterOrEqual(t, n, links/work)
			require.Equal(t, links, events, "each is told that it may send")
		}
		k.c.Feed(k.now, windowOf(0, 0).Bytes())
		n, _ = turns()
		require.Equal(t, 1, n)
	}
}

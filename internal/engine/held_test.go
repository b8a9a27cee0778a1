package engine

import (
	"fmt"
	"strings"
	"testing"

	"github.com/Azure/go-amqp"
	"github.com/stretchr/testify/require"

	"github.com/hadron-mq/hadron/internal/amqptest"
)

// ledger is a driver's account of what its connections hold.
type ledger struct {
	held, most, calls int
	limit             int
}

func (g *ledger) account(delta int) bool {
	g.calls++
	g.held += delta
	g.most = max(g.most, g.held)
	return g.held <= g.limit
}

// open is an application that opens what the peer begins and attaches.
func open(e Event) {
	switch e.Kind {
	case SessionRemoteBegin:
		_ = e.Session.Begin()
	case LinkRemoteAttach:
		_ = e.Link.Attach()
	case LinkRemoteDetach:
		e.Link.Close(nil)
	case SessionRemoteEnd:
		e.Session.End(nil)
	}
}

// What is kept of attaches is bounded for the connection, however they are filled.
func TestWhatAttachesSayIsBounded(t *testing.T) {
	const limit = 1 << 20
	unsettled, nested := amqptest.Map{}, m{}
	for i := range 300 {
		unsettled = append(unsettled, [2]any{[]byte(fmt.Sprint(i)), amqptest.D{Name: "accepted"}})
	}
	for i := range 60 {
		nested[fmt.Sprint(i)] = m{"x": true}
	}
	for name, more := range map[string]m{
		"a name":     {},
		"properties": {"properties": m{"x": strings.Repeat("x", 10_000)}},
		"maps":       {"properties": nested},
		"unsettled":  {"unsettled": unsettled},
	} {
		t.Run(name, func(t *testing.T) {
			k := serverTalk(t, Config{MaxHeld: limit})
			k.on = open
			k.hear(f(0, "begin", m{"next-outgoing-id": 0, "incoming-window": 10, "outgoing-window": 10}))
			before := k.c.owed()
			k.frames = nil
			links := 0
			for ; len(k.frames) == 0 || k.frames[len(k.frames)-1].Name != "end"; links++ {
				attach := m{"name": fmt.Sprint("link", links), "handle": links, "role": true}
				for field, v := range more {
					attach[field] = v
				}
				k.hear(f(0, "attach", attach))
				require.LessOrEqual(t, k.c.owed(), limit)
				require.LessOrEqual(t, links, limit/linkCost)
			}
			end := k.frames[len(k.frames)-1]
			require.Contains(t, end.String(), "amqp:resource-limit-exceeded")
			require.Contains(t, end.String(), fmt.Sprint("a limit of ", limit))
			k.hear(f(0, "end", nil))
			require.Equal(t, before-sessionCost, k.c.owed(), "all of it is given back")
			require.Zero(t, k.c.links)
			k.frames, k.events = nil, nil
			k.hear(f(0, "begin", m{"next-outgoing-id": 0, "incoming-window": 10, "outgoing-window": 10}), f(0, "attach", m{"name": "again", "handle": 0, "role": true}))
			require.Len(t, k.frames, 2, "and the connection lives")
		})
	}
}

// A driver hears of what a connection holds, and has it back at the end.
func TestADriverAccountsForWhatIsHeld(t *testing.T) {
	g := &ledger{limit: 100 << 20}
	k := clientTalk(t, Config{}, nil)
	k.c.driver.Account = g.account
	s := k.session(nil)
	k.receiver(s, 10)
	k.transfer(0, m{"more": true}, string(make([]byte, 60_000)))
	require.InDelta(t, k.c.held(), g.held, accountStep)
	require.GreaterOrEqual(t, g.held, 60_000)
	k.hear(f(0, "transfer", m{"handle": 9}, []byte("x")))
	require.Less(t, g.held, 60_000, "the message is the application's now")
	for i := range 100 {
		k.hear(f(0, "attach", m{"name": fmt.Sprint(i), "handle": 100 + i, "role": true, "properties": m{"x": strings.Repeat("x", 5_000)}}))
	}
	require.InDelta(t, k.c.held(), g.held, accountStep)
	require.Greater(t, g.held, 100*5_000)
	require.Less(t, g.calls, 200)
	k.c.Abandon()
	require.Zero(t, g.held)
	k.settle()
	require.Zero(t, g.held)
}

// What the driver has no room for is refused: a message and a link by themselves, and the connection where it is held already.
func TestADriverWithoutRoom(t *testing.T) {
	t.Run("for a message", func(t *testing.T) {
		g := &ledger{limit: 50_000}
		k := clientTalk(t, Config{}, nil)
		k.c.driver.Account = g.account
		s := k.session(nil)
		k.receiver(s, 10)
		k.transfer(0, m{"more": true}, string(make([]byte, 60_000)))
		k.want("the link is closed", "detach", m{"closed": true})
		e := k.wantEvent("and the application told", LinkFailed)
		require.ErrorContains(t, e.Err, "no room for as many")
		require.Equal(t, Active, s.LocalState())
		require.Less(t, g.held, 50_000)
	})
	t.Run("for a link", func(t *testing.T) {
		g := &ledger{limit: 10_000}
		k := clientTalk(t, Config{}, nil)
		k.session(nil)
		k.c.driver.Account = g.account
		k.hear(f(0, "attach", m{"name": "x", "handle": 1, "role": true, "properties": m{"x": strings.Repeat("x", 20_000)}}))
		e := k.wantEvent("the session is ended", SessionFailed)
		require.ErrorContains(t, e.Err, "no room for a link of")
		require.Zero(t, g.held)
	})
	t.Run("for what is held", func(t *testing.T) {
		g := &ledger{limit: 30_000}
		k := clientTalk(t, Config{}, nil)
		k.c.driver.Account = g.account
		s := k.session(nil)
		for i := range 40 {
			require.NoError(t, s.NewLink(fmt.Sprint(i), RoleSender).Attach())
		}
		k.settle()
		k.wantViolation(amqp.ErrCondResourceLimitExceeded, "there is no room for more")
	})
}

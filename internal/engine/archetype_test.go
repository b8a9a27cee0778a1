package engine

import (
	"testing"

	"github.com/Azure/go-amqp"
	"github.com/stretchr/testify/require"

	"github.com/hadron-mq/hadron/internal/amqptest"
	"github.com/hadron-mq/hadron/internal/wire"
)

// served is a conversation in which a client has begun a session with a listener.
func served(t *testing.T, cfg Config, open m) (*talk, *Session) {
	k := newTalk(t, cfg)
	k.c.StartServer(k.now, nil, false)
	fields := m{"container-id": "peer"}
	for name, v := range open {
		fields[name] = v
	}
	k.hear(amqptest.HeaderAMQP.Frame(), f(0, "open", fields))
	k.wantEvent("the peer has opened", ConnectionRemoteOpen)
	k.c.Open()
	k.hear(f(0, "begin", m{"next-outgoing-id": 0, "incoming-window": 1000, "outgoing-window": 1000}))
	s := k.wantEvent("begun", SessionRemoteBegin).Session
	require.NoError(t, s.Begin())
	k.settle()
	k.frames = nil
	return k, s
}

// A field of an attach that is not what it must be refuses the link, and nothing else (§3.5).
func TestMalformedTermini(t *testing.T) {
	source := func(fields m) m {
		return m{"name": "x", "handle": 0, "role": true, "source": amqptest.D{Name: "source", Fields: fields}}
	}
	target := func(fields m) m {
		return m{"name": "x", "handle": 0, "role": false, "initial-delivery-count": 0, "target": amqptest.D{Name: "target", Fields: fields}}
	}
	node := func(name string, v any) m {
		return m{"dynamic": true, "dynamic-node-properties": amqptest.Map{{amqptest.Symbol(name), v}}}
	}
	policy := func(symbol string) amqptest.D { return amqptest.D{Name: symbol, Value: amqptest.List{}} }
	for name, c := range map[string]struct {
		attach m
		says   string // empty where it is taken
	}{
		"expiry-policy of a source":            {source(m{"address": "q", "expiry-policy": "tomorrow"}), `source: expiry-policy "tomorrow"`},
		"expiry-policy of a target":            {target(m{"address": "q", "expiry-policy": "tomorrow"}), `target: expiry-policy "tomorrow"`},
		"a dynamic source with an address":     {source(m{"address": "q", "dynamic": true}), "source: an address"},
		"a dynamic target with an address":     {target(m{"address": "q", "dynamic": true}), "target: an address"},
		"node properties without dynamic":      {source(m{"address": "q", "dynamic-node-properties": amqptest.Map{{amqptest.Symbol("x"), "y"}}}), "where it is not dynamic"},
		"a lifetime-policy that is none":       {source(node("lifetime-policy", "for ever")), "source: lifetime-policy"},
		"a lifetime-policy of another type":    {target(node("lifetime-policy", amqptest.D{Name: "accepted"})), "target: lifetime-policy"},
		"a lifetime-policy":                    {source(node("lifetime-policy", amqptest.D{Name: "delete-on-close"})), ""},
		"supported-dist-modes of another kind": {source(node("supported-dist-modes", uint32(1))), "supported-dist-modes"},
		"supported-dist-modes that are none":   {source(node("supported-dist-modes", amqptest.Symbol("steal"))), "supported-dist-modes"},
		"one that is none among them":          {source(node("supported-dist-modes", amqptest.Array{amqptest.Symbol("move"), amqptest.Symbol("steal")})), "supported-dist-modes"},
		"supported-dist-modes":                 {source(node("supported-dist-modes", amqptest.Array{amqptest.Symbol("move"), amqptest.Symbol("copy")})), ""},
		"one supported-dist-mode":              {source(node("supported-dist-modes", amqptest.Symbol("move"))), ""},
		"a distribution-mode that is none":     {source(m{"address": "q", "distribution-mode": "steal"}), `distribution-mode "steal"`},
		"a default-outcome that is none":       {source(m{"address": "q", "default-outcome": amqptest.D{Name: "received", Fields: m{"section-number": 0, "section-offset": 0}}}), "default-outcome"},
		"a default-outcome":                    {source(m{"address": "q", "default-outcome": amqptest.D{Name: "released"}}), ""},
		"an outcome that is none":              {source(m{"address": "q", "outcomes": amqptest.Symbol("amqp:received:list")}), `outcome "amqp:received:list"`},
		"outcomes":                             {source(m{"address": "q", "outcomes": []string{"amqp:accepted:list", "vendor:lost:list"}}), ""},
		"a filter that is not described":       {source(m{"address": "q", "filter": amqptest.Map{{amqptest.Symbol("selector"), "a = 1"}}}), `filter "selector"`},
		"a filter":                             {source(m{"address": "q", "filter": amqptest.Map{{amqptest.Symbol("selector"), policy("x:selector")}}}), ""},
		"a filter of null":                     {source(m{"address": "q", "filter": amqptest.Map{{amqptest.Symbol("selector"), nil}}}), ""},
	} {
		t.Run(name, func(t *testing.T) {
			k, s := served(t, Config{}, nil)
			k.hear(f(0, "attach", c.attach))
			if c.says == "" {
				k.wantEvent("it is taken", LinkRemoteAttach)
				return
			}
			require.NotEmpty(t, k.events)
			l := k.events[0].Link
			k.want("attached only to be refused", "attach", m{"name": "x", "source": nil, "target": nil})
			k.wantLinkViolation(l, amqp.ErrCondInvalidField, c.says)
			k.hear(f(0, "detach", m{"handle": 0, "closed": true}))
			k.wantEvent("answered", LinkRemoteDetach)
			require.Empty(t, s.Links())
			require.Equal(t, Active, s.LocalState())
		})
	}
}

// What stands for a restricted type or an archetype and is of another type altogether cannot be decoded.
func TestUndecodableTermini(t *testing.T) {
	for name, c := range map[string]m{
		"durability":      {"role": true, "source": amqptest.D{Name: "source", Fields: m{"durable": uint32(3)}}},
		"snd-settle-mode": {"role": true, "snd-settle-mode": 3},
		"rcv-settle-mode": {"role": true, "rcv-settle-mode": 2},
		"default-outcome": {"role": true, "source": amqptest.D{Name: "source", Fields: m{"default-outcome": amqptest.D{Name: "declared", Fields: m{"txn-id": "x"}}}}},
		"a source":        {"role": true, "source": amqptest.D{Name: "target"}},
	} {
		t.Run(name, func(t *testing.T) {
			k, _ := served(t, Config{}, nil)
			attach := m{"name": "x", "handle": 0}
			for name, v := range c {
				attach[name] = v
			}
			k.hear(f(0, "attach", attach))
			k.wantViolation(amqp.ErrCondDecodeError, "attach frame")
		})
	}
}

// A peer that grants a dynamic node says its address (§3.5.3, §3.5.4).
func TestADynamicNodeHasAnAddress(t *testing.T) {
	k := clientTalk(t, Config{}, nil)
	s := k.session(nil)
	in, out := s.NewLink("in", RoleReceiver), s.NewLink("out", RoleSender)
	in.cfg.Source, out.cfg.Target = &wire.Source{Dynamic: true}, &wire.Target{Dynamic: true}
	require.NoError(t, in.Attach())
	require.NoError(t, out.Attach())
	k.hear(f(0, "attach", m{"name": "in", "role": false, "handle": 0, "initial-delivery-count": 0, "source": amqptest.D{Name: "source", Fields: m{"dynamic": true}}}))
	k.wantLinkViolation(in, amqp.ErrCondInvalidField, "without an address")
	k.hear(f(0, "attach", m{"name": "out", "role": true, "handle": 1, "target": amqptest.D{Name: "target", Fields: m{"dynamic": true, "address": ""}}}))
	k.wantLinkViolation(out, amqp.ErrCondInvalidField, "without an address")
}

// A delivery that is settled without an outcome has the source's default outcome (§3.5.3).
func TestDefaultOutcome(t *testing.T) {
	settled := func(state any) amqptest.Frame {
		return f(0, "disposition", m{"role": true, "first": 0, "settled": true, "state": state})
	}
	received := amqptest.D{Name: "received", Fields: m{"section-number": 0, "section-offset": 0}}
	for name, c := range map[string]struct {
		source *wire.Source
		heard  []amqptest.Frame
		want   *wire.State
	}{
		"as the source says":         {&wire.Source{DefaultOutcome: &amqp.StateReleased{}}, []amqptest.Frame{settled(nil)}, wire.Released},
		"none":                       {&wire.Source{}, []amqptest.Frame{settled(nil)}, nil},
		"no source":                  {nil, []amqptest.Frame{settled(nil)}, nil},
		"an outcome goes before it":  {&wire.Source{DefaultOutcome: &amqp.StateReleased{}}, []amqptest.Frame{settled(amqptest.D{Name: "accepted"})}, wire.Accepted},
		"also one that came earlier": {&wire.Source{DefaultOutcome: &amqp.StateReleased{}}, []amqptest.Frame{f(0, "disposition", accepted(false, 0, nil)), settled(nil)}, wire.Accepted},
		"received is no outcome": {&wire.Source{DefaultOutcome: &amqp.StateReleased{}},
			[]amqptest.Frame{f(0, "disposition", m{"role": true, "first": 0, "state": received}), settled(nil)}, wire.Released},
	} {
		t.Run("of a sender, "+name, func(t *testing.T) {
			k := clientTalk(t, Config{}, nil)
			l := k.sender(k.session(nil), 1, nil)
			l.cfg.Source = c.source
			d, err := l.Send(amqp.NewMessage(nil), false)
			require.NoError(t, err)
			k.hear(c.heard...)
			require.True(t, d.RemoteSettled())
			require.True(t, c.want.Same(d.RemoteState()))
		})
	}
	t.Run("of a receiver", func(t *testing.T) {
		k, _, _, in := linked(t)
		in.peer.Source = &wire.Source{DefaultOutcome: &amqp.StateModified{DeliveryFailed: true}}
		k.hearBytes(tx(nil))
		d := k.wantEvent("came", DeliveryReceived).Delivery
		require.NoError(t, d.Update(nil, true))
		k.settle()
		k.want("settled, and no more is said", "disposition", m{"first": 0, "settled": true, "state": nil})
		require.True(t, (&wire.State{Code: wire.CodeModified, DeliveryFailed: true}).Same(d.LocalState()))
	})
}

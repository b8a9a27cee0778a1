package engine

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/Azure/go-amqp"
	"github.com/stretchr/testify/require"

	"github.com/hadron-mq/hadron/internal/wire"
	"github.com/hadron-mq/hadron/sasl"
)

// pump is two engines whose outputs are each other's inputs, and their applications.
type pump struct {
	client, server *Connection
	now            time.Time
	on             map[*Connection]func(Event)
	pieces         func() int // how many bytes travel at a time; nil for all
	spare          []byte
	failed         []error
}

func newPump(client, server Config) *pump {
	p := &pump{client: NewConnection(client), server: NewConnection(server), now: time.Unix(1000, 0)}
	p.on = map[*Connection]func(Event){p.client: func(Event) {}, p.server: func(Event) {}}
	return p
}

func (p *pump) start(t testing.TB) {
	offers, err := sasl.Offers(t.Context(), sasl.Peer{}, []sasl.Mechanism{sasl.Plain("me", "secret")})
	require.NoError(t, err)
	p.client.Open()
	p.client.StartClient(p.now, sasl.NewClientLayer("", offers))
	check := func(user, password string) error {
		if user != "me" || password != "secret" {
			return sasl.ErrAuthentication
		}
		return nil
	}
	p.server.StartServer(p.now, sasl.NewServerLayer([]sasl.ServerMechanism{sasl.PlainServer(check)}, sasl.Peer{}), true)
}

// turn runs one engine's turn, and says whether anything happened.
func (p *pump) turn(c, peer *Connection) bool {
	moved := false
	p.dispatch(c)
	c.Flush()
	out := c.TakeOutput(p.now, p.spare).Join()
	p.spare = out
	if p.pieces == nil {
		moved = len(out) > 0
		peer.Feed(p.now, out)
		p.dispatch(peer)
		return moved || c.Pending() || c.Starved()
	}
	p.spare = nil
	for len(out) > 0 {
		n := min(len(out), p.pieces())
		piece := bytes.Clone(out[:n])
		peer.Feed(p.now, piece)
		p.dispatch(peer)
		clear(piece) // the driver has its chunk back
		out = out[n:]
		moved = true
	}
	return moved || c.Pending() || c.Starved()
}

func (p *pump) dispatch(c *Connection) {
	for e := c.Next(); e != nil; e = c.Next() {
		switch e.Kind {
		case TransportFailed:
			p.failed = append(p.failed, e.Err)
		case ConnectionRemoteOpen:
			c.Open()
		case SessionRemoteBegin:
			_ = e.Session.Begin()
		}
		p.on[c](*e)
	}
}

// run turns both until neither has anything to do.
func (p *pump) run() {
	for p.turn(p.client, p.server) || p.turn(p.server, p.client) {
	}
}

// Two engines exchange messages of every size, in pieces of every size, with every outcome, over several links and sessions.
func TestTwoEngines(t *testing.T) {
	for seed := range uint64(20) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			random := rand.New(rand.NewPCG(seed, 1))
			frame := uint32(512 + random.IntN(3000))
			p := newPump(Config{ContainerID: "c", MaxFrameSize: frame, OutputLimit: 1 + random.IntN(5000)}, Config{ContainerID: "s", MaxFrameSize: frame, OutputLimit: 1 + random.IntN(5000)})
			p.pieces = func() int { return 1 + random.IntN(2000) }

			states := []*wire.State{wire.Accepted, wire.Released, {Code: wire.CodeRejected}, {Code: wire.CodeModified, DeliveryFailed: true}}
			type message struct {
				body  []byte
				state *wire.State
			}
			received := make(map[string]message)
			p.on[p.server] = func(e Event) {
				switch e.Kind {
				case LinkRemoteAttach:
					cfg := e.Link.Config()
					cfg.Window, cfg.RcvSettleMode = uint32(1+random.IntN(20)), e.Link.Peer().RcvSettleMode
					require.NoError(t, e.Link.Attach())
				case DeliveryReceived:
					m, err := wire.DecodeMessage(e.Delivery.Encoded())
					require.NoError(t, err)
					state := states[random.IntN(len(states))]
					received[e.Link.Name()+string(e.Delivery.Tag())] = message{m.GetData(), state}
					require.NoError(t, e.Delivery.Update(state, true))
				}
			}
			const links, each = 6, 40
			sent := make(map[*Delivery][]byte)
			count := make(map[*Link]int)
			outcomes := 0
			p.on[p.client] = func(e Event) {
				switch e.Kind {
				case LinkSendable:
					for e.Link.Credit() > 0 && count[e.Link] < each {
						count[e.Link]++
						body := bytes.Repeat([]byte{byte(count[e.Link])}, random.IntN(4000))
						d, err := e.Link.Send(amqp.NewMessage(body), false)
						require.NoError(t, err)
						sent[d] = body
					}
				case DeliveryUpdated:
					body, ok := sent[e.Delivery]
					require.True(t, ok, "one outcome each")
					got := received[e.Link.Name()+string(e.Delivery.Tag())]
					require.Equal(t, body, append([]byte{}, got.body...))
					require.Equal(t, got.state.Code, e.Delivery.RemoteState().Code)
					delete(sent, e.Delivery)
					require.NoError(t, e.Delivery.Update(e.Delivery.RemoteState(), true))
					outcomes++
				}
			}
			p.start(t)
			for i := range 2 {
				s := p.client.NewSession()
				require.NoError(t, s.Begin())
				for j := range links / 2 {
					l := s.NewLink(fmt.Sprintf("%d-%d", i, j), RoleSender)
					l.Config().RcvSettleMode = amqp.ReceiverSettleMode(j % 2)
					require.NoError(t, l.Attach())
				}
			}
			p.run()
			require.Empty(t, p.failed)
			require.Equal(t, links*each, outcomes)
			require.Empty(t, sent)
			for _, c := range []*Connection{p.client, p.server} {
				require.Zero(t, c.partial)
				for _, s := range c.Sessions() {
					require.Zero(t, s.unsettled[0].n+s.unsettled[1].n)
				}
			}
			mechanism, user := p.server.Login()
			require.Equal(t, "PLAIN me", mechanism+" "+user)
			p.client.Close(nil)
			p.on[p.server] = func(e Event) {
				if e.Kind == ConnectionRemoteClose {
					p.server.Close(nil)
				}
			}
			p.run()
			require.True(t, p.client.Finished() && p.server.Finished())
		})
	}
}

func TestAWrongPasswordEndsTheConnection(t *testing.T) {
	p := newPump(Config{ContainerID: "c"}, Config{ContainerID: "s"})
	offers, err := sasl.Offers(t.Context(), sasl.Peer{}, []sasl.Mechanism{sasl.Plain("me", "wrong")})
	require.NoError(t, err)
	p.client.Open()
	p.client.StartClient(p.now, sasl.NewClientLayer("", offers))
	check := func(string, string) error { return sasl.ErrAuthentication }
	p.server.StartServer(p.now, sasl.NewServerLayer([]sasl.ServerMechanism{sasl.PlainServer(check)}, sasl.Peer{}), true)
	p.run()
	require.Len(t, p.failed, 2)
	for _, err := range p.failed {
		require.ErrorIs(t, err, sasl.ErrAuthentication)
		require.NotContains(t, err.Error(), "wrong")
	}
	require.Zero(t, p.server.RemoteState())
}

func TestALoginIsRequired(t *testing.T) {
	p := newPump(Config{ContainerID: "c"}, Config{ContainerID: "s"})
	p.client.Open()
	p.client.StartClient(p.now, nil)
	p.server.StartServer(p.now, sasl.NewServerLayer([]sasl.ServerMechanism{sasl.AnonymousServer()}, sasl.Peer{}), true)
	p.run()
	require.Len(t, p.failed, 2)
	require.ErrorContains(t, p.failed[0], "the peer did not log in")
	require.ErrorContains(t, p.failed[1], "the peer speaks SASL")
}

// BenchmarkPump is one message from end to end and its outcome back, without sockets: what the engine itself costs.
func BenchmarkPump(b *testing.B) {
	for _, settled := range []bool{false, true} {
		b.Run(map[bool]string{false: "accepted", true: "settled"}[settled], func(b *testing.B) {
			p := newPump(Config{ContainerID: "c"}, Config{ContainerID: "s"})
			sent, done := 0, 0
			m := amqp.NewMessage(make([]byte, 100))
			p.on[p.server] = func(e Event) {
				switch e.Kind {
				case LinkRemoteAttach:
					e.Link.Config().Window = 1000
					_ = e.Link.Attach()
				case DeliveryReceived:
					_ = e.Delivery.Update(wire.Accepted, true)
					if settled {
						done++
					}
				}
			}
			p.on[p.client] = func(e Event) {
				switch e.Kind {
				case LinkSendable:
					for e.Link.Credit() > 0 && sent < b.N {
						sent++
						_, _ = e.Link.Send(m, settled)
					}
				case DeliveryUpdated:
					_ = e.Delivery.Update(wire.Accepted, true)
					done++
				}
			}
			p.start(b)
			s := p.client.NewSession()
			_ = s.Begin()
			l := s.NewLink("out", RoleSender)
			if settled {
				l.Config().SndSettleMode = amqp.SenderSettleModeSettled
			}
			b.ReportAllocs()
			b.ResetTimer()
			_ = l.Attach()
			p.run()
			require.Equal(b, b.N, done)
		})
	}
}

package engine

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/Azure/go-amqp"
	"github.com/stretchr/testify/require"

	"github.com/hadron-mq/hadron/internal/amqptest"
	"github.com/hadron-mq/hadron/internal/wire"
)

// again begins another transport, as clientTalk and its like have begun the first.
func (k *talk) again() {
	k.c.Reset(nil)
	k.frames, k.rest = nil, nil
	k.c.StartClient(k.now, nil)
	k.settle()
	k.wantHeader(amqptest.HeaderAMQP)
	k.want("the same open", "open", m{"container-id": k.c.cfg.ContainerID})
}

func TestEndpointsOutliveTheirTransport(t *testing.T) {
	k := clientTalk(t, Config{Resend: true}, nil)
	s := k.session(nil)
	out := k.sender(s, 3, nil)
	in := k.receiver(s, 10)
	k.transfer(0, nil, "x")
	came := k.wantEvent("came", DeliveryReceived).Delivery

	var sent []*Delivery
	for i := range 5 { // three leave, two wait
		d, err := out.Send(amqp.NewMessage([]byte{byte(i)}), false)
		require.NoError(t, err)
		sent = append(sent, d)
	}
	k.settle()
	k.hear(f(0, "disposition", accepted(true, 1, nil)))
	require.Same(t, sent[1], k.wantEvent("the second has its outcome", DeliveryUpdated).Delivery)
	require.NoError(t, sent[1].Update(wire.Accepted, true))

	k.again()
	k.want("the same session", "begin", m{"remote-channel": nil})
	k.want("the same links", "attach", m{"name": "out", "role": false, "initial-delivery-count": 0})
	k.want("the same links", "attach", m{"name": "in", "role": true})
	require.ErrorIs(t, came.Update(wire.Accepted, true), ErrLost)
	require.Equal(t, 4, out.Queued())

	k.hear(amqptest.HeaderAMQP.Frame(), f(0, "open", m{"container-id": "peer"}),
		f(0, "begin", m{"remote-channel": 0, "next-outgoing-id": 0, "incoming-window": 100, "outgoing-window": 100}),
		f(0, "attach", m{"name": "in", "role": false, "handle": 9, "initial-delivery-count": 4}))
	k.wantEvent("open", ConnectionRemoteOpen)
	require.Same(t, s, k.wantEvent("begin", SessionRemoteBegin).Session)
	require.Same(t, in, k.wantEvent("attach", LinkRemoteAttach).Link)
	k.want("and the window anew", "flow", m{"link-credit": 10, "delivery-count": 4})
	k.hear(f(0, "attach", m{"name": "out", "role": true, "handle": 7}))
	require.Same(t, out, k.wantEvent("attach", LinkRemoteAttach).Link)
	k.wantEvent("all is back", ConnectionRestored)
	k.credit(s, 10)
	for i, d := range []*Delivery{sent[0], sent[2], sent[3], sent[4]} {
		frame := k.want("in order, under the same tags", "transfer", m{"delivery-id": i, "delivery-tag": d.Tag()})
		require.Equal(t, d.Tag()[7]-1, frame.Payload[5])
	}
	k.wantEvent("and more may be sent", LinkSendable)
	k.hear(f(0, "disposition", accepted(true, 0, 3)))
	for _, d := range []*Delivery{sent[0], sent[2], sent[3], sent[4]} {
		require.Same(t, d, k.wantEvent("one outcome each", DeliveryUpdated).Delivery)
		require.NoError(t, d.Update(wire.Accepted, true))
	}
	require.Zero(t, out.Unsettled())
	k.wantNothing("that is all")
}

func TestFailInFlight(t *testing.T) {
	k := clientTalk(t, Config{Resend: true}, nil)
	s := k.session(nil)
	out := k.sender(s, 1, nil)
	out.cfg.FailInFlight = true
	first, err := out.Send(amqp.NewMessage(nil), false)
	require.NoError(t, err)
	_, err = out.Send(amqp.NewMessage(nil), false)
	require.NoError(t, err)
	k.settle()
	k.again()
	require.Same(t, first, k.wantEvent("released", DeliveryUpdated).Delivery)
	require.Equal(t, wire.Released, first.RemoteState())
	require.Equal(t, 1, out.Queued(), "what never left still waits")
}

func TestCreditOfTheApplicationsOwnSurvives(t *testing.T) {
	k := clientTalk(t, Config{}, nil)
	s := k.session(nil)
	in := k.receiver(s, 0)
	in.AddCredit(3)
	k.settle()
	k.want("three", "flow", m{"link-credit": 3})
	k.transfer(0, m{"settled": true}, "x")
	k.again()
	k.want("begin", "begin", nil)
	k.want("attach", "attach", nil)
	k.hear(amqptest.HeaderAMQP.Frame(), f(0, "open", m{"container-id": "peer"}),
		f(0, "begin", m{"remote-channel": 0, "next-outgoing-id": 0, "incoming-window": 100, "outgoing-window": 100}),
		f(0, "attach", m{"name": "in", "role": false, "handle": 9, "initial-delivery-count": 4}))
	k.want("one was used", "flow", m{"link-credit": 2})
}

func TestALinkIsSuspendedAndResumed(t *testing.T) {
	k := clientTalk(t, Config{Resend: true}, nil)
	s := k.session(nil)
	out := k.sender(s, 5, nil)
	d, err := out.Send(amqp.NewMessage([]byte("x")), false)
	require.NoError(t, err)
	k.settle()
	k.hear(f(0, "detach", m{"handle": 7, "closed": true, "error": amqptest.D{Name: "error", Fields: m{"condition": "amqp:link:detach-forced"}}}))
	k.frames, k.events = nil, nil
	out.Suspend(nil)
	k.settle()
	k.want("answered in kind", "detach", m{"closed": true})
	_, err = out.Send(amqp.NewMessage([]byte("y")), false)
	require.NoError(t, err, "it waits")
	k.wantNothing("until it is resumed")
	out.Resume()
	k.settle()
	k.want("the same name", "attach", m{"name": "out"})
	k.hear(f(0, "attach", m{"name": "out", "role": true, "handle": 7}))
	require.Same(t, out, k.wantEvent("attach", LinkRemoteAttach).Link)
	k.hear(f(0, "flow", m{"next-incoming-id": 1, "incoming-window": 1000, "next-outgoing-id": 0, "outgoing-window": 1, "handle": 7, "delivery-count": 0, "link-credit": 5}))
	k.want("again", "transfer", m{"delivery-id": 1, "delivery-tag": d.Tag()})
	k.want("and what waited", "transfer", m{"delivery-id": 2})
}

// Whatever the point at which transports are lost: each delivery has one outcome, and what was accepted has arrived.
func TestNothingIsLostWhenTransportsAre(t *testing.T) {
	for seed := range uint64(30) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			random := rand.New(rand.NewPCG(seed, 2))
			const messages = 400
			arrived := make(map[uint64]int)
			outcomes := make(map[uint64]int)
			numbers := make(map[*Delivery]uint64)
			next := uint64(0)
			client := NewConnection(Config{ContainerID: "c", Resend: true, MaxFrameSize: 600})
			client.Open()
			s := client.NewSession()
			require.NoError(t, s.Begin())
			l := s.NewLink("out", RoleSender)
			require.NoError(t, l.Attach())
			transports := 0
			for len(outcomes) < messages {
				transports++
				require.Less(t, transports, 10000)
				p := newPump(Config{}, Config{ContainerID: "s", MaxFrameSize: 600})
				p.client = client
				p.on[client] = func(e Event) {
					switch e.Kind {
					case LinkSendable:
						for e.Link.Credit() > 0 && next < messages {
							body := binary.BigEndian.AppendUint64(nil, next)
							d, err := e.Link.Send(amqp.NewMessage(append(body, make([]byte, random.IntN(1500))...)), false)
							require.NoError(t, err)
							numbers[d] = next
							next++
						}
					case DeliveryUpdated:
						outcomes[numbers[e.Delivery]]++
						require.Positive(t, arrived[numbers[e.Delivery]], "accepted without having arrived")
						require.NoError(t, e.Delivery.Update(wire.Accepted, true))
					}
				}
				p.on[p.server] = func(e Event) {
					switch e.Kind {
					case LinkRemoteAttach:
						e.Link.Config().Window = 20
						require.NoError(t, e.Link.Attach())
					case DeliveryReceived:
						msg, err := wire.DecodeMessage(e.Delivery.Encoded())
						require.NoError(t, err)
						arrived[binary.BigEndian.Uint64(msg.GetData())]++
						require.NoError(t, e.Delivery.Update(wire.Accepted, true))
					}
				}
				client.StartClient(p.now, nil)
				p.server.StartServer(p.now, nil, false)
				left := random.IntN(50000) // bytes until the cut, both ways together
				p.pieces = func() int { return 1 + random.IntN(900) }
				for left > 0 && (p.cut(client, p.server, &left) || p.cut(p.server, client, &left)) {
				}
				require.Empty(t, p.failed)
				client.Reset(nil)
				p.dispatch(client)
			}
			for i := range uint64(messages) {
				require.Equal(t, 1, outcomes[i])
				require.Positive(t, arrived[i])
			}
			require.Zero(t, l.Unsettled())
			require.Zero(t, l.Queued())
		})
	}
}

// cut is turn, on a transport that carries only so many bytes more.
func (p *pump) cut(c, peer *Connection, left *int) bool {
	p.dispatch(c)
	c.Flush()
	out := c.TakeOutput(p.now, nil).Join()
	moved := len(out) > 0
	for len(out) > 0 && *left > 0 {
		n := min(len(out), p.pieces(), *left)
		peer.Feed(p.now, out[:n:n])
		p.dispatch(peer)
		out, *left = out[n:], *left-n
	}
	return moved || c.Pending() || c.Starved()
}

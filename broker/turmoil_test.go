package broker_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"sync"
	"testing"

	"github.com/Azure/go-amqp"
	"github.com/stretchr/testify/require"

	"github.com/hadron-mq/hadron/broker"
)

// Nothing that was accepted is lost, whatever consumers do with it and however they end.
func TestNothingIsLostInTurmoil(t *testing.T) { onLoops(t, turmoil) }

func turmoil(t *testing.T, loops broker.Option) {
	const producers, each, consumers, space = 3, 150, 4, 20
	b := start(t, loops, broker.QueueLimit(space))
	ctx, done := context.WithCancel(within(t))
	defer done()
	var mu sync.Mutex
	got := make(map[string]bool)
	accepted := func(m *amqp.Message) {
		mu.Lock()
		defer mu.Unlock()
		if got[string(m.GetData())] = true; len(got) == producers*each {
			done()
		}
	}
	var all sync.WaitGroup
	for p := range producers {
		c := connect(t, b)
		s := c.sender("q", nil)
		all.Go(func() {
			for i := range each {
				if err := s.Send(c.ctx, amqp.NewMessage(fmt.Appendf(nil, "%d/%d", p, i)), nil); err != nil {
					t.Errorf("send: %v", err)
					done()
					return
				}
			}
		})
	}
	for i := range consumers {
		all.Go(func() {
			random := rand.New(rand.NewPCG(1, uint64(i)))
			for ctx.Err() == nil {
				consume(ctx, b, random, accepted)
			}
		})
	}
	all.Wait()
	require.Equal(t, producers*each, len(got))
	c := connect(t, b)
	left := c.receiver("q", &amqp.ReceiverOptions{Credit: -1}) // those whose accept was lost on its way
	require.NoError(t, left.IssueCredit(space))
	require.NoError(t, left.DrainCredit(c.ctx, nil))
	for m := left.Prefetched(); m != nil; m = left.Prefetched() {
		require.True(t, got[string(m.GetData())])
		require.NoError(t, left.AcceptMessage(c.ctx, m))
	}
	s := c.sender("q", nil)
	for range space { // all of the space is free again
		c.send(s, "last")
	}
}

// consume receives some messages on a connection of its own, has an outcome for most of them, and ends somehow.
func consume(ctx context.Context, b *broker.Broker, random *rand.Rand, accepted func(*amqp.Message)) {
	socket, err := net.Dial("tcp", b.Addr().String())
	if err != nil {
		return
	}
	defer func() { _ = socket.Close() }()
	conn, err := amqp.NewConn(ctx, socket, nil)
	if err != nil {
		return
	}
	defer func() { _ = conn.Close() }()
	session, err := conn.NewSession(ctx, nil)
	if err != nil {
		return
	}
	r, err := session.NewReceiver(ctx, "q", &amqp.ReceiverOptions{Credit: int32(1 + random.IntN(8))})
	if err != nil {
		return
	}
	for n := random.IntN(40); n > 0; n-- {
		m, err := r.Receive(ctx, nil)
		if err != nil {
			return
		}
		switch random.IntN(8) {
		case 0:
			err = r.ReleaseMessage(ctx, m)
		case 1: // and ends soon: nobody might be left for the message
			err = r.ModifyMessage(ctx, m, &amqp.ModifyMessageOptions{DeliveryFailed: true, UndeliverableHere: true})
			n = 1
		case 2:
			err = r.ModifyMessage(ctx, m, &amqp.ModifyMessageOptions{Annotations: amqp.Annotations{"seen": "yes"}})
		case 3: // kept to the end
			n = 1
		default:
			if err = r.AcceptMessage(ctx, m); err == nil {
				accepted(m)
			}
		}
		if err != nil {
			return
		}
	}
	switch random.IntN(3) {
	case 0:
		_ = socket.Close()
	case 1:
		_ = r.Close(ctx)
	}
}

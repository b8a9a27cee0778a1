package broker_test

import (
	"context"
	"encoding/binary"
	"log/slog"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/Azure/go-amqp"
	"github.com/stretchr/testify/require"

	"github.com/hadron-mq/hadron/container"
	"github.com/hadron-mq/hadron/handler"
	"github.com/hadron-mq/hadron/internal/amqptest"
	"github.com/hadron-mq/hadron/receiver"
	"github.com/hadron-mq/hadron/sender"
)

// cuts are the points of a count at which a proxy resets its connections. It is asked on a loop, while the connection is at work.
type cuts struct {
	proxy *amqptest.Proxy
	at    []int
	made  int
}

func newCuts(t *testing.T, target string, cut, messages int, random *rand.Rand) *cuts {
	c := &cuts{proxy: amqptest.NewProxy(t, target)}
	for range cut {
		c.at = append(c.at, 1+random.IntN(messages*9/10))
	}
	slices.Sort(c.at)
	return c
}

// count cuts where it is time to, once each connection.
func (c *cuts) count(n, reconnected int) {
	if len(c.at) > 0 && n >= c.at[0] && reconnected == c.made {
		c.at = c.at[1:]
		c.made++
		c.proxy.CutAll()
	}
}

// ahead is how far a client may run ahead of the cuts: what it does while it waits for one, or for the connection that comes after it, is none of
// what the cuts are spread over.
const ahead = 10

// next is the count at which the next cut is made, last where there is none left.
func (c *cuts) next(last int) int {
	if len(c.at) == 0 {
		return last
	}
	return c.at[0]
}

// producer sends numbered messages until all are accepted.
type producer struct {
	handler.Base
	t              *testing.T
	cuts           *cuts
	messages, sent int
	outcomes       []uint8 // by number
	accepted       int
	reconnected    int
}

func (p *producer) OnStart(e *handler.Event) {
	conn, err := e.Container().Connect("amqp://" + p.cuts.proxy.Addr())
	require.NoError(p.t, err)
	_, err = e.Container().CreateSender(conn, "q")
	require.NoError(p.t, err)
}

func (p *producer) OnSendable(e *handler.Event) { p.send(e.Sender()) }

func (p *producer) send(s *sender.Sender) {
	for s.Credit() > 0 && p.sent < min(p.messages, max(p.accepted, p.cuts.next(p.messages))+ahead) {
		d, err := s.Send(amqp.NewMessage(binary.BigEndian.AppendUint32(nil, uint32(p.sent))))
		require.NoError(p.t, err)
		d.SetContext(p.sent)
		p.sent++
	}
}

func (p *producer) OnAccepted(e *handler.Event) {
	p.outcomes[e.Delivery().Context().(int)]++
	if p.accepted++; p.accepted == p.messages {
		e.Connection().Close()
		return
	}
	p.cuts.count(p.accepted, p.reconnected)
	p.send(e.Sender())
}

func (p *producer) OnReconnected(*handler.Event) { p.reconnected++ }

// consumer receives until it has seen all messages.
type consumer struct {
	handler.Base
	t           *testing.T
	cuts        *cuts
	received    []uint8 // by number
	all, seen   int
	reconnected int
}

func (c *consumer) OnStart(e *handler.Event) {
	conn, err := e.Container().Connect("amqp://" + c.cuts.proxy.Addr())
	require.NoError(c.t, err)
	_, err = e.Container().CreateReceiver(conn, "q", receiver.Credit(ahead))
	require.NoError(c.t, err)
}

func (c *consumer) OnMessage(e *handler.Event) {
	n := binary.BigEndian.Uint32(e.Message().GetData())
	c.all++
	if c.received[n]++; c.received[n] == 1 {
		c.seen++
	}
	if c.seen == len(c.received) {
		e.Connection().Close()
		return
	}
	c.cuts.count(c.all, c.reconnected)
}

func (c *consumer) OnReconnected(*handler.Event) { c.reconnected++ }

// Many messages go through the broker while the connections of those who send and receive them are cut at random. The broker lives.
func TestConnectionsThatAreCutAtRandom(t *testing.T) {
	messages, cut := 100_000, 200
	if testing.Short() {
		messages, cut = 10_000, 40
	}
	seed := rand.Uint64()
	random := rand.New(rand.NewPCG(seed, 3))
	b := start(t)
	p := &producer{t: t, messages: messages, outcomes: make([]uint8, messages), cuts: newCuts(t, b.Addr().String(), cut/2, messages, random)}
	c := &consumer{t: t, received: make([]uint8, messages), cuts: newCuts(t, b.Addr().String(), cut/2, messages, random)}
	began := time.Now()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	var both sync.WaitGroup
	for _, h := range []handler.MessagingHandler{p, c} {
		both.Go(func() {
			if err := container.New(h, container.Logger(slog.New(slog.DiscardHandler))).Run(ctx); err != nil {
				t.Errorf("run: %v", err)
			}
		})
	}
	both.Wait()
	require.NoError(t, ctx.Err(), "seed %d: %d sent, %d accepted, %d received, %d of them seen first", seed, p.sent, p.accepted, c.all, c.seen)
	for n := range messages {
		require.EqualValues(t, 1, p.outcomes[n], "seed %d: outcomes of message %d", seed, n)
		require.Positive(t, c.received[n], "seed %d: message %d is lost", seed, n)
	}
	require.Equal(t, cut, p.cuts.made+c.cuts.made, "cuts")
	t.Logf("%d messages in %v; %d and %d cuts, %d and %d times reconnected; %d messages came again", messages,
		time.Since(began).Round(time.Millisecond), p.cuts.made, c.cuts.made, p.reconnected, c.reconnected, c.all-messages)
}

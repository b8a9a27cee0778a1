package broker_test

import (
	"context"
	"encoding/binary"
	"fmt"
	"log/slog"
	"testing"
	"time"

	"github.com/Azure/go-amqp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/hadron-mq/hadron/broker"
	"github.com/hadron-mq/hadron/connection"
	"github.com/hadron-mq/hadron/container"
	"github.com/hadron-mq/hadron/handler"
	"github.com/hadron-mq/hadron/internal/amqptest"
	"github.com/hadron-mq/hadron/receiver"
)

// traffic is a client that sends numbered messages to a queue and receives them from it, until each has its outcome and has been seen.
type traffic struct {
	handler.Base
	t        testing.TB
	url      string
	queue    string
	messages int
	options  []connection.Option

	conn        *connection.Connection
	sent        int
	outcomes    []int // by number: how many
	accepted    int
	received    []int // by number: how often
	seen        int
	reconnected int
	spoilt      bool // something came that nobody sent
}

func newTraffic(t testing.TB, address, queue string, messages int, opts ...connection.Option) *traffic {
	return &traffic{t: t, url: "amqp://" + address, queue: queue, messages: messages, options: opts,
		outcomes: make([]int, messages), received: make([]int, messages)}
}

func (c *traffic) OnStart(e *handler.Event) {
	var err error
	c.conn, err = e.Container().Connect(c.url, c.options...)
	require.NoError(c.t, err)
	_, err = e.Container().CreateSender(c.conn, c.queue)
	require.NoError(c.t, err)
	_, err = e.Container().CreateReceiver(c.conn, c.queue, receiver.Credit(4))
	require.NoError(c.t, err)
}

func (c *traffic) OnSendable(e *handler.Event) {
	for e.Sender().Credit() > 0 && c.sent < c.messages {
		body := binary.BigEndian.AppendUint64(nil, uint64(c.sent))
		if c.sent == c.messages/2 {
			body = append(body, make([]byte, 2000)...) // more than one frame
		}
		d, err := e.Sender().Send(amqp.NewMessage(body))
		require.NoError(c.t, err)
		d.SetContext(c.sent)
		c.sent++
	}
}

func (c *traffic) OnAccepted(e *handler.Event) {
	n := e.Delivery().Context().(int)
	if c.outcomes[n]++; c.outcomes[n] == 1 {
		c.accepted++
	}
	c.done()
}

func (c *traffic) OnMessage(e *handler.Event) {
	n := binary.BigEndian.Uint64(e.Message().GetData())
	if n >= uint64(c.messages) { // a frame that was cut at the wrong place
		c.spoil()
		return
	}
	if c.received[n]++; c.received[n] == 1 {
		c.seen++
	}
	c.done()
}

// OnSessionError and OnLinkError are the end: what they are about does not come back.
func (c *traffic) OnSessionError(*handler.Event) { c.spoil() }
func (c *traffic) OnLinkError(*handler.Event)    { c.spoil() }

func (c *traffic) spoil() {
	c.spoilt = true
	c.conn.Close()
}

func (c *traffic) OnReconnected(*handler.Event) { c.reconnected++ }

func (c *traffic) done() {
	if c.accepted == c.messages && c.seen == c.messages {
		c.conn.Close()
	}
}

// run runs the client to its end.
func (c *traffic) run() error {
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	err := container.New(c, container.Logger(slog.New(slog.DiscardHandler)), container.Grace(time.Second)).Run(ctx)
	assert.NoError(c.t, ctx.Err(), "the conversation did not come to its end: %d sent, %d accepted, %d seen", c.sent, c.accepted, c.seen)
	return err
}

// complete says that each message has one outcome and has arrived, and returns how many came once more.
func (c *traffic) complete() (duplicates int) {
	c.t.Helper()
	for n := range c.messages {
		assert.Equal(c.t, 1, c.outcomes[n], "outcomes of message %d", n)
		assert.Positive(c.t, c.received[n], "message %d is lost", n)
		duplicates += c.received[n] - 1
	}
	return duplicates
}

const few = 10 // messages

// small makes frames that a message may not fit into.
var small = connection.MaxFrameSize(1 << 10)

// record runs the traffic once with no fault, and returns where its frames begin.
func record(t *testing.T, b *broker.Broker) map[amqptest.Direction][]int64 {
	t.Helper()
	proxy := amqptest.NewProxy(t, b.Addr().String())
	c := newTraffic(t, proxy.Addr(), "recorded", few, small)
	require.NoError(t, c.run())
	require.Zero(t, c.complete())
	frames := map[amqptest.Direction][]int64{
		amqptest.ToTarget:   proxy.FrameBoundaries(0, amqptest.ToTarget),
		amqptest.FromTarget: proxy.FrameBoundaries(0, amqptest.FromTarget),
	}
	for dir, at := range frames {
		require.Greater(t, len(at), 10, dir)
	}
	return frames
}

// The connection is killed at each frame of a session, in each direction, once by FIN and once by RST.
func TestAConnectionThatIsKilledAtEachFrame(t *testing.T) {
	b := start(t, broker.Connections(small))
	runs, again, duplicates := 0, 0, 0
	for dir, boundaries := range record(t, b) {
		for _, at := range boundaries {
			for _, fault := range []amqptest.Fault{amqptest.Cut(dir, at), amqptest.Reset(dir, at)} {
				t.Run(fault.String(), func(t *testing.T) {
					proxy := amqptest.NewProxy(t, b.Addr().String())
					proxy.FaultOn(0, fault)
					c := newTraffic(t, proxy.Addr(), fault.String(), few, small)
					require.NoError(t, c.run())
					duplicates += c.complete()
					again += c.reconnected
				})
				runs++
			}
		}
	}
	t.Logf("%d kills, %d of them reconnected from, %d messages came twice", runs, again, duplicates)
}

// Faults that are not the end of the connection, at some of the frames: where nothing more comes, the idle time-out and the time for
// connecting take over.
func TestAConnectionThatFaultsAtSomeFrames(t *testing.T) {
	const patience = 700 * time.Millisecond
	b := start(t, broker.Connections(small, connection.IdleTimeout(patience), connection.ConnectTimeout(patience)))
	for dir, boundaries := range record(t, b) {
		for i := 0; i < len(boundaries); i += 4 {
			at := boundaries[i]
			for _, fault := range []amqptest.Fault{
				amqptest.Stall(dir, at), amqptest.Stall(dir, at+5), amqptest.HalfClose(dir, at), amqptest.Delay(dir, time.Duration(1+i%5)*time.Millisecond),
			} {
				t.Run(fault.String(), func(t *testing.T) {
					t.Parallel()
					proxy := amqptest.NewProxy(t, b.Addr().String())
					proxy.FaultOn(0, fault)
					c := newTraffic(t, proxy.Addr(), fmt.Sprint(fault, i), few, small, connection.IdleTimeout(patience), connection.ConnectTimeout(patience))
					require.NoError(t, c.run())
					c.complete()
				})
			}
		}
	}
}

// A byte of a frame's header that is not what was sent: the connection ends, and says why, or it does not matter.
func TestAConnectionWhoseBytesAreCorrupted(t *testing.T) {
	const patience = 700 * time.Millisecond
	b := start(t, broker.Connections(small, connection.IdleTimeout(patience), connection.ConnectTimeout(patience)))
	for dir, boundaries := range record(t, b) {
		for i := 0; i < len(boundaries); i += 3 {
			fault := amqptest.CorruptFrame(dir, i, int64(i%8), 0xff) // frames may lie elsewhere than in the record
			t.Run(fault.String(), func(t *testing.T) {
				t.Parallel()
				proxy := amqptest.NewProxy(t, b.Addr().String())
				proxy.FaultOn(0, fault)
				c := newTraffic(t, proxy.Addr(), fault.String(), few, small, connection.IdleTimeout(patience), connection.ConnectTimeout(patience))
				if err := c.run(); err != nil || c.spoilt {
					for n := range c.messages {
						require.LessOrEqual(t, c.outcomes[n], 1, "message %d", n)
					}
					return
				}
				c.complete()
			})
		}
	}
}

package container_test

import (
	"runtime"
	"sync/atomic"
	"testing"

	"github.com/Azure/go-amqp"
	"github.com/stretchr/testify/require"

	"github.com/hadron-mq/hadron/connection"
	"github.com/hadron-mq/hadron/handler"
	"github.com/hadron-mq/hadron/internal/amqptest"
	"github.com/hadron-mq/hadron/sender"
)

// pingPong is a connection's handler that sends a message after each that is accepted, and closes after the last.
func pingPong(messages int, done func(e *handler.Event)) *handler.Funcs {
	send := func(e *handler.Event) { _, _ = e.Sender().Send(text("ping")) }
	return &handler.Funcs{
		LinkOpened: send,
		Accepted: func(e *handler.Event) {
			if messages--; messages == 0 {
				e.Connection().Close()
				done(e)
				return
			}
			send(e)
		},
		Sendable: func(*handler.Event) {},
	}
}

func TestOnSendableAgainAfterEachTurn(t *testing.T) {
	n := listen(t, &handler.Funcs{})
	left := 2000 // far beyond a credit window, one message in each turn
	require.NoError(t, run(t, &handler.Funcs{
		Start: sending(t, n, sender.AtMostOnce()),
		Sendable: func(e *handler.Event) {
			if _, err := e.Sender().Send(text("x")); err != nil || left == 1 {
				require.NoError(t, err)
				e.Connection().Close()
			}
			left--
		},
	}))
	require.Equal(t, 0, left)
}

func TestAnEndlessSenderDoesNotStarveItsNeighbours(t *testing.T) {
	sink, pong := listen(t, &handler.Funcs{}), listen(t, &handler.Funcs{})
	sent := 0
	flood := &handler.Funcs{Sendable: func(e *handler.Event) {
		if sent == 0 { // only now is there something that could starve a neighbour
			conn, err := e.Container().Connect(pong.url, handler.ForConnection(pingPong(300, func(e *handler.Event) { e.Container().Stop() })))
			require.NoError(t, err)
			_, err = e.Container().CreateSender(conn, "q")
			require.NoError(t, err)
		}
		for e.Sender().Credit() > 0 {
			_, err := e.Sender().Send(text("flood"))
			require.NoError(t, err)
			sent++
		}
	}}
	require.NoError(t, run(t, &handler.Funcs{Start: func(e *handler.Event) {
		c := e.Container()
		conn, err := c.Connect(sink.url, handler.ForConnection(flood))
		require.NoError(t, err)
		_, err = c.CreateSender(conn, "q", sender.AtMostOnce())
		require.NoError(t, err)
	}}))
	require.Positive(t, sent)
}

// heap returns the bytes that are in use after a collection.
func heap() uint64 {
	var s runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&s)
	return s.HeapAlloc
}

// askNeighbour has a client of the same loop exchange messages.
func askNeighbour(t *testing.T, n *node) {
	t.Helper()
	done := false
	require.NoError(t, run(t, &handler.Funcs{Start: func(e *handler.Event) {
		conn, err := e.Container().Connect(n.url, handler.ForConnection(pingPong(200, func(*handler.Event) { done = true })))
		require.NoError(t, err)
		_, err = e.Container().CreateSender(conn, "q")
		require.NoError(t, err)
	}}))
	require.True(t, done)
}

func TestAPeerThatNeverReads(t *testing.T) {
	body := make([]byte, 50_000)
	var sent atomic.Int64
	n := listen(t, &handler.Funcs{Sendable: func(e *handler.Event) {
		for e.Sender().Credit() > 0 {
			_, _ = e.Sender().Send(amqp.NewMessage(body))
			sent.Add(1)
		}
	}})
	p := n.dial()
	p.Open(nil)
	p.Send(f(0, "begin", m{"next-outgoing-id": 0, "incoming-window": 1 << 30, "outgoing-window": 10}),
		f(0, "attach", m{"name": "deaf", "handle": 0, "role": true, "source": amqptest.D{Name: "source", Fields: m{"address": "q"}}}),
		f(0, "flow", m{"next-incoming-id": 0, "incoming-window": 1 << 30, "next-outgoing-id": 0, "outgoing-window": 10,
			"handle": 0, "delivery-count": 0, "link-credit": 1 << 30}))
	p.Expect("begun", f(0, "begin", nil))
	p.Expect("attached", f(0, "attach", nil))
	p.Expect("the first of a million messages, and then the peer reads no more", f(0, "transfer", nil))
	askNeighbour(t, n)
	before, messages := heap(), sent.Load()
	askNeighbour(t, n)
	require.Less(t, int64(heap())-int64(before), int64(4<<20), "what waits to be written is bounded")
	require.Less(t, sent.Load()-messages, int64(1000), "a sender that finds no room is not asked again and again")
	p.Close()
}

func TestAPeerThatSendsAndNeverReads(t *testing.T) {
	n := listen(t, &handler.Funcs{})
	p := n.dial()
	p.Open(nil)
	p.Send(f(0, "begin", m{"next-outgoing-id": 0, "incoming-window": 10, "outgoing-window": 10}))
	p.Expect("begun", f(0, "begin", nil))
	// Each pair of frames wants three answers.
	pair := amqptest.Bytes(
		f(0, "attach", m{"name": "again", "handle": 0, "role": false, "initial-delivery-count": 0, "target": amqptest.D{Name: "target", Fields: m{"address": "q"}}}),
		f(0, "detach", m{"handle": 0, "closed": true}))
	var block []byte
	for len(block) < 1<<20 {
		block = append(block, pair...)
	}
	before := heap()
	var written atomic.Int64
	ended := make(chan error, 1)
	go func() {
		for {
			k, err := p.Conn().Write(block)
			written.Add(int64(k))
			if err != nil {
				ended <- err
				return
			}
		}
	}()
	for last := int64(-1); ; { // until nothing more is taken, while the neighbour goes on
		askNeighbour(t, n)
		now := written.Load()
		require.Less(t, now, int64(256<<20), "its input waits until its output is read")
		if now == last {
			break
		}
		last = now
	}
	require.Less(t, int64(heap())-int64(before), int64(32<<20), "answers that nobody reads do not fill the memory")
	p.Close()
	require.Error(t, within(t, ended, "the end of the writing"))
}

func TestTheWayIsFreeAgainWhenThePeerReads(t *testing.T) {
	const messages = 300
	body := make([]byte, 50_000)
	left := messages
	n := listen(t, &handler.Funcs{Sendable: func(e *handler.Event) {
		for left > 0 && e.Sender().Credit() > 0 {
			_, _ = e.Sender().Send(amqp.NewMessage(body))
			left--
		}
	}})
	proxy := amqptest.NewProxy(t, n.url[len("amqp://"):])
	proxy.Fault(amqptest.Stall(amqptest.FromTarget, 100_000))
	n.url = "amqp://" + proxy.Addr()
	got := 0
	require.NoError(t, run(t, &handler.Funcs{
		Start: connect(t, n, func(e *handler.Event, conn *connection.Connection) {
			r, err := e.Container().CreateReceiver(conn, "q")
			require.NoError(t, err)
			r.AddCredit(messages)
		}),
		Message: func(e *handler.Event) {
			if got++; got == 1 {
				proxy.Heal()
			}
			if got == messages {
				e.Connection().Close()
			}
		},
	}))
	require.Equal(t, messages, got)
}

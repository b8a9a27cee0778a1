package container

import (
	"encoding/binary"
	"fmt"
	"io"
	"log/slog"
	"net"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/Azure/go-amqp"
	"github.com/stretchr/testify/require"

	"github.com/hadron-mq/hadron/connection"
	"github.com/hadron-mq/hadron/handler"
	"github.com/hadron-mq/hadron/internal/amqptest"
	"github.com/hadron-mq/hadron/internal/engine"
	"github.com/hadron-mq/hadron/receiver"
	"github.com/hadron-mq/hadron/sender"
)

// scripted is a socket whose input is a list of chunks, the last of which may come for ever, and that takes as much output as it is told.
type scripted struct {
	driver  *driver
	chunks  [][]byte
	endless func() []byte
	room    int // how many buffers it still takes at once
	stuck   []byte
	written [][]byte
	reads   int
}

func (s *scripted) start()                {}
func (s *scripted) goOn()                 {}
func (s *scripted) readable() bool        { return len(s.chunks) > 0 || s.endless != nil }
func (s *scripted) recycle([]byte, int)   {}
func (s *scripted) closeWrite() bool      { return true }
func (s *scripted) close()                {}
func (s *scripted) peer() net.Addr        { return &net.TCPAddr{} }
func (s *scripted) says(frames ...[]byte) { s.chunks = append(s.chunks, frames...) }

func (s *scripted) fills() bool              { return false }
func (s *scripted) fill([]byte) (int, error) { return 0, nil }

func (s *scripted) read() ([]byte, error) {
	switch {
	case len(s.chunks) > 0:
		chunk := s.chunks[0]
		s.chunks = s.chunks[1:]
		s.reads++
		return chunk, nil
	case s.endless != nil:
		s.reads++
		return s.endless(), nil
	}
	return nil, nil
}

func (s *scripted) write(out engine.Output) (bool, error) {
	buf := out.Join()
	if s.room--; s.room < 0 {
		s.stuck = buf
		return false, nil
	}
	s.written = append(s.written, slices.Clone(buf))
	return true, nil
}

// round is one loop with scripted connections, which the test turns by hand. It notes which connection's messages were handled, in order, and of
// those that follow one another only the number.
type round struct {
	*loop
	t     *testing.T
	takes map[string]time.Duration // how long a handler works on a message, by connection
	names map[*connection.Connection]string
	order []share
}

type share struct {
	name     string
	messages int
}

func newRound(t *testing.T) *round {
	r := &round{t: t, takes: map[string]time.Duration{}, names: map[*connection.Connection]string{}}
	r.loop = New(r.handler(), Logger(slog.New(slog.DiscardHandler))).loops[0]
	r.lock.Lock()
	t.Cleanup(r.lock.Unlock)
	return r
}

func (r *round) handler() handler.MessagingHandler {
	return &handler.Funcs{
		LinkOpening: func(e *handler.Event) {
			if e.Sender() != nil {
				require.NoError(r.t, e.Sender().Open(sender.AtMostOnce()))
				return
			}
			require.NoError(r.t, e.Receiver().Open(receiver.Credit(1<<20)))
		},
		Message: func(e *handler.Event) {
			r.note(r.names[e.Connection()])
		},
	}
}

func (r *round) note(name string) {
	if n := len(r.order); n > 0 && r.order[n-1].name == name {
		r.order[n-1].messages++
	} else {
		r.order = append(r.order, share{name, 1})
	}
	time.Sleep(r.takes[name])
}

// all turns the loop until nobody wants a turn, or so many rounds are over, and returns what was handled.
func (r *round) all(rounds int) []share {
	r.order = nil
	for ; rounds > 0 && r.wanted(); rounds-- {
		r.collect()
		r.turns()
	}
	return r.order
}

// connect makes a connection with a link that the peer attaches, as its sender or its receiver.
func (r *round) connect(name string, receives bool) *scripted {
	r.t.Helper()
	o, err := r.container.settings()
	require.NoError(r.t, err)
	d := newDriver(r.loop, o)
	s := &scripted{driver: d, room: 1 << 30}
	d.socket, d.started = s, true
	d.engine.StartServer(r.now, nil, false)
	r.names[(*connection.Connection)(d.engine)] = name
	f := amqptest.F
	s.says([]byte(amqptest.HeaderAMQP), amqptest.Bytes(
		f(0, "open", amqptest.M{"container-id": name}),
		f(0, "begin", amqptest.M{"next-outgoing-id": 0, "incoming-window": 1 << 30, "outgoing-window": 1 << 30}),
		f(0, "attach", amqptest.M{"name": name, "handle": 0, "role": receives, "initial-delivery-count": 0,
			"source": amqptest.D{Name: "source"}, "target": amqptest.D{Name: "target"}})))
	d.wake()
	r.all(10)
	return s
}

// messages returns so many transfers, which are settled, from a delivery on.
func messages(first uint32, n int) (b []byte) {
	body := amqptest.Sections(amqptest.D{Name: "data", Value: []byte("x")})
	for id := first; id < first+uint32(n); id++ {
		b = append(b, amqptest.F(0, "transfer", amqptest.M{"handle": 0, "delivery-id": id,
			"delivery-tag": binary.BigEndian.AppendUint32(nil, id), "settled": true}, body).Bytes()...)
	}
	return b
}

// flood is input without an end.
func flood(each int) func() []byte {
	next := uint32(0)
	return func() []byte {
		next += uint32(each)
		return messages(next-uint32(each), each)
	}
}

func TestAFloodIsOneTurnAtATime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) { // where nothing takes any time but what the test says
		r := newRound(t)
		a, b, c := r.connect("flood", false), r.connect("b", false), r.connect("c", false)
		a.endless = flood(500)
		b.says(messages(0, 1))
		c.says(messages(0, 2))
		for _, s := range []*scripted{a, b, c} {
			s.driver.wake()
		}
		got := r.all(1)
		require.Len(t, got, 3)
		require.Equal(t, []share{{"b", 1}, {"c", 2}}, got[1:], "those that wait have their turns before the flood has another")
		require.LessOrEqual(t, got[0].messages, turnWork)

		b.says(messages(1, 1))
		b.driver.wake()
		got = r.all(1)
		require.Equal(t, []string{"b", "flood"}, []string{got[0].name, got[1].name}, "each has one turn, who has little to do the first")
		b.says(messages(2, 1))
		b.driver.wake()
		require.Equal(t, "b", r.all(1)[0].name)
		a.endless = nil
		r.all(1000)
		require.False(t, r.wanted(), "it comes to its end")
	})
}

func TestAHandlerThatTakesItsTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRound(t)
		slow, quiet := r.connect("slow", false), r.connect("quiet", false)
		r.takes["slow"] = time.Millisecond
		slow.says(messages(0, 1000))
		quiet.says(messages(0, 100))
		slow.driver.wake()
		quiet.driver.wake()
		require.Equal(t, []share{{"slow", 1}, {"quiet", 100}, {"slow", 4}}, r.all(5), "one message is a turn already")

		r.takes["slow"] = turnTime / 10
		quiet.says(messages(100, 1))
		quiet.driver.wake()
		got := r.all(1)
		require.Equal(t, share{"quiet", 1}, got[0])
		require.Equal(t, "slow", got[1].name)
		require.InDelta(t, 11, got[1].messages, 6, "half a millisecond's worth")
	})
}

// Where turns take long, what has come meanwhile is looked at before the others have theirs.
func TestTimersAndItemsAreNotKeptWaiting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRound(t)
		names := []string{"a", "b", "c", "d"}
		var all []*scripted
		for _, name := range names {
			all = append(all, r.connect(name, false))
			r.takes[name] = 2 * roundTime
		}
		for _, s := range all {
			s.says(messages(0, 10))
			s.driver.wake()
		}
		r.timers.start(r.now.Add(3*roundTime), func() { r.note("timer") })
		got := []share{}
		for range 2 * len(names) {
			got = append(got, r.all(1)...)
			if len(got) == 1 {
				r.post(item{kind: itemCall, call: func() { r.note("item") }})
			}
		}
		var order []string
		for _, s := range got {
			order = append(order, s.name)
		}
		require.Equal(t, []string{"a", "item", "b", "timer", "c", "a", "d", "b", "c", "a"}, order[:10], "a is busy, and is left out once")
	})
}

// However many connections always have something to do, those that seldom have do not wait for all of them, nor these for ever.
func TestAQuietConnectionBesideManyBusyOnes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRound(t)
		const many = 50
		for n := range many {
			name := fmt.Sprint("flood ", n)
			s := r.connect(name, false)
			r.takes[name] = turnTime / 10
			s.endless = flood(10)
			s.driver.wake()
		}
		quiet := r.connect("quiet", false)
		r.all(many)
		for n := range uint32(5) {
			quiet.says(messages(n, 1))
			quiet.driver.wake()
			require.Equal(t, "quiet", r.all(1)[0].name)
		}
		seen := make(map[string]bool)
		for range many {
			quiet.says(messages(5, 1))
			r.takes["quiet"] = 2 * roundTime
			quiet.driver.wake()
			for _, s := range r.all(1) {
				seen[s.name] = true
			}
		}
		require.Greater(t, len(seen), many/3, "the busy ones go on though there is no time left for them")
	})
}

// A handler that sends for as long as it may is stopped by the output's bound, though the socket takes all that it is given.
func TestASenderThatSendsAsLongAsItMay(t *testing.T) {
	r := newRound(t)
	s := r.connect("greedy", true)
	sent := 0
	s.driver.handler = &handler.Funcs{Sendable: func(e *handler.Event) {
		for e.Sender().Credit() > 0 {
			_, err := e.Sender().Send(amqp.NewMessage(make([]byte, 1000)))
			require.NoError(t, err)
			require.Less(t, sent, 100_000, "it never ends")
			sent++
		}
	}}
	s.says(amqptest.F(0, "flow", amqptest.M{"next-incoming-id": 0, "incoming-window": 1 << 30, "next-outgoing-id": 0, "outgoing-window": 1 << 30,
		"handle": 0, "delivery-count": 0, "link-credit": 1 << 30}).Bytes())
	s.driver.wake()
	r.all(2)
	require.Positive(t, sent)
	require.True(t, r.wanted(), "and goes on in its next turn")
	first := sent
	r.all(1)
	require.Greater(t, sent, first)
	s.driver.gone = true
}

// What the socket does not take is bounded, and so is what is read meanwhile.
func TestInputWaitsForOutput(t *testing.T) {
	r := newRound(t)
	s := r.connect("deaf", false)
	s.room = 0
	ask := amqptest.F(0, "flow", amqptest.M{"next-incoming-id": 0, "incoming-window": 1 << 30, "next-outgoing-id": 0, "outgoing-window": 1 << 30,
		"handle": 0, "delivery-count": 0, "link-credit": 0, "echo": true}).Bytes()
	s.endless = func() []byte { return ask }
	s.driver.wake()
	for rounds := 0; r.wanted(); rounds++ {
		require.Less(t, rounds, 1_000_000, "its input waits")
		r.all(1)
	}
	require.True(t, s.driver.congested())
	limit := s.driver.engine.Config().OutputLimit
	require.Less(t, s.driver.engine.Output(), (backlog+1)*limit)
	reads := s.reads
	s.driver.wake()
	r.all(10)
	require.Equal(t, reads, s.reads, "one chunk is read ahead at most")

	s.room = 1 << 30
	s.driver.written(nil)
	r.all(100)
	require.Greater(t, s.reads, reads, "it goes on when the peer reads")
}

// Nothing is left of a connection that ended while it waited for its turn.
func TestAConnectionThatEndsBeforeItsTurn(t *testing.T) {
	r := newRound(t)
	s := r.connect("a", false)
	s.says(messages(0, 10))
	s.driver.wake()
	s.driver.end(io.EOF)
	require.Empty(t, r.all(3))
	require.False(t, r.wanted())
}

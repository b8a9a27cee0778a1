package engine

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/Azure/go-amqp"
	"github.com/stretchr/testify/require"

	"github.com/hadron-mq/hadron/internal/amqptest"
	"github.com/hadron-mq/hadron/internal/wire"
)

// flowAsking is a flow frame about one link that wants an answer.
func flowAsking(handle int) amqptest.Frame {
	return f(0, "flow", m{"next-incoming-id": 0, "incoming-window": 1000, "next-outgoing-id": 0, "outgoing-window": 1000,
		"handle": handle, "delivery-count": 0, "link-credit": 0, "echo": true})
}

// next runs the first half of a turn, and returns how many events it had.
func (k *talk) next() (events int) {
	for e := k.c.Next(); e != nil; e = k.c.Next() {
		k.events = append(k.events, *e)
		events++
	}
	return events
}

// written returns what the engine has written since.
func (k *talk) written() []amqptest.Frame {
	k.t.Helper()
	frames, rest, err := amqptest.Parse(k.c.TakeOutput(k.now, nil).Join())
	require.NoError(k.t, err)
	require.Empty(k.t, rest)
	return frames
}

// A peer may send frames that make no event: they cost work all the same.
func TestFramesWithoutEventsAreCounted(t *testing.T) {
	heartbeat := raw(8, 2, 0, "")
	flow := f(0, "flow", m{"next-incoming-id": 0, "incoming-window": 1, "next-outgoing-id": 0, "outgoing-window": 1}).Bytes()
	for name, frame := range map[string][]byte{"heartbeats": heartbeat, "flows": flow} {
		t.Run(name, func(t *testing.T) {
			k := clientTalk(t, Config{}, nil)
			k.session(nil)
			const frames, work = 1000, 10
			k.c.Feed(k.now, bytes.Repeat(frame, frames))
			for left := frames * len(frame); left > 0; {
				require.True(t, k.c.Pending())
				require.Equal(t, left, k.c.Unparsed())
				k.c.Grant(work)
				require.Zero(t, k.next())
				require.Equal(t, left-work*len(frame), k.c.Unparsed())
				left = k.c.Unparsed()
				require.Nil(t, k.c.Next(), "nothing more in this turn")
				require.Equal(t, left, k.c.Unparsed())
				k.c.Flush()
			}
			require.False(t, k.c.Pending())
		})
	}
}

// An event costs as much as a frame, and one that was not taken is there in the next turn.
func TestEventsAreCounted(t *testing.T) {
	k := clientTalk(t, Config{}, nil)
	s := k.session(nil)
	k.receiver(s, 100)
	var b []byte
	for i := range 40 {
		b = append(b, f(0, "transfer", m{"handle": 9, "delivery-id": i, "delivery-tag": "t", "settled": true}).Bytes()...)
	}
	k.c.Feed(k.now, b)
	for i := range 8 {
		k.c.Grant(10)
		require.Equal(t, 5, k.next())
		require.Equal(t, i < 7, k.c.Pending())
	}
	for i, e := range k.events {
		require.Equal(t, DeliveryReceived, e.Kind)
		require.EqualValues(t, i, e.Delivery.id)
	}
}

// A driver may stop in the middle of its turn, want its buffer back, and feed what came meanwhile.
func TestInputThatIsKept(t *testing.T) {
	k := clientTalk(t, Config{}, nil)
	s := k.session(nil)
	k.receiver(s, 100)
	const messages = 60
	var b []byte
	for i := range messages {
		b = append(b, f(0, "transfer", m{"handle": 9, "delivery-id": i, "delivery-tag": "t", "settled": true}, []byte(fmt.Sprint("message ", i))).Bytes()...)
	}
	got := 0
	for len(b) > 0 || k.c.Pending() {
		piece := bytes.Clone(b[:min(len(b), 211)])
		b = b[len(piece):]
		k.c.Feed(k.now, piece)
		k.c.Grant(3)
		for e := k.c.Next(); e != nil; e = k.c.Next() {
			require.Equal(t, fmt.Sprint("message ", got), string(e.Delivery.Encoded()))
			got++
		}
		k.c.KeepInput()
		clear(piece)
		k.c.Flush()
	}
	require.Equal(t, messages, got)
}

// Links take turns in what a Flush comes to.
func TestFlushIsBoundedAndFair(t *testing.T) {
	k := serverTalk(t, Config{})
	k.on = func(e Event) {
		switch e.Kind {
		case SessionRemoteBegin:
			require.NoError(t, e.Session.Begin())
		case LinkRemoteAttach:
			require.NoError(t, e.Link.Attach())
		}
	}
	k.hear(f(0, "begin", m{"next-outgoing-id": 0, "incoming-window": 1000, "outgoing-window": 1000}))
	const links, work = 50, 10
	for i := range links {
		k.hear(f(0, "attach", m{"name": fmt.Sprint(i), "handle": i, "role": true}))
	}
	var b []byte
	for i := range links {
		b = append(b, flowAsking(i).Bytes()...)
	}
	k.c.Feed(k.now, b)
	k.c.Grant(1000)
	k.next()
	for turn := range links / work {
		require.True(t, k.c.Pending())
		k.c.Grant(work)
		k.c.Feed(k.now, flowAsking(turn*work).Bytes()) // who asks again is answered once more after the others
		k.next()
		k.c.Flush()
		frames := k.written()
		require.Len(t, frames, work)
		for i, got := range frames {
			require.Empty(t, amqptest.Matches(amqptest.Frame{Name: "flow", Fields: m{"handle": turn*work + i}}, got))
		}
	}
}

// A message of many frames is written over several turns, and those of other links come between.
func TestWhatWaitsIsSentOverSeveralTurns(t *testing.T) {
	k := clientTalk(t, Config{OutputLimit: 1 << 20}, m{"max-frame-size": 512})
	s := k.session(nil)
	l := k.sender(s, 0, nil)
	_, err := l.Send(amqp.NewMessage(make([]byte, 100_000)), false)
	require.NoError(t, err)
	k.c.Feed(k.now, f(0, "flow", m{"next-incoming-id": 0, "incoming-window": 1000, "next-outgoing-id": 0, "outgoing-window": 1000,
		"handle": 7, "delivery-count": 0, "link-credit": 1}).Bytes())
	frames := 0
	for k.c.Pending() {
		k.c.Grant(20)
		k.next()
		k.c.Flush()
		n := len(k.written())
		require.LessOrEqual(t, n, 40)
		frames += n
	}
	require.Greater(t, frames, 200)
	require.False(t, k.c.Starved())
}

// What Flush writes asks for no turn, and what it leaves undone does.
func TestATurnIsAskedFor(t *testing.T) {
	k := clientTalk(t, Config{}, nil)
	s := k.session(nil)
	in := k.receiver(s, 0)
	woken := 0
	k.c.driver.Wake = func() { woken++ }
	wantWoken := func(n int, why string) {
		t.Helper()
		require.Equal(t, n, woken, why)
		woken = 0
	}

	in.AddCredit(1)
	wantWoken(1, "there is a flow to write")
	in.AddCredit(1)
	wantWoken(0, "that was asked for already")
	k.c.Flush()
	require.Len(t, k.written(), 1)
	wantWoken(0, "the flow that Flush wrote is taken by the driver")
	require.False(t, k.c.Pending())
	in.AddCredit(1)
	wantWoken(1, "the flow that was written hides nothing that follows")
	k.c.Flush()

	for range 20 {
		l := s.NewLink(fmt.Sprint("more", s.links.n), RoleReceiver)
		require.NoError(t, l.Attach())
		l.AddCredit(1)
	}
	k.c.Grant(15)
	woken = 0
	k.c.Flush()
	wantWoken(1, "five links are not flushed yet")
	require.True(t, k.c.Pending())
	k.c.Flush()
	wantWoken(0, "all is done")
	require.False(t, k.c.Pending())

	in.AddCredit(1)
	k.hearBytes(raw(7, 2, 0, "")) // no frame
	require.True(t, k.c.Finished())
	require.False(t, k.c.Pending(), "a connection that has failed wants no turns")

	early := newTalk(t, Config{})
	l := early.c.NewSession().NewLink("early", RoleReceiver)
	require.NoError(t, l.Attach())
	l.AddCredit(1)
	early.c.Flush()
	require.False(t, early.c.Pending(), "nor does one that is not open")
}

// Senders that found the output full go on as soon as it is taken.
func TestRoomInTheOutputAsksForATurn(t *testing.T) {
	k := clientTalk(t, Config{OutputLimit: 100}, nil)
	s := k.session(nil)
	l := k.sender(s, 10, nil)
	for range 3 {
		_, err := l.Send(amqp.NewMessage(make([]byte, 90)), false)
		if k.c.room() {
			require.NoError(t, err)
		}
	}
	k.c.Flush()
	require.True(t, k.c.Starved())
	require.False(t, k.c.Pending(), "the output is full")
	k.written()
	require.True(t, k.c.Pending(), "and is not any more")
}

// What a turn has left to say is not said after the end or the close (§2.4.3, §2.5.5).
func TestNothingFollowsTheEnd(t *testing.T) {
	for name, end := range map[string]func(*Session){"end": func(s *Session) { s.End(nil) }, "close": func(s *Session) { s.conn.Close(nil) }} {
		t.Run(name, func(t *testing.T) {
			k := clientTalk(t, Config{}, nil)
			s := k.session(nil)
			in := k.receiver(s, 0)
			k.sender(s, 10, nil)
			k.c.Feed(k.now, f(0, "transfer", m{"handle": 9, "delivery-id": 0, "delivery-tag": "t"}).Bytes())
			in.credit = 1
			e := k.c.Next()
			require.Equal(t, DeliveryReceived, e.Kind)
			require.NoError(t, e.Delivery.Update(wire.Accepted, true))
			in.AddCredit(5)
			end(s)
			k.settle()
			k.want("the outcome is told", "disposition", m{"first": 0, "settled": true})
			k.want("before the end", name, nil)
			require.Empty(t, k.frames)
		})
	}
}

// What is large costs more than what is small, and what a frame costs beyond the grant is owed.
func TestLargeFramesCostMore(t *testing.T) {
	k := clientTalk(t, Config{}, nil)
	k.session(nil)
	flow := m{"next-incoming-id": 0, "incoming-window": 1, "next-outgoing-id": 0, "outgoing-window": 1}
	small := f(0, "flow", flow).Bytes()
	flow["properties"] = m{"x": strings.Repeat("x", 12_800)}
	large := f(0, "flow", flow).Bytes()
	k.c.Feed(k.now, append(large, small...))
	turns := 0
	for ; k.c.Pending(); turns++ {
		k.c.Grant(10)
		k.next()
		k.c.Flush()
	}
	require.Equal(t, 11, turns)
}

package engine

import (
	"bytes"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/hadron-mq/hadron/internal/amqptest"
)

// pipe is a driver that reads a stream as it comes: into the engine's memory where there is some, else into a chunk that it uses again.
type pipe struct {
	*talk
	stream []byte // that has come
	chunk  []byte
	spaces int // how often there was memory
}

// read reads up to n bytes at once.
func (p *pipe) read(n int) {
	n = min(n, len(p.stream))
	if space := p.c.Space(); space != nil {
		p.spaces++
		n = copy(space, p.stream[:n])
		p.c.Filled(p.now, n)
	} else {
		n = copy(p.chunk, p.stream[:n])
		p.c.Feed(p.now, p.chunk[:n])
	}
	p.stream = p.stream[n:]
	p.settle()
	require.Zero(p.t, p.c.Unparsed())
}

// receives returns a pipe whose engine receives messages.
func receives(t *testing.T) (*pipe, *Link) {
	k := clientTalk(t, Config{}, nil)
	s := k.session(nil)
	l := k.receiver(s, 1000)
	return &pipe{talk: k, chunk: make([]byte, 32<<10)}, l
}

// sends has the peer send a message of a size in one frame, or in as many as it takes.
func (p *pipe) sends(id, size, frame int) (body []byte) {
	body = bytes.Repeat([]byte{byte(id)}, size)
	for at := 0; at == 0 || at < size; at += frame {
		fields := m{"handle": 9, "more": at+frame < size, "settled": true}
		if at == 0 {
			fields["delivery-id"], fields["delivery-tag"] = id, []byte{byte(id)}
		}
		p.stream = append(p.stream, f(0, "transfer", fields, body[at:min(at+frame, size)]).Bytes()...)
	}
	return body
}

// Messages that are kept stay what they were, in whatever pieces their frames come, and whichever memory they are read into.
func TestMessagesAreReadIntoMemoryOfTheirOwn(t *testing.T) {
	for name, c := range map[string]struct {
		sizes  []int // of a message, one of them
		frame  int
		reads  []int // how many bytes come at a time, one of them
		spaces bool
	}{
		"small":                     {[]int{10, 100, 1000}, 100_000, []int{1 << 20}, false},
		"large":                     {[]int{10_000, 20_000}, 100_000, []int{1 << 20}, true},
		"large, a few bytes":        {[]int{10_000, 20_000}, 100_000, []int{1, 100, 10_000}, true},
		"larger than a chunk":       {[]int{50_000, 100_000}, 120_000, []int{1 << 20, 10_000}, true},
		"of several frames":         {[]int{50_000}, 20_000, []int{1 << 20}, false},
		"of all kinds":              {[]int{10, 9000, 30_000, 90_000, 100, 70_000}, 60_000, []int{1 << 20, 1, 5000}, true},
		"of all kinds, all at once": {[]int{10, 9000, 30_000, 90_000, 100, 70_000}, 60_000, []int{1 << 20}, true},
	} {
		t.Run(name, func(t *testing.T) {
			random := rand.New(rand.NewPCG(1, 2))
			p, _ := receives(t)
			var want [][]byte
			for id := range 100 {
				want = append(want, p.sends(id, c.sizes[random.IntN(len(c.sizes))], c.frame))
			}
			var got [][]byte
			p.on = func(e Event) {
				if e.Kind == DeliveryReceived {
					body := e.Delivery.Encoded()
					if !e.Delivery.Gathered() {
						body = bytes.Clone(body)
					}
					got = append(got, body)
					_ = append(body, "and more"...) // is nobody else's business
				}
			}
			for len(p.stream) > 0 {
				p.read(c.reads[random.IntN(len(c.reads))])
			}
			require.Len(t, got, len(want))
			for i := range want {
				require.True(t, bytes.Equal(want[i], got[i]), "message %d", i)
			}
			require.Equal(t, c.spaces, p.spaces > 0)
			require.Nil(t, p.c.input.own, "nothing is held when all has come")
		})
	}
}

// Who does not keep messages has them in the driver's chunks.
func TestMessagesThatAreNotKeptAreNotGivenMemory(t *testing.T) {
	for name, set := range map[string]func(*Link){
		"encoded":  func(l *Link) { l.cfg.LeaveEncoded = true },
		"borrowed": func(l *Link) { l.cfg.Borrowed = true },
	} {
		t.Run(name, func(t *testing.T) {
			p, l := receives(t)
			set(l)
			for id := range 20 {
				p.sends(id, 20_000, 100_000)
			}
			for len(p.stream) > 0 {
				p.read(1 << 20)
			}
			require.Zero(t, p.spaces)
		})
	}
}

// The memory is for what has begun to come, and as large as what came before: a header alone claims little.
func TestAClaimOfMemoryIsBounded(t *testing.T) {
	p, _ := receives(t)
	p.sends(0, 10_000, 100_000)
	p.read(1 << 20)
	require.Nil(t, p.c.Space(), "nobody knows whether there is more to come")
	whole := f(0, "transfer", m{"handle": 9, "delivery-id": 1, "delivery-tag": []byte{1}}, make([]byte, 10_000)).Bytes()
	p.stream = whole[:7]
	p.read(7)
	require.Nil(t, p.c.Space(), "it is not known of what size")
	p.stream = whole[7:8]
	p.read(1)
	require.Len(t, p.c.Space(), spaceShared*10_000-8)
	require.Len(t, p.c.Space(), spaceShared*10_000-8, "it is the same")

	p.events = nil
	p.hearBytes(whole[8:]) // from a driver that does not read into it
	require.Nil(t, p.c.input.own)
	require.Len(t, p.wantEvent("the message", DeliveryReceived).Delivery.Encoded(), 10_000)
	require.Nil(t, p.c.Space())

	p.hearBytes([]byte{0, 0, 0, 4, 2, 0, 0, 0})
	require.ErrorContains(t, p.wantEvent("a mistake", TransportFailed).Err, "frame size of 4")
	require.Nil(t, p.c.Space())
	p.c.Filled(p.now, 0)
	var closed amqptest.Frame
	for _, frame := range p.frames {
		closed = frame
	}
	require.Equal(t, "close", closed.Name)
}

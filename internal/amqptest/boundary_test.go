package amqptest

import (
	"io"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestFrameBoundaries(t *testing.T) {
	frames := []Frame{
		HeaderSASL.Frame(), F(0, "sasl-init", M{"mechanism": "ANONYMOUS"}), HeaderAMQP.Frame(),
		F(0, "open", M{"container-id": "c"}), F(0, "", nil), F(0, "transfer", M{"handle": 0}, make([]byte, 300<<10)),
		F(0, "close", nil),
	}
	var want []int64
	var stream []byte
	for _, f := range frames {
		want = append(want, int64(len(stream)))
		stream = append(stream, f.Bytes()...)
	}

	t.Run("through a proxy", func(t *testing.T) {
		bothDirections(t, func(t *testing.T, dir, back Direction) {
			p, ends := through(t)
			go func() {
				_, _ = ends[dir].Write(stream)
				_ = ends[dir].CloseWrite()
			}()
			_, err := io.Copy(io.Discard, ends[back])
			require.NoError(t, err)
			assert.Equal(t, want, p.FrameBoundaries(0, dir))
			assert.Empty(t, p.FrameBoundaries(0, back))
			assert.Empty(t, p.FrameBoundaries(1, dir))
		})
	})
	t.Run("in pieces of any size", func(t *testing.T) {
		for size := 1; size <= 20; size++ {
			var s boundaries
			for rest := stream; len(rest) > 0; rest = rest[min(size, len(rest)):] {
				s.feed(rest[:min(size, len(rest))])
			}
			require.Equal(t, want, s.offsets)
		}
	})
	t.Run("end at what is no frame", func(t *testing.T) {
		var s boundaries
		s.feed(append(HeaderAMQP.Frame().Bytes(), make([]byte, 100)...))
		assert.Equal(t, []int64{0, 8}, s.offsets)
	})
}

// The use that boundaries are for: one run for each frame.
func TestCutAtEachFrame(t *testing.T) {
	script := func(p *Peer) {
		p.AnswerOpen(nil)
		p.Await("the client closes", F(0, "close", nil))
		p.Send(F(0, "close", nil))
	}
	stream := Bytes(HeaderAMQP.Frame(), F(0, "open", M{"container-id": "c"}), F(0, "close", nil))
	p := NewProxy(t, Serve(t, script))
	client := dial(t, p.Addr())
	send(t, client, string(stream))
	_, err := io.Copy(io.Discard, client)
	require.NoError(t, err)
	offsets := p.FrameBoundaries(0, ToTarget)
	require.Len(t, offsets, 3)
	for _, at := range offsets {
		p, ends := through(t, Cut(ToTarget, at))
		send(t, ends[ToTarget], string(stream))
		receiveEOF(t, ends[FromTarget], string(stream[:at]))
		assert.EqualValues(t, at, p.Passed(ToTarget))
	}
}

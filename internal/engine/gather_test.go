package engine

import (
	"bytes"
	"testing"

	"github.com/Azure/go-amqp"
	"github.com/stretchr/testify/require"

	"github.com/hadron-mq/hadron/internal/amqptest"
)

// A large message is written from where it lies. That is not used again before the write has come to its end, whatever happens to the message
// meanwhile, and then it is.
func TestALargeMessageIsWrittenFromWhereItLies(t *testing.T) {
	for name, c := range map[string]struct {
		resend, settled bool
		frame           int
		segments        int
	}{
		"kept":              {true, false, 1 << 20, 2},
		"settled":           {true, true, 1 << 20, 2},
		"not sent again":    {false, false, 1 << 20, 2},
		"of several frames": {true, false, 20_000, 5}, // the last of which is small
	} {
		t.Run(name, func(t *testing.T) {
			k := clientTalk(t, Config{Resend: c.resend}, m{"max-frame-size": c.frame})
			s := k.session(nil)
			l := k.sender(s, 10, nil)
			l.cfg.SndSettleMode = amqp.SenderSettleModeMixed
			send := func(b byte) {
				_, err := l.Send(amqp.NewMessage(bytes.Repeat([]byte{b}, 45_000)), c.settled)
				require.NoError(t, err)
			}
			send('a')
			require.Greater(t, k.c.Output(), 45_000)
			out := k.c.TakeOutput(k.now, nil)
			require.Zero(t, k.c.Output())
			segments := out.Segments(nil)
			require.Len(t, segments, c.segments)
			before := bytes.Join(segments, nil)

			if !c.settled {
				k.hear(f(s.channel, "disposition", accepted(true, 0, nil)))
				d := k.wantEvent("accepted", DeliveryUpdated).Delivery
				require.NoError(t, d.Update(d.RemoteState(), true))
			}
			send('b')
			require.Equal(t, before, bytes.Join(segments, nil), "it is still being written")
			chunk := out.pieces[0].chunk
			out.Done()
			require.Zero(t, chunk.used)
			require.Same(t, chunk, k.c.keeper.take(45_000), "it can be used again")

			var body []byte
			frames, rest, err := amqptest.Parse(before)
			require.NoError(t, err)
			require.Empty(t, rest)
			for i, frame := range frames {
				require.Equal(t, "transfer", frame.Name)
				require.Equal(t, i < len(frames)-1, frame.Fields["more"] == true)
				body = append(body, frame.Payload...)
			}
			sections, err := amqptest.ParseSections(body)
			require.NoError(t, err)
			require.Equal(t, bytes.Repeat([]byte{'a'}, 45_000), sections[0].(amqptest.D).Value)
		})
	}
}

// What is not written any more lets go of the messages, too: they are sent again from there.
func TestWhatIsNotWrittenAnyMore(t *testing.T) {
	k := clientTalk(t, Config{Resend: true}, m{"max-frame-size": 1 << 20})
	l := k.sender(k.session(nil), 10, nil)
	d, err := l.Send(amqp.NewMessage(make([]byte, 50_000)), false)
	require.NoError(t, err)
	require.Equal(t, 2, d.chunk.used)
	k.c.Reset(nil)
	require.Equal(t, 1, d.chunk.used)
	require.Zero(t, k.c.Output())
	require.Equal(t, 1, l.Queued())
}

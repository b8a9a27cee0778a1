package engine

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/hadron-mq/hadron/internal/wire"
)

// whole takes the frames of one message, and returns it and how many there were.
func (k *talk) whole(why string) (message []byte, frames int) {
	k.t.Helper()
	for more := true; more; frames++ {
		got := k.want(why, "transfer", nil)
		message = append(message, got.Payload...)
		more, _ = got.Fields["more"].(bool)
	}
	return message, frames
}

func TestASharedMessageIsSentInItsTwoParts(t *testing.T) {
	k := clientTalk(t, Config{}, m{"max-frame-size": 512})
	l := k.sender(k.session(nil), 10, nil)
	for _, size := range [][2]int{{0, 10}, {10, 0}, {10, 10}, {700, 10}, {700, 2000}, {0, 2000}} {
		head, rest := bytes.Repeat([]byte{1}, size[0]), bytes.Repeat([]byte{2}, size[1])
		d, err := l.SendShared(head, rest, 7, false)
		require.NoError(t, err)
		k.settle()
		require.EqualValues(t, 7, k.frames[0].Fields["message-format"])
		message, _ := k.whole("it comes whole")
		require.Equal(t, append(head, rest...), message, "%d and %d bytes", size[0], size[1])
		require.Nil(t, d.data, "nobody sends it again")
		require.Nil(t, d.head)
	}
}

// TestASharedMessageIsNotCopied changes its bytes, which nobody may, to see that they are still the same ones.
func TestASharedMessageIsNotCopied(t *testing.T) {
	k := clientTalk(t, Config{}, m{"max-frame-size": 512})
	s := k.session(m{"incoming-window": 1})
	l := k.sender(s, 0, nil)
	rest := bytes.Repeat([]byte{2}, 2000)
	d, err := l.SendShared([]byte{1}, rest, 0, false)
	require.NoError(t, err)
	require.Equal(t, 1, l.Queued(), "it waits for credit")
	k.hear(f(0, "flow", m{"next-incoming-id": 0, "incoming-window": 1, "next-outgoing-id": 0, "outgoing-window": 1, "handle": 7, "delivery-count": 0, "link-credit": 1}))
	k.want("the first frame", "transfer", m{"more": true})
	k.wantNothing("the window takes no more")
	require.Same(t, &rest[0], &d.data[0])
	k.hear(f(0, "flow", m{"next-incoming-id": 1, "incoming-window": 100, "next-outgoing-id": 0, "outgoing-window": 1}))
	k.whole("the others")
	require.Nil(t, d.data)
}

func TestASharedMessageIsSentAgain(t *testing.T) {
	k := clientTalk(t, Config{Resend: true}, m{"max-frame-size": 512})
	s := k.session(nil)
	l := k.sender(s, 10, nil)
	rest := bytes.Repeat([]byte{2}, 2000)
	d, err := l.SendShared([]byte{1}, rest, 0, false)
	require.NoError(t, err)
	k.settle()
	k.whole("it is sent")
	require.Same(t, &rest[0], &d.data[0], "until it has an outcome")
	k.hear(f(0, "disposition", accepted(true, 0, nil)))
	require.NoError(t, d.Update(wire.Accepted, true))
	require.Nil(t, d.data)
}

// TestFramesAreLessThanTheOutputsBound: a peer that takes frames of any size must not have a message of any size put into the output at once.
func TestFramesAreLessThanTheOutputsBound(t *testing.T) {
	const limit = 8 << 10
	k := clientTalk(t, Config{OutputLimit: limit}, nil)
	l := k.sender(k.session(nil), 10, nil)
	_, err := l.SendShared(nil, make([]byte, 100<<10), 0, false)
	require.NoError(t, err)
	require.Less(t, k.c.Output(), 2*limit)
	_, err = l.SendEncoded(make([]byte, 100<<10), 0, false)
	require.NoError(t, err)
	require.Less(t, k.c.Output(), 2*limit)
	k.settle()
	for range 2 {
		message, frames := k.whole("in several frames")
		require.Len(t, message, 100<<10)
		require.Greater(t, frames, 20)
	}
}

func TestASharedMessageTooLargeForThePeerIsAnError(t *testing.T) {
	k := clientTalk(t, Config{}, nil)
	l := k.sender(k.session(nil), 1, m{"max-message-size": 10})
	_, err := l.SendShared(make([]byte, 5), make([]byte, 6), 0, false)
	require.ErrorIs(t, err, ErrMessageSize)
	_, err = l.SendShared(make([]byte, 5), make([]byte, 5), 0, false)
	require.NoError(t, err)
}

//go:build unix

package container

import (
	"errors"
	"io"
	"net"
	"os"
	"runtime"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// sockets returns two ends of one TCP connection, one of which polls.
func sockets(t *testing.T, limit time.Duration) (*descriptor, *net.TCPConn) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer l.Close()
	peer, err := net.Dial("tcp", l.Addr().String())
	require.NoError(t, err)
	t.Cleanup(func() { _ = peer.Close() })
	conn, err := l.Accept()
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close() })
	return described(conn, limit, true).(*descriptor), peer.(*net.TCPConn)
}

// reads has somebody read, and returns what comes of it.
func reads(p *descriptor) (got chan string, failed chan error) {
	got, failed = make(chan string, 1), make(chan error, 1)
	go func() {
		b := make([]byte, 100)
		if n, err := p.Read(b); err != nil {
			failed <- err
		} else {
			got <- string(b[:n])
		}
	}()
	return got, failed
}

// write has the peer write.
func write(t *testing.T, peer net.Conn, s string) {
	t.Helper()
	_, err := peer.Write([]byte(s))
	require.NoError(t, err)
}

// busy waits until a reader polls.
func busy(t *testing.T) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); !polling.Load(); runtime.Gosched() {
		require.True(t, time.Now().Before(deadline), "nobody polls")
	}
}

// A reader whose last wait was short polls, until something comes.
func TestAReaderPollsWhileItsSocketIsBusy(t *testing.T) {
	p, peer := sockets(t, time.Hour) // any wait is short
	got, _ := reads(p)
	write(t, peer, "first")
	require.Equal(t, "first", <-got)
	p.eager = true // else it came before there was a wait at all

	got, _ = reads(p)
	busy(t)
	second, other := sockets(t, time.Hour)
	second.eager = true
	more, _ := reads(second)
	write(t, other, "another's")
	require.Equal(t, "another's", <-more, "it sleeps, for one at a time polls")
	require.True(t, polling.Load())

	write(t, peer, "second")
	require.Equal(t, "second", <-got)
	require.False(t, polling.Load())
	require.True(t, p.eager)
}

// One whose waits are long sleeps, and does not poll the next time.
func TestAReaderOfAnIdleSocketSleeps(t *testing.T) {
	p, peer := sockets(t, time.Nanosecond)
	p.eager = true
	for range 3 {
		got, _ := reads(p)
		write(t, peer, "x")
		require.Equal(t, "x", <-got)
	}
	require.False(t, polling.Load())
}

func TestWhatEndsAPoll(t *testing.T) {
	for name, c := range map[string]struct {
		limit time.Duration
		end   func(p *descriptor, peer *net.TCPConn) error
		is    error
	}{
		"the peer's end": {time.Hour, func(_ *descriptor, peer *net.TCPConn) error { return peer.CloseWrite() }, io.EOF},
		"a reset": {time.Hour, func(_ *descriptor, peer *net.TCPConn) error {
			return errors.Join(peer.SetLinger(0), peer.Close())
		}, syscall.ECONNRESET},
		"our own close": {500 * time.Millisecond, func(p *descriptor, _ *net.TCPConn) error { return p.Close() }, net.ErrClosed},
		"a deadline":    {500 * time.Millisecond, func(p *descriptor, _ *net.TCPConn) error { return p.SetReadDeadline(time.Unix(1, 0)) }, os.ErrDeadlineExceeded},
	} {
		t.Run(name, func(t *testing.T) {
			p, peer := sockets(t, c.limit)
			p.eager = true
			_, failed := reads(p)
			busy(t)
			require.NoError(t, c.end(p, peer))
			require.ErrorIs(t, <-failed, c.is)
			require.False(t, polling.Load())
		})
	}
}

// A reader that waits has no chunk, and gets one when there is something to read.
func TestAChunkIsMadeWhenThereIsInput(t *testing.T) {
	p, peer := sockets(t, 0)
	write(t, peer, "first")
	buf, err := p.readChunk(0)
	require.NoError(t, err)
	require.Equal(t, "first", string(buf))
	require.Equal(t, largeChunk, cap(buf))
	freeChunk(buf)

	write(t, peer, "second")
	buf, err = p.readChunk(largeFrame)
	require.NoError(t, err)
	require.Equal(t, "second", string(buf))
	require.Equal(t, hugeChunk, cap(buf), "amid a large frame")
	freeChunk(buf)

	require.NoError(t, peer.Close())
	buf, err = p.readChunk(0)
	require.ErrorIs(t, err, io.EOF)
	require.Empty(t, buf)
}

// What is no socket is read with a chunk that grows while it is filled.
func TestAChunkGrows(t *testing.T) {
	a, b := net.Pipe()
	defer func() { require.NoError(t, errors.Join(a.Close(), b.Close())) }()
	require.Same(t, a, described(a, time.Second, true))
	from := sourceOf(a)
	for _, c := range []struct{ frame, write, size int }{
		{0, smallChunk, smallChunk}, {0, smallChunk, largeChunk}, {0, 1, largeChunk}, {0, 1, smallChunk}, {largeFrame, 1, smallChunk},
	} {
		sent := make(chan error, 1)
		go func() {
			_, err := b.Write(make([]byte, c.write))
			sent <- err
		}()
		buf, err := from.readChunk(c.frame)
		require.NoError(t, err)
		require.Len(t, buf, c.write)
		require.Equal(t, c.size, cap(buf))
		require.NoError(t, <-sent)
	}
}

package poll_test

import (
	"bytes"
	"errors"
	"io"
	"net"
	"path/filepath"
	"runtime"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/hadron-mq/hadron/internal/poll"
)

// patience is how long a test waits for anything before it fails.
const patience = 30 * time.Second

func newPoller(t *testing.T) *poll.Poller {
	t.Helper()
	p, err := poll.New()
	require.NoError(t, err)
	t.Cleanup(p.Close)
	return p
}

// end is a socket that is polled, its peer, and how often it was called.
type end struct {
	*poll.Socket
	t      *testing.T
	poller *poll.Poller
	peer   net.Conn
	calls  int
}

// dial connects two ends at an address to listen at, the first of which is polled.
func dial(t *testing.T, p *poll.Poller, network, address string) *end {
	t.Helper()
	l, err := net.Listen(network, address)
	require.NoError(t, err)
	defer l.Close()
	peer, err := net.Dial(network, l.Addr().String())
	require.NoError(t, err)
	conn, err := l.Accept()
	require.NoError(t, err)
	e := &end{t: t, poller: p, peer: peer}
	e.Socket, err = p.Add(conn, func() { e.calls++ })
	require.NoError(t, err)
	t.Cleanup(func() {
		e.Close()
		_ = peer.Close()
	})
	return e
}

func tcp(t *testing.T, p *poll.Poller) *end { return dial(t, p, "tcp", "127.0.0.1:0") }

// says has the peer write.
func (e *end) says(s string) {
	e.t.Helper()
	_, err := e.peer.Write([]byte(s))
	require.NoError(e.t, err)
}

// until waits and tells until a condition holds.
func (e *end) until(what string, condition func() bool) {
	e.t.Helper()
	for late := time.Now().Add(patience); !condition(); {
		require.True(e.t, time.Now().Before(late), "waited in vain for "+what)
		e.poller.Wait(late)
		e.poller.Tell()
	}
}

// reads reads what is there, into so many bytes.
func (e *end) reads(room int) string {
	e.t.Helper()
	e.until("input", e.Readable)
	b := make([]byte, room)
	n, err := e.Read(b)
	require.NoError(e.t, err)
	return string(b[:n])
}

func TestASocketIsToldOfInput(t *testing.T) {
	for network, address := range map[string]string{"tcp": "127.0.0.1:0", "unix": filepath.Join(t.TempDir(), "s")} {
		t.Run(network, func(t *testing.T) {
			p := newPoller(t)
			require.Zero(t, p.Sockets())
			e := dial(t, p, network, address)
			require.Equal(t, 1, p.Sockets())
			require.False(t, p.Look())
			require.False(t, e.Readable())
			require.True(t, e.Writable())
			require.Equal(t, network, e.RemoteAddr().Network())

			e.says("one")
			require.Equal(t, "one", e.reads(100))
			require.Equal(t, 1, e.calls)
			require.False(t, e.Readable(), "there was room for more")

			e.says("two and three")
			require.Equal(t, "two", e.reads(3))
			require.True(t, e.Readable(), "it is told once, and there is more")
			require.False(t, p.Look())
			require.Equal(t, " and three", e.reads(10))
			require.True(t, e.Readable(), "nobody knows")
			require.Empty(t, e.reads(10))
			require.False(t, e.Readable())
			require.Equal(t, 2, e.calls)

			e.says("four")
			require.NoError(t, e.peer.Close())
			require.Equal(t, "four", e.reads(100))
			e.until("the end", e.Readable)
			_, err := e.Read(make([]byte, 100))
			require.ErrorIs(t, err, io.EOF)
		})
	}
}

// The end came with the last bytes, and is not told of again.
func TestTheEndIsNotMissed(t *testing.T) {
	e := tcp(t, newPoller(t))
	e.says("last words")
	require.NoError(t, e.peer.(*net.TCPConn).CloseWrite())
	require.Equal(t, "last words", e.reads(100))
	e.until("the end", e.Readable)
	_, err := e.Read(make([]byte, 100))
	require.ErrorIs(t, err, io.EOF)
	left, err := e.Write([][]byte{[]byte("good"), nil, []byte("bye")})
	require.NoError(t, err)
	require.Empty(t, left)
	require.NoError(t, e.CloseWrite())
	said, err := io.ReadAll(e.peer)
	require.NoError(t, err)
	require.Equal(t, "goodbye", string(said))
}

func TestAResetIsAnError(t *testing.T) {
	e := tcp(t, newPoller(t))
	require.NoError(t, e.peer.(*net.TCPConn).SetLinger(0))
	require.NoError(t, e.peer.Close())
	e.until("the reset", e.Readable)
	_, err := e.Read(make([]byte, 100))
	require.ErrorIs(t, err, syscall.ECONNRESET)
	require.ErrorContains(t, err, "read tcp "+e.peer.RemoteAddr().String()+"->"+e.peer.LocalAddr().String())
	_, err = e.Write([][]byte{[]byte("x")})
	require.ErrorIs(t, err, syscall.EPIPE)
	require.Error(t, e.CloseWrite())
}

// What a full socket does not take is written when the peer has read.
func TestAFullSocket(t *testing.T) {
	for network, address := range map[string]string{"tcp": "127.0.0.1:0", "unix": filepath.Join(t.TempDir(), "s")} {
		t.Run(network, func(t *testing.T) {
			e := dial(t, newPoller(t), network, address)
			var sent bytes.Buffer
			fill := func() (bufs [][]byte) {
				for len(bufs) < 3000 { // each of another size, and not all are written at once
					block := bytes.Repeat([]byte{byte(len(bufs))}, 1+len(bufs)%1000*7)
					sent.Write(block)
					bufs = append(bufs, block)
				}
				return bufs
			}
			var got bytes.Buffer
			for range 2 {
				left, err := e.Write(fill())
				require.NoError(t, err)
				require.NotEmpty(t, left)
				for len(left) > 0 {
					require.False(t, e.Writable())
					pending := 0
					for _, b := range left {
						pending += len(b)
					}
					_, err = io.CopyN(&got, e.peer, int64(sent.Len()-got.Len()-pending))
					require.NoError(t, err)
					e.until("room", e.Writable)
					left, err = e.Write(left)
					require.NoError(t, err)
				}
				_, err = io.CopyN(&got, e.peer, int64(sent.Len()-got.Len()))
				require.NoError(t, err)
				require.True(t, bytes.Equal(sent.Bytes(), got.Bytes()))
			}
			_, err := e.Write(fill())
			require.NoError(t, err)
			require.NoError(t, e.peer.Close())
			e.until("the end", e.Writable)
			_, err = e.Write(fill())
			require.Error(t, err)
		})
	}
}

// wait waits on a goroutine of its own, and returns what is closed when that has ended.
func (e *end) wait(until time.Time) chan struct{} {
	done := make(chan struct{})
	go func() {
		defer close(done)
		e.poller.Wait(until)
	}()
	return done
}

func TestWhatEndsAWait(t *testing.T) {
	for _, procs := range []int{1, 2} {
		for name, c := range map[string]struct {
			until time.Duration
			end   func(e *end)
		}{
			"input":               {0, func(e *end) { e.says("x") }},
			"a wake-up":           {0, func(e *end) { e.poller.Wake() }},
			"a wake-up, at last":  {time.Hour, func(e *end) { e.poller.Wake() }},
			"the time":            {20 * time.Millisecond, func(*end) {}},
			"the time, very soon": {time.Microsecond, func(*end) {}},
			"the time, long ago":  {-time.Second, func(*end) {}},
		} {
			t.Run(name, func(t *testing.T) {
				defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(procs))
				e := tcp(t, newPoller(t))
				for range 3 { // it waits elsewhere when waits are short
					for range 2 {
						var until time.Time
						if c.until != 0 {
							until = time.Now().Add(c.until)
						}
						done := e.wait(until)
						c.end(e)
						<-done
						e.poller.Tell()
					}
					for range 3 {
						e.says("busy")
						e.calls = 0
						e.until("input", func() bool { return e.calls > 0 })
					}
				}
			})
		}
	}
}

// A wake-up that comes before the wait ends it, too, and is told nobody.
func TestAWakeUpIsNotLost(t *testing.T) {
	e := tcp(t, newPoller(t))
	e.poller.Wake()
	e.poller.Wake()
	e.poller.Wait(time.Time{})
	require.True(t, e.poller.Look())
	e.poller.Tell()
	require.Zero(t, e.calls)
	require.False(t, e.poller.Look())
}

// What is told of a socket that was closed meanwhile is not told of another one that has its descriptor now.
func TestADescriptorIsUsedAgain(t *testing.T) {
	p := newPoller(t)
	first, second := tcp(t, p), tcp(t, p)
	first.says("x")
	second.says("x")
	first.until("both", func() bool { // without telling
		p.Wait(time.Now().Add(time.Millisecond))
		return p.Look()
	})
	first.Close()
	first.Close()
	require.Equal(t, 1, p.Sockets())
	third := tcp(t, p)
	p.Tell()
	require.Zero(t, first.calls)
	require.False(t, third.Readable())
	require.Zero(t, third.calls)
	second.until("its own", second.Readable)
	_, err := first.Read(make([]byte, 1))
	require.ErrorIs(t, err, syscall.EBADF)
}

// conn is a connection that is more than a socket.
type conn struct{ *net.TCPConn }

func TestWhatCannotBePolled(t *testing.T) {
	p := newPoller(t)
	a, b := net.Pipe()
	defer func() { require.NoError(t, errors.Join(a.Close(), b.Close())) }()
	_, err := p.Add(a, func() {})
	require.ErrorIs(t, err, errors.ErrUnsupported)
	_, err = p.Add(conn{}, func() {})
	require.ErrorIs(t, err, errors.ErrUnsupported)
	require.ErrorContains(t, err, "poll: a poll_test.conn")

	e := tcp(t, p)
	own := e.peer.(*net.TCPConn)
	require.NoError(t, own.Close())
	_, err = p.Add(own, func() {})
	require.ErrorIs(t, err, net.ErrClosed)
	require.Equal(t, 1, p.Sockets())
}

func TestNothingIsLeftOpen(t *testing.T) {
	before := descriptors(t)
	t.Run("in use", func(t *testing.T) {
		p := newPoller(t)
		for range 3 {
			e := tcp(t, p)
			e.says("x")
			e.reads(1)
			p.Wait(time.Now().Add(5 * time.Millisecond)) // long enough for each place to wait
		}
		require.Greater(t, descriptors(t), before)
	})
	require.Equal(t, before, descriptors(t))
}

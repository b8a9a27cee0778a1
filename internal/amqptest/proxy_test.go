package amqptest

import (
	"bytes"
	"io"
	"net"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// target is a listener whose connections a test takes one by one.
func target(t *testing.T) (addr string, take func() *net.TCPConn) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = listener.Close() })
	return listener.Addr().String(), func() *net.TCPConn {
		t.Helper()
		require.NoError(t, listener.(*net.TCPListener).SetDeadline(time.Now().Add(patience)))
		conn, err := listener.Accept()
		require.NoError(t, err)
		return owned(t, conn)
	}
}

func dial(t *testing.T, addr string) *net.TCPConn {
	t.Helper()
	conn, err := net.Dial("tcp", addr)
	require.NoError(t, err)
	return owned(t, conn)
}

// owned bounds the life of a connection to that of the test.
func owned(t *testing.T, conn net.Conn) *net.TCPConn {
	t.Helper()
	t.Cleanup(func() { _ = conn.Close() })
	require.NoError(t, conn.SetDeadline(time.Now().Add(patience)))
	return conn.(*net.TCPConn)
}

func send(t *testing.T, conn net.Conn, text string) {
	t.Helper()
	_, err := io.WriteString(conn, text)
	require.NoError(t, err)
}

func receive(t *testing.T, conn net.Conn, text string) {
	t.Helper()
	b := make([]byte, len(text))
	_, err := io.ReadFull(conn, b)
	require.NoError(t, err)
	require.Equal(t, text, string(b))
}

// receiveEOF wants text and then FIN; receiveReset, text and then RST.
func receiveEOF(t *testing.T, conn net.Conn, text string) {
	t.Helper()
	b, err := io.ReadAll(conn)
	require.NoError(t, err)
	require.Equal(t, text, string(b))
}

func receiveReset(t *testing.T, conn net.Conn, text string) {
	t.Helper()
	b, err := io.ReadAll(conn)
	require.ErrorIs(t, err, syscall.ECONNRESET)
	require.Equal(t, text, string(b))
}

// through makes a connection through a proxy that has these faults, and gives
// its two ends by the direction that they send in.
func through(t *testing.T, faults ...Fault) (*Proxy, map[Direction]*net.TCPConn) {
	t.Helper()
	addr, take := target(t)
	p := NewProxy(t, addr)
	p.Fault(faults...)
	client := dial(t, p.Addr())
	return p, map[Direction]*net.TCPConn{ToTarget: client, FromTarget: take()}
}

func bothDirections(t *testing.T, test func(t *testing.T, dir, back Direction)) {
	t.Run(ToTarget.String(), func(t *testing.T) { test(t, ToTarget, FromTarget) })
	t.Run(FromTarget.String(), func(t *testing.T) { test(t, FromTarget, ToTarget) })
}

func TestProxyForwards(t *testing.T) {
	bothDirections(t, func(t *testing.T, dir, back Direction) {
		p, ends := through(t)
		src, dst := ends[dir], ends[back]
		send(t, src, "question")
		receive(t, dst, "question")
		require.NoError(t, src.CloseWrite())
		receiveEOF(t, dst, "")
		assert.Equal(t, 1, p.Live(), "half of it is open")
		send(t, dst, "answer")
		receive(t, src, "answer")
		require.NoError(t, dst.Close())
		receiveEOF(t, src, "")
		require.NoError(t, src.Close())
		require.Eventually(t, func() bool { return p.Live() == 0 }, patience, time.Millisecond)
		assert.Equal(t, 1, p.Connections())
		assert.EqualValues(t, 8, p.Passed(dir))
		assert.EqualValues(t, 6, p.Passed(back))
		assert.EqualValues(t, 8, p.PassedOn(0, dir))
		assert.Zero(t, p.PassedOn(1, dir))
	})
}

func TestProxyForwardsMuch(t *testing.T) {
	p, ends := through(t)
	sent := bytes.Repeat([]byte("0123456789abcdef"), 1<<18)
	go func() {
		_, _ = ends[ToTarget].Write(sent)
		_ = ends[ToTarget].CloseWrite()
	}()
	got, err := io.ReadAll(ends[FromTarget])
	require.NoError(t, err)
	assert.True(t, bytes.Equal(sent, got))
	assert.EqualValues(t, len(sent), p.Passed(ToTarget))
}

func TestProxyPassesAResetOn(t *testing.T) {
	bothDirections(t, func(t *testing.T, dir, back Direction) {
		_, ends := through(t)
		require.NoError(t, ends[dir].SetLinger(0))
		require.NoError(t, ends[dir].Close())
		receiveReset(t, ends[back], "")
	})
}

func TestCut(t *testing.T) {
	bothDirections(t, func(t *testing.T, dir, back Direction) {
		p, ends := through(t, Cut(dir, 5))
		send(t, ends[back], "abc")
		receive(t, ends[dir], "abc")
		send(t, ends[dir], "01234567")
		receiveEOF(t, ends[back], "01234")
		receiveEOF(t, ends[dir], "")
		send(t, ends[back], "goes nowhere, and is no error")
		assert.EqualValues(t, 5, p.Passed(dir))
		assert.EqualValues(t, 3, p.Passed(back))
	})
}

func TestCutComesWithTheLastByte(t *testing.T) {
	_, ends := through(t, Cut(ToTarget, 5))
	send(t, ends[ToTarget], "01234")
	receiveEOF(t, ends[FromTarget], "01234")
	receiveEOF(t, ends[ToTarget], "")
}

func TestCutBeforeTheFirstByte(t *testing.T) {
	_, ends := through(t, Cut(FromTarget, 0))
	receiveEOF(t, ends[ToTarget], "")
	receiveEOF(t, ends[FromTarget], "")
}

func TestReset(t *testing.T) {
	bothDirections(t, func(t *testing.T, dir, back Direction) {
		p, ends := through(t, Reset(dir, 5))
		send(t, ends[dir], "01234567")
		receiveReset(t, ends[back], "01234")
		receiveReset(t, ends[dir], "")
		require.Eventually(t, func() bool { return p.Live() == 0 }, patience, time.Millisecond)
	})
}

func TestHalfClose(t *testing.T) {
	bothDirections(t, func(t *testing.T, dir, back Direction) {
		_, ends := through(t, HalfClose(dir, 5))
		send(t, ends[dir], "01234567")
		receiveEOF(t, ends[back], "01234")
		send(t, ends[back], "still here")
		receive(t, ends[dir], "still here")
	})
}

func TestStall(t *testing.T) {
	bothDirections(t, func(t *testing.T, dir, back Direction) {
		p, ends := through(t, Stall(dir, 5), Stall(dir, 7))
		send(t, ends[dir], "01234567")
		receive(t, ends[back], "01234")
		send(t, ends[back], "still here")
		receive(t, ends[dir], "still here")
		assert.EqualValues(t, 5, p.Passed(dir))
		// Heal ends a stall that has come: here one, and then the other.
		require.Eventually(t, func() bool { p.Heal(); return p.Passed(dir) == 8 }, patience, time.Millisecond)
		receive(t, ends[back], "567")
	})
}

func TestCorrupt(t *testing.T) {
	bothDirections(t, func(t *testing.T, dir, back Direction) {
		_, ends := through(t, Corrupt(dir, 0, 0x20), Corrupt(dir, 4, 0x20), Corrupt(back, 1, 0x20))
		send(t, ends[dir], "ab")
		receive(t, ends[back], "Ab")
		send(t, ends[dir], "cdef")
		receive(t, ends[back], "cdEf")
		send(t, ends[back], "xyz")
		receive(t, ends[dir], "xYz")
	})
}

func TestCorruptFrame(t *testing.T) {
	bothDirections(t, func(t *testing.T, dir, back Direction) {
		_, ends := through(t, CorruptFrame(dir, 1, 9, 0x20), CorruptFrame(dir, 2, 0, 0x20))
		const first, second = "AMQP\x00\x01\x00\x00", "\x00\x00\x00\x0a\x02\x00\x00\x00"
		send(t, ends[dir], first+second)
		receive(t, ends[back], first+second)
		send(t, ends[dir], "ab")
		receive(t, ends[back], "aB")
		send(t, ends[dir], second)
		receive(t, ends[back], "\x20"+second[1:])
	})
}

func TestDelay(t *testing.T) {
	t.Run("passes at last", func(t *testing.T) {
		_, ends := through(t, Delay(ToTarget, time.Millisecond))
		send(t, ends[ToTarget], "late")
		receive(t, ends[FromTarget], "late")
	})
	t.Run("holds back until then", func(t *testing.T) {
		p, ends := through(t, Delay(ToTarget, time.Hour))
		send(t, ends[ToTarget], "never")
		send(t, ends[FromTarget], "at once")
		receive(t, ends[ToTarget], "at once")
		assert.Zero(t, p.Passed(ToTarget))
		p.CutAll()
		receiveReset(t, ends[FromTarget], "")
	})
}

func TestFaultsOfOneConnection(t *testing.T) {
	addr, take := target(t)
	p := NewProxy(t, addr)
	p.FaultOn(1, Cut(ToTarget, 2))
	for i, want := range []string{"hello", "he", "hello"} {
		client := dial(t, p.Addr())
		server := take()
		send(t, client, "hello")
		require.NoError(t, client.CloseWrite())
		receiveEOF(t, server, want)
		assert.EqualValues(t, len(want), p.PassedOn(i, ToTarget))
	}
	assert.EqualValues(t, 12, p.Passed(ToTarget))

	w := &watched{TB: t}
	p.t = w
	p.FaultOn(2, Cut(ToTarget, 2))
	assert.Equal(t, []string{"amqptest: proxy: faults for connection 2, which is made already"}, w.errors)
}

func TestHealTakesFaultsOff(t *testing.T) {
	addr, take := target(t)
	p := NewProxy(t, addr)
	p.Fault(Cut(ToTarget, 0))
	p.FaultOn(0, Cut(FromTarget, 0))
	p.Heal()
	client := dial(t, p.Addr())
	send(t, client, "whole")
	receive(t, take(), "whole")
}

func TestCutAllLeavesThoseToCome(t *testing.T) {
	addr, take := target(t)
	p := NewProxy(t, addr)
	var ends []*net.TCPConn
	for range 3 {
		ends = append(ends, dial(t, p.Addr()), take())
	}
	// A connection has both its ends in the proxy when a byte has passed.
	for i := 0; i < len(ends); i += 2 {
		send(t, ends[i], "x")
		receive(t, ends[i+1], "x")
	}
	p.CutAll()
	for _, end := range ends {
		receiveReset(t, end, "")
	}
	assert.Equal(t, 3, p.Connections())
	assert.Zero(t, p.Live())
	client := dial(t, p.Addr())
	send(t, client, "again")
	receive(t, take(), "again")
}

func TestRefuse(t *testing.T) {
	addr, take := target(t)
	p := NewProxy(t, addr)
	p.Refuse(true)
	receiveEOF(t, dial(t, p.Addr()), "")
	assert.Zero(t, p.Connections())
	assert.Equal(t, 1, p.Refused())
	p.Refuse(false)
	client := dial(t, p.Addr())
	send(t, client, "welcome")
	receive(t, take(), "welcome")
	assert.Equal(t, 1, p.Connections())
}

func TestRetarget(t *testing.T) {
	first, takeFirst := target(t)
	second, takeSecond := target(t)
	p := NewProxy(t, first)
	old := dial(t, p.Addr())
	oldServer := takeFirst()
	p.Retarget(second)
	client := dial(t, p.Addr())
	send(t, client, "new")
	receive(t, takeSecond(), "new")
	send(t, old, "old")
	receive(t, oldServer, "old")
}

func TestATargetThatIsNotThere(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	addr := listener.Addr().String()
	require.NoError(t, listener.Close())
	p := NewProxy(t, addr)
	// The reset may come so soon that the dialling itself meets it.
	conn, err := net.Dial("tcp", p.Addr())
	if err == nil {
		_, err = owned(t, conn).Read(make([]byte, 1))
	}
	assert.ErrorIs(t, err, syscall.ECONNRESET)
}

func TestCloseEndsEverything(t *testing.T) {
	p, ends := through(t, Stall(FromTarget, 0), Delay(ToTarget, time.Hour))
	send(t, ends[ToTarget], "x")
	send(t, ends[FromTarget], "x")
	p.Close()
	p.Close()
	assert.Zero(t, p.Live())
	_, err := net.Dial("tcp", p.Addr())
	assert.Error(t, err)
}

func TestFaultsHaveNames(t *testing.T) {
	assert.Equal(t, "half-close to target at 5", HalfClose(ToTarget, 5).String())
	assert.Equal(t, "delay from target by 1s", Delay(FromTarget, time.Second).String())
}

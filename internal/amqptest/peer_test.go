package amqptest

import (
	"fmt"
	"io"
	"net"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// watched is a test that may fail: it keeps what it was failed with.
type watched struct {
	testing.TB
	errors []string
}

func (w *watched) Errorf(format string, args ...any) {
	w.errors = append(w.errors, fmt.Sprintf(format, args...))
}
func (w *watched) FailNow() { runtime.Goexit() }

// failing gives the one failure of a script that plays against another.
func failing(t *testing.T, other, script func(p *Peer)) string {
	t.Helper()
	near, far := net.Pipe()
	w := &watched{TB: t}
	done := make(chan struct{})
	go func() {
		defer close(done)
		script(NewPeer(w, near))
	}()
	// The watched script gives up in the middle, and what the other then meets
	// is not what is tested.
	other(&Peer{t: &watched{TB: t}, conn: far, abandon: func() {}})
	_ = far.Close()
	<-done
	require.Len(t, w.errors, 1)
	return w.errors[0]
}

func TestTwoPeersTalk(t *testing.T) {
	near, far := net.Pipe()
	done := make(chan struct{})
	go func() {
		defer close(done)
		p := &Peer{t: t, conn: far, abandon: runtime.Goexit}
		defer p.Close()
		init := p.AnswerSASL("ANONYMOUS", "PLAIN")
		assert.Equal(t, []byte("a"), init.Fields["initial-response"])
		open := p.AnswerOpen(M{"channel-max": 1})
		assert.Equal(t, "peer", open.Fields["container-id"])
		p.Send(F(0, "", nil), F(0, "begin", M{"next-outgoing-id": 0, "incoming-window": 1, "outgoing-window": 1}))
		p.Expect("a heartbeat is not passed over where it is wanted", F(0, "", nil))
		p.Await("the close comes at last", F(0, "close", nil))
		p.SendBytes(F(0, "close", nil).Bytes()[:5])
		p.SendBytes(F(0, "close", nil).Bytes()[5:])
		p.Send(F(0, "", nil))
	}()

	p := NewPeer(t, near)
	p.SendHeader(HeaderSASL)
	p.ExpectHeader(HeaderSASL)
	p.Expect("the server offers", F(0, "sasl-mechanisms", M{"sasl-server-mechanisms": []string{"ANONYMOUS", "PLAIN"}}))
	p.Send(F(0, "sasl-init", M{"mechanism": "ANONYMOUS", "initial-response": "a"}))
	p.Expect("the server agrees", F(0, "sasl-outcome", M{"code": 0}))
	open := p.Open(nil)
	assert.Equal(t, uint16(1), open.Fields["channel-max"])
	begin := p.Expect("a heartbeat before it is passed over", F(0, "begin", nil))
	assert.Equal(t, "begin", begin.Name)
	p.Send(F(0, "", nil))
	p.Send(F(0, "end", nil), F(0, "close", M{"error": D{Name: "error", Fields: M{"condition": "a:b"}}}))
	assert.Equal(t, "close", p.Next("in two writes").Name)
	p.ExpectEOF("the server is gone")
	<-done
}

func TestFailuresReadAsAConversation(t *testing.T) {
	failure := failing(t,
		func(p *Peer) {
			p.SendHeader(HeaderAMQP)
			p.ExpectHeader(HeaderAMQP)
			p.Send(F(0, "open", M{"container-id": "other"}))
		},
		func(p *Peer) {
			p.ExpectHeader(HeaderAMQP)
			p.SendHeader(HeaderAMQP)
			p.Expect("the client opens", F(0, "open", M{"container-id": "mine"}))
		})
	assert.Equal(t, `the client opens:
 want ch 0 open{container-id: "mine"}
  got ch 0 open{container-id: "other"}
container-id: want string "mine", got string "other"
so far:
  peer gets  AMQP 0 1.0.0
  peer sends AMQP 0 1.0.0
  peer gets  ch 0 open{container-id: "other"}`, failure)
}

func TestFailures(t *testing.T) {
	expectOpen := func(p *Peer) { p.Expect("the client opens", F(0, "open", nil)) }
	for name, test := range map[string]struct {
		other, script func(p *Peer)
		failure       string
	}{
		"end of the connection": {func(*Peer) {}, expectOpen, "got EOF"},
		"end within the size":   {func(p *Peer) { p.SendBytes([]byte{0, 0, 0}) }, expectOpen, "only 00 00 00: unexpected EOF"},
		"end within a frame": {func(p *Peer) { p.SendBytes([]byte{0, 0, 0, 9, 2, 0, 0, 0}) }, expectOpen,
			"8 of the 9 bytes of a frame: unexpected EOF"},
		"no frame":             {func(p *Peer) { p.SendBytes([]byte("HTTP/1.1")) }, expectOpen, "a frame of 1213486160 bytes"},
		"not what it declares": {func(p *Peer) { p.SendBytes(F(0, "open", M{"container-id": Symbol("c")}).Bytes()) }, expectOpen, "open.container-id: symbol 'c' where the specification says string"},
		"header": {func(p *Peer) { p.SendHeader(HeaderSASL) }, func(p *Peer) { p.ExpectHeader(HeaderAMQP) },
			"frame: want AMQP 0 1.0.0, got AMQP 3 1.0.0"},
		"header for a frame": {func(p *Peer) { p.SendHeader(HeaderAMQP) }, expectOpen, "frame: want ch 0 open{}, got AMQP 0 1.0.0"},
		"frame for a header": {func(p *Peer) { p.Send(F(0, "open", M{"container-id": "c"})) }, func(p *Peer) { p.ExpectHeader(HeaderAMQP) },
			`frame: want AMQP 0 1.0.0, got ch 0 open{container-id: "c"}`},
		"not the end": {func(p *Peer) { p.Send(F(0, "close", nil)) }, func(p *Peer) { p.ExpectEOF("it ends") },
			"want the end of the connection\n  got ch 0 close{}"},
		"nothing to await": {func(p *Peer) { p.Send(F(0, "close", nil)) }, func(p *Peer) { p.Await("at last", F(0, "open", nil)) }, "got EOF"},
		"nobody to send to": {func(p *Peer) { p.Close() }, func(p *Peer) { p.Send(F(0, "close", nil)) },
			"sending 12 bytes: io: read/write on closed pipe"},
	} {
		t.Run(name, func(t *testing.T) { assert.Contains(t, failing(t, test.other, test.script), test.failure) })
	}
}

func TestLongConversationsAreRememberedInPart(t *testing.T) {
	failure := failing(t,
		func(p *Peer) { _, _ = io.Copy(io.Discard, io.LimitReader(p.Conn(), 100*8+1024*1024+11)) },
		func(p *Peer) {
			for range 100 {
				p.Send(F(0, "", nil))
			}
			p.SendBytes(make([]byte, 1<<20))
			p.SendBytes([]byte(strings.Repeat("long ", 200)))
		})
	assert.Less(t, len(failure), 2000)
}

func TestServePlaysAScriptForEachConnection(t *testing.T) {
	addr := Serve(t,
		func(p *Peer) {
			p.AnswerOpen(M{"container-id": "first"})
		},
		func(p *Peer) {
			p.AnswerOpen(M{"container-id": "second"})
			p.Expect("the client closes", F(0, "close", nil))
		})
	dial := func() *Peer {
		conn, err := net.Dial("tcp", addr)
		require.NoError(t, err)
		return NewPeer(t, conn)
	}
	first := dial()
	assert.Equal(t, "first", first.Open(nil).Fields["container-id"])
	first.ExpectEOF("the script has ended")
	second := dial()
	assert.Equal(t, "second", second.Open(nil).Fields["container-id"])
	second.Send(F(0, "close", nil))
	second.ExpectEOF("the script has ended")
	dial().ExpectEOF("there is no third script")
}

func TestServeFailsForConnectionsThatWereNotMade(t *testing.T) {
	var cleanup func()
	w := &cleaned{watched: watched{TB: t}, cleanup: &cleanup}
	Serve(w, func(*Peer) {}, func(*Peer) {})
	cleanup()
	assert.Equal(t, []string{"amqptest: 0 of the 2 connections of the script were made"}, w.errors)
}

// A test that has failed does not wait for the scripts that still talk.
func TestServeEndsWithAFailedTest(t *testing.T) {
	var cleanup func()
	w := &cleaned{watched: watched{TB: t}, cleanup: &cleanup}
	begun := make(chan struct{})
	addr := Serve(w, func(p *Peer) {
		close(begun)
		p.ExpectHeader(HeaderAMQP)
	})
	conn, err := net.Dial("tcp", addr)
	require.NoError(t, err)
	defer func() { _ = conn.Close() }()
	<-begun
	w.failed = true
	cleanup()
	require.Len(t, w.errors, 1)
	assert.Contains(t, w.errors[0], "use of closed network connection")
}

// cleaned is a watched test whose cleanup can be called.
type cleaned struct {
	watched
	cleanup *func()
	failed  bool
}

func (c *cleaned) Failed() bool { return c.failed }

func (c *cleaned) Cleanup(f func()) { *c.cleanup = f }

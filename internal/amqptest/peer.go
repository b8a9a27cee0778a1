package amqptest

import (
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"syscall"
	"testing"
	"time"
)

const (
	// patience is how long a peer waits for one frame, or for room to send one,
	// before it gives the test up.
	patience = 10 * time.Second
	// maxRemembered bounds the conversation that a failure shows, in lines.
	maxRemembered = 40
)

// Peer is one end of a connection, played by a test: it sends the frames that
// the test gives it and fails the test when a frame that comes in is not the one
// that is wanted. It does nothing of itself, so that a test can break every rule.
//
// A peer is for one goroutine: the test's own, or that of a script of [Serve].
type Peer struct {
	t    testing.TB
	conn net.Conn
	// abandon ends the goroutine of a test that has failed.
	abandon func()
	said    []string
}

// NewPeer plays the other end of conn. The test's cleanup closes conn.
func NewPeer(t testing.TB, conn net.Conn) *Peer {
	t.Helper()
	t.Cleanup(func() { _ = conn.Close() })
	return &Peer{t: t, conn: conn, abandon: t.FailNow}
}

// Conn is the connection that the peer plays on.
func (p *Peer) Conn() net.Conn { return p.conn }

// SendHeader sends a protocol header (§2.2).
func (p *Peer) SendHeader(h Header) {
	p.t.Helper()
	p.Send(h.Frame())
}

// ExpectHeader wants a protocol header next (§2.2).
func (p *Peer) ExpectHeader(h Header) {
	p.t.Helper()
	p.Expect("protocol header", h.Frame())
}

// Send sends the frames in one write.
func (p *Peer) Send(frames ...Frame) {
	p.t.Helper()
	for _, f := range frames {
		p.remember("peer sends", f)
	}
	p.write(Bytes(frames...))
}

// SendBytes sends bytes as they are: parts of frames, or what is no frame.
func (p *Peer) SendBytes(b []byte) {
	p.t.Helper()
	p.remember("peer sends", Raw(b))
	p.write(b)
}

func (p *Peer) write(b []byte) {
	p.t.Helper()
	_ = p.conn.SetWriteDeadline(time.Now().Add(patience))
	if _, err := p.conn.Write(b); err != nil {
		p.fatalf("sending %d bytes: %v", len(b), err)
	}
}

// Expect wants the frame next, as [Matches] compares it, and gives the frame
// that came. Empty frames (§2.4.5) before it are passed over, unless one is
// what is wanted. The why is the first line of the failure.
func (p *Peer) Expect(why string, want Frame) Frame {
	p.t.Helper()
	for {
		got := p.next(why, want.String())
		if got.Name == "" && want.Name != "" {
			continue
		}
		if diff := Matches(want, got); diff != "" {
			p.fatalf("%s:\n want %s\n  got %s\n%s", why, want, got, diff)
		}
		return got
	}
}

// Await passes over frames until the one that is wanted comes, and gives it.
func (p *Peer) Await(why string, want Frame) Frame {
	p.t.Helper()
	for {
		if got := p.next(why, want.String()); Matches(want, got) == "" {
			return got
		}
	}
}

// Next gives the next frame, whatever it is.
func (p *Peer) Next(why string) Frame {
	p.t.Helper()
	return p.next(why, "any frame")
}

// ExpectEOF wants nothing more: the other end has closed its connection, or
// reset it. Empty frames before that are passed over.
func (p *Peer) ExpectEOF(why string) {
	p.t.Helper()
	for {
		f, err := p.read()
		switch {
		case err == nil && f.Name == "":
			continue
		case err == nil:
			p.fatalf("%s:\n want the end of the connection\n  got %s", why, f)
		case errors.Is(err, io.EOF), errors.Is(err, syscall.ECONNRESET):
			return
		default:
			p.fatalf("%s: want the end of the connection: %v", why, err)
		}
	}
}

// Close closes the connection as it stands, with no frame sent.
func (p *Peer) Close() { _ = p.conn.Close() }

func (p *Peer) next(why, want string) Frame {
	p.t.Helper()
	f, err := p.read()
	if err != nil {
		p.fatalf("%s:\n want %s\n  got %v", why, want, err)
	}
	return f
}

func (p *Peer) read() (Frame, error) {
	_ = p.conn.SetReadDeadline(time.Now().Add(patience))
	head := make([]byte, headerSize)
	if n, err := io.ReadFull(p.conn, head); err != nil {
		if errors.Is(err, io.ErrUnexpectedEOF) {
			err = fmt.Errorf("only % x: %w", head[:n], err)
		}
		return Frame{}, err
	}
	size, err := unitSize(head)
	if err != nil {
		return Frame{}, err
	}
	b := append(head, make([]byte, size-headerSize)...)
	if n, err := io.ReadFull(p.conn, b[headerSize:]); err != nil {
		if errors.Is(err, io.EOF) {
			err = io.ErrUnexpectedEOF
		}
		return Frame{}, fmt.Errorf("%d of the %d bytes of a frame: %w", headerSize+n, size, err)
	}
	f, err := parseUnit(b)
	if err == nil {
		p.remember("peer gets ", f)
	}
	return f, err
}

func (p *Peer) remember(who string, what any) {
	line := show(what)
	if len(line) > 300 {
		line = line[:300] + "..."
	}
	p.said = append(p.said, who+" "+line)
	if len(p.said) > maxRemembered {
		p.said = p.said[1:]
	}
}

func (p *Peer) fatalf(format string, args ...any) {
	p.t.Helper()
	p.t.Errorf("%s\nso far:\n  %s", fmt.Sprintf(format, args...), strings.Join(p.said, "\n  "))
	p.abandon()
}

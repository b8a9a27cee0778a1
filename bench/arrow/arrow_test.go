package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/hadron-mq/hadron/handler"
)

// arguments in the environment make the test binary the program itself: the other end, in a process of its own, so that what a
// benchmark counts is one side's.
const arguments = "HADRON_ARROW_ARGUMENTS"

func TestMain(m *testing.M) {
	if args := os.Getenv(arguments); args != "" {
		os.Args = append(os.Args[:1], strings.Fields(args)...)
		main()
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// environment gives a process its arguments. The race detector would linger for a second at its end.
func environment(args string) []string {
	return append(os.Environ(), arguments+"="+args, "GORACE=atexit_sleep_ms=0")
}

// addr is where a role listens.
func (p *pump) addr() string { return p.listener.Addr().String() }

// host is a role that listens at a free port, and starts the other end once it does.
type host struct {
	role
	listening func()
}

func (h *host) OnStart(e *handler.Event) {
	h.role.OnStart(e)
	h.listening()
}

// figure is the line that both ends print.
type figure struct {
	Peer    string  `json:"peer"`
	Role    string  `json:"role"`
	Count   int     `json:"count"`
	Seconds float64 `json:"seconds"`
	Rate    float64 `json:"rate"`
}

// pumped runs a job in this process against its counterpart in another, and returns the figures of both.
func pumped(tb testing.TB, j *job) (ours, theirs figure) {
	tb.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Minute)
	defer cancel()
	var out, other, errs bytes.Buffer
	j.figure = &out
	j.connections, j.links = max(j.connections, 1), max(j.links, 1)
	j.listening, j.hostPort, j.address = true, "127.0.0.1:0", "arrow"
	counterpart := "receive"
	h := new(host)
	var addr func() string
	if j.sending {
		s := newSending(j)
		h.role, addr = s, s.addr
	} else {
		r := newReceiving(j)
		h.role, addr, counterpart = r, r.addr, "send"
	}
	var peer *exec.Cmd
	h.listening = func() {
		hostname, port, err := net.SplitHostPort(addr())
		require.NoError(tb, err)
		args := fmt.Sprintf("-connections %d -links %d %s connect %s %s %s %d %d %d", j.connections, j.links, counterpart, hostname, port, j.address, j.count, j.body, j.credit)
		if j.settled {
			args += " settled"
		}
		peer = exec.CommandContext(ctx, os.Args[0])
		peer.Env = environment(args)
		peer.Stdout, peer.Stderr = &other, &errs
		require.NoError(tb, peer.Start())
	}
	require.NoError(tb, run(ctx, h, 1))
	require.NoError(tb, peer.Wait(), "%s", &errs)
	require.NoError(tb, json.Unmarshal(out.Bytes(), &ours), "%s", &out)
	require.NoError(tb, json.Unmarshal(other.Bytes(), &theirs), "%s", &other)
	return ours, theirs
}

func TestBothRolesBothSides(t *testing.T) {
	for _, sending := range []bool{true, false} {
		for _, settled := range []bool{true, false} {
			for _, body := range []int{0, 300_000} { // the last in several frames each
				t.Run(fmt.Sprintf("sending %t settled %t body %d", sending, settled, body), func(t *testing.T) {
					const count = 25
					ours, theirs := pumped(t, &job{sending: sending, settled: settled, body: body, count: count, credit: 10})
					require.Equal(t, count, ours.Count)
					require.Equal(t, count, theirs.Count)
					require.NotEqual(t, ours.Role, theirs.Role)
					require.Equal(t, "hadron", ours.Peer)
					require.Positive(t, theirs.Rate)
				})
			}
		}
	}
}

func TestSpread(t *testing.T) {
	for _, sending := range []bool{true, false} {
		for _, settled := range []bool{true, false} {
			t.Run(fmt.Sprintf("sending %t settled %t", sending, settled), func(t *testing.T) {
				const count = 1000
				ours, theirs := pumped(t, &job{sending: sending, settled: settled, body: 10, count: count, credit: 10, connections: 3, links: 5})
				require.Equal(t, count, ours.Count)
				require.Equal(t, count, theirs.Count)
			})
		}
	}
	j := new(job)
	require.NoError(t, j.spread(2, 3))
	require.Error(t, j.spread(0, 1))
	require.Error(t, j.spread(1, 0))
}

func TestReceiverChecksTheLength(t *testing.T) {
	j := &job{count: 1, body: 3, credit: 1, connections: 1, figure: io.Discard, listening: true, hostPort: "127.0.0.1:0", address: "arrow"}
	r := newReceiving(j)
	var peer *exec.Cmd
	h := &host{role: r, listening: func() {
		hostname, port, err := net.SplitHostPort(r.addr())
		require.NoError(t, err)
		peer = exec.CommandContext(t.Context(), os.Args[0])
		peer.Env = environment(fmt.Sprintf("send connect %s %s arrow 1 4 1", hostname, port))
		require.NoError(t, peer.Start())
	}}
	require.ErrorContains(t, run(t.Context(), h, 1), "the first of 4 bytes, in place of one of 3")
	_ = peer.Wait() // it may have had its outcome, or not
}

func TestParse(t *testing.T) {
	j, err := parse(strings.Fields("send connect 127.0.0.1 5672 a 1 2 3 settled"))
	require.NoError(t, err)
	require.Equal(t, &job{sending: true, hostPort: "127.0.0.1:5672", address: "a", count: 1, body: 2, credit: 3, settled: true, connections: 1, links: 1, loops: 1, figure: os.Stdout}, j)
	for args, says := range map[string]string{
		"send":                                    "1 arguments",
		"sing connect h 1 a 1 2 3":                `role "sing"`,
		"send convene h 1 a 1 2 3":                `side "convene"`,
		"send connect h 1 a x 2 3":                `COUNT "x"`,
		"send connect h 1 a 0 2 3":                `COUNT "0"`,
		"send connect h 1 a 1 -2 3":               `BODY_BYTES "-2"`,
		"receive listen h 1 a 1 2 0":              `CREDIT "0"`,
		"receive listen h 1 a 1 2 3 settle":       `"settle" is not`,
		"receive listen h 1 a 1 2 3 settled more": "10 arguments",
	} {
		_, err := parse(strings.Fields(args))
		require.ErrorContains(t, err, says, args)
	}
}

// BenchmarkSend and BenchmarkReceive count what one side of the pump allocates for a message, sockets, loop and handler included.
func BenchmarkSend(b *testing.B) {
	b.Run("accepted", func(b *testing.B) { benchmark(b, job{sending: true}) })
	b.Run("settled", func(b *testing.B) { benchmark(b, job{sending: true, settled: true}) })
}

func BenchmarkReceive(b *testing.B) {
	b.Run("accepted", func(b *testing.B) { benchmark(b, job{}) })
	b.Run("settled", func(b *testing.B) { benchmark(b, job{settled: true}) })
	b.Run("borrowed", func(b *testing.B) { benchmark(b, job{borrow: true}) })
}

func benchmark(b *testing.B, j job) {
	b.ReportAllocs()
	j.body, j.count, j.credit = 100, b.N, 1000
	ours, theirs := pumped(b, &j)
	if j.sending {
		ours = theirs // the receiver's clock is what counts
	}
	b.ReportMetric(ours.Rate, "msg/s")
}

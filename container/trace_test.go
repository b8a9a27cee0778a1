package container_test

import (
	"bytes"
	"io"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/hadron-mq/hadron/connection"
	"github.com/hadron-mq/hadron/container"
	"github.com/hadron-mq/hadron/handler"
)

// conversation is a login, a message and its outcome, as a client sees it, less what differs from time to time.
var conversation = []string{
	`-> SASL 1.0.0`,
	`<- SASL 1.0.0`,
	`0 <- @sasl-mechanisms(64) [sasl-server-mechanisms=["PLAIN"]]`,
	`0 -> @sasl-init(65) [mechanism="PLAIN", initial-response=***, hostname="127.0.0.1"]`,
	`0 <- @sasl-outcome(68) [code=0]`,
	`-> AMQP 1.0.0`,
	`0 -> @open(16)`,
	`0 -> @begin(17)`,
	`0 -> @attach(18) [name="`,
	`<- AMQP 1.0.0`,
	`0 <- @open(16)`,
	`0 <- @begin(17)`,
	`0 <- @attach(18) [name="`,
	`0 <- @flow(19)`,
	`0 -> @transfer(20) [handle=0, delivery-id=0, delivery-tag=b"`,
	`0 <- @disposition(21) [role=true, first=0, settled=true, state=@accepted(36) []]`,
	`0 -> @close(24) []`,
	`0 <- @close(24) []`,
}

// sends sends a message to the node with a password, and closes.
func sends(t *testing.T, n *node) *handler.Funcs {
	return &handler.Funcs{
		Start: func(e *handler.Event) {
			conn, err := e.Container().Connect(n.url, connection.User("alice", "secret"), connection.AllowedMechs("PLAIN"))
			require.NoError(t, err)
			_, err = e.Container().CreateSender(conn, "q")
			require.NoError(t, err)
		},
		Sendable: func(e *handler.Event) { sendOnce(t, e, text("the body is nobody's affair")) },
		Accepted: func(e *handler.Event) { e.Connection().Close() },
	}
}

// requireConversation wants the frames of the conversation in a trace, each once, by whatever order the two directions are in.
func requireConversation(t *testing.T, trace string, incoming, outgoing string) {
	t.Helper()
	assert.NotContains(t, trace, "secret")
	assert.NotContains(t, trace, "nobody's")
	line := regexp.MustCompile(`^\[127\.0\.0\.1:\d+-127\.0\.0\.1:\d+\]: (.*)$`)
	var in, out []string
	for l := range strings.Lines(trace) {
		match := line.FindStringSubmatch(strings.TrimSuffix(l, "\n"))
		require.NotNil(t, match, l)
		if strings.Contains(match[1][:5], "<-") {
			in = append(in, match[1])
		} else {
			out = append(out, match[1])
		}
	}
	for _, want := range conversation {
		have := &out
		if strings.Contains(want[:5], "<-") {
			have, want = &in, strings.Replace(want, "<-", incoming, 1)
		} else {
			want = strings.Replace(want, "->", outgoing, 1)
		}
		if incoming == "->" { // from the other end
			have = map[*[]string]*[]string{&in: &out, &out: &in}[have]
		}
		require.NotEmpty(t, *have, want)
		require.True(t, strings.HasPrefix((*have)[0], want), "%s\nwhere this was wanted: %s", (*have)[0], want)
		*have = (*have)[1:]
	}
	require.Empty(t, in)
	require.Empty(t, out)
}

func TestFramesAreShownAtBothEnds(t *testing.T) {
	plain, _, _ := alice(t)
	var here, there bytes.Buffer
	n := listenIn(t, []container.Option{container.TraceFrames(&there)}, handler.Base{}, connection.Authenticate(plain))
	require.NoError(t, run(t, sends(t, n), container.TraceFrames(&here)))
	require.NoError(t, n.stop())
	requireConversation(t, here.String(), "<-", "->")
	requireConversation(t, there.String(), "->", "<-")
}

func TestFramesAreShownByTheEnvironment(t *testing.T) {
	plain, _, _ := alice(t)
	n := listen(t, handler.Base{}, connection.Authenticate(plain))
	r, w, err := os.Pipe()
	require.NoError(t, err)
	stderr := os.Stderr
	t.Cleanup(func() { os.Stderr = stderr })
	t.Setenv("PN_TRACE_FRM", "1")
	os.Stderr = w
	c := container.New(sends(t, n))
	os.Stderr = stderr
	shown := make(chan string, 1)
	go func() {
		b, _ := io.ReadAll(r)
		shown <- string(b)
	}()
	require.NoError(t, runIt(t, c))
	require.NoError(t, w.Close())
	requireConversation(t, within(t, shown, "the trace"), "<-", "->")

	t.Setenv("PN_TRACE_FRM", "0")
	require.NoError(t, run(t, sends(t, n)), "and nothing is shown")
}

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"net"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/hadron-mq/hadron/container"
	"github.com/hadron-mq/hadron/handler"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// watched is a role that says where it listens.
type watched struct {
	role
	listening func()
}

func (w *watched) OnStart(e *handler.Event) {
	w.role.OnStart(e)
	w.listening()
}

func TestBothSides(t *testing.T) {
	for _, pingListens := range []bool{true, false} {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		var out bytes.Buffer
		const count = 40
		pings, pongs := newPing(&job{pinging: true, count: count, body: 300_000, figure: &out}), newPong(&job{count: count})
		listens, connects := role(pings), role(pongs)
		listening, other := &pings.exchange, &pongs.exchange
		if !pingListens {
			listens, connects, listening, other = connects, listens, other, listening
		}
		listening.listening, listening.hostPort = true, "127.0.0.1:0"
		ended := make(chan error, 1)
		host := &watched{role: listens, listening: func() {
			other.hostPort = listening.listener.Addr().(*net.TCPAddr).String()
			go func() { ended <- container.New(connects, container.Grace(patience)).Run(ctx) }()
		}}
		require.NoError(t, container.New(host, container.Grace(patience)).Run(ctx))
		require.NoError(t, <-ended)
		require.NoError(t, pings.outcome())
		require.NoError(t, pongs.outcome())

		lines := strings.Split(strings.TrimSpace(out.String()), "\n")
		var figure struct {
			Peer, Role          string
			Count               int
			P50, P99, P999, Max float64
		}
		require.NoError(t, json.Unmarshal([]byte(lines[len(lines)-1]), &figure))
		require.Equal(t, count, figure.Count)
		require.EqualValues(t, count, pings.times.TotalCount(), "those to warm up are not counted")
		require.Positive(t, figure.P50)
		require.LessOrEqual(t, figure.P50, figure.P99)
		require.LessOrEqual(t, figure.P99, figure.Max)
	}
}

func TestParse(t *testing.T) {
	j, err := parse(strings.Fields("ping connect 127.0.0.1 5672 10 100"))
	require.NoError(t, err)
	require.Equal(t, &job{pinging: true, hostPort: "127.0.0.1:5672", count: 10, body: 100, figure: os.Stdout}, j)
	for args, says := range map[string]string{
		"ping":                      "1 arguments",
		"sing connect h 1 1 1":      `role "sing"`,
		"pong convene h 1 1 1":      `side "convene"`,
		"pong connect h 1 0 1":      `COUNT "0"`,
		"pong connect h 1 1 -1":     `BODY_BYTES "-1"`,
		"pong connect h 1 1 1 more": "7 arguments",
	} {
		_, err := parse(strings.Fields(args))
		require.ErrorContains(t, err, says, args)
	}
}

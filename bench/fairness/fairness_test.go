package main

import (
	"bytes"
	"context"
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/hadron-mq/hadron/handler"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// served is serving that says when it listens.
type served struct {
	serving
	listening chan struct{}
}

func (s *served) OnStart(e *handler.Event) {
	s.serving.OnStart(e)
	close(s.listening)
}

func TestQuietConnectionsAreAnsweredBesideABusyOne(t *testing.T) {
	for _, address := range []string{"", "fast"} {
		server := &served{serving: serving{hostPort: "127.0.0.1:0"}, listening: make(chan struct{})}
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error, 2)
		go func() { ended <- run(ctx, server) }()
		<-server.listening
		hostPort := server.listener.Addr().String()
		running := 1
		if address != "" {
			running++
			go func() { ended <- run(ctx, &flooding{hostPort: hostPort, address: address}) }()
		}
		asking, err := newAsking(hostPort, "5", "0.5")
		require.NoError(t, err)
		var out bytes.Buffer
		asking.figure = &out
		require.NoError(t, run(t.Context(), asking))
		var figure struct {
			Count int
			P99   float64
		}
		require.NoError(t, json.Unmarshal(out.Bytes(), &figure))
		require.Positive(t, figure.Count)
		require.Positive(t, figure.P99)
		cancel()
		for range running {
			require.NoError(t, <-ended)
		}
	}
}

func TestParse(t *testing.T) {
	for _, args := range [][]string{nil, {"serve"}, {"flood", "h:1"}, {"ask", "h:1", "0", "1"}, {"ask", "h:1", "1", "none"}} {
		_, err := parse(args)
		require.Error(t, err, args)
	}
}

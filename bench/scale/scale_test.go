package main

import (
	"bufio"
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		main()
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// lines runs the program and returns what it prints.
func lines(t *testing.T, args ...string) (all []map[string]any) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, os.Args[0], args...)
	cmd.Env = append(os.Environ(), asProgram+"=1", "GORACE=atexit_sleep_ms=0")
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	for scan := bufio.NewScanner(out); scan.Scan(); {
		var line map[string]any
		require.NoError(t, json.Unmarshal(scan.Bytes(), &line), scan.Text())
		all = append(all, line)
	}
	require.NoError(t, cmd.Wait())
	return all
}

func TestConnections(t *testing.T) {
	all := lines(t, "connections", "150") // more than are dialled at once
	require.Len(t, all, 1)
	require.Equal(t, "connection", all[0]["what"])
	require.EqualValues(t, 150, all[0]["count"])
}

func TestLinks(t *testing.T) {
	all := lines(t, "links", "500")
	require.Len(t, all, 1)
	require.Equal(t, "link", all[0]["what"])
	require.EqualValues(t, 500, all[0]["count"])
}

func TestReconnect(t *testing.T) {
	all := lines(t, "reconnect", "20", "2")
	require.Len(t, all, 3)
	require.EqualValues(t, 1, all[0]["restart"])
	require.EqualValues(t, 2, all[1]["restart"])
	require.Equal(t, "reconnect", all[2]["what"])
	for _, line := range all {
		require.LessOrEqual(t, line["attempts"], line["policy"], "no more attempts than the policy has")
		require.GreaterOrEqual(t, line["attempts"], 60.0, "three or more of each connection: two failed")
	}
}

func TestAllowed(t *testing.T) {
	for within, n := range map[time.Duration]int{
		0:                       1,
		99 * time.Millisecond:   1,
		100 * time.Millisecond:  2,
		300 * time.Millisecond:  3,
		699 * time.Millisecond:  3,
		1500 * time.Millisecond: 5,
	} {
		require.Equal(t, n, allowed(within), "%v", within)
	}
}

func TestArguments(t *testing.T) {
	for _, args := range [][]string{nil, {"links"}, {"links", "x"}, {"links", "0"}, {"links", "1", "2"}, {"topics", "1"}} {
		require.Error(t, run(t.Context(), args), "%v", args)
	}
}

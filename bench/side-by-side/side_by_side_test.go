package main

import (
	"bytes"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/hadron-mq/hadron/bench/peers"
	"github.com/hadron-mq/hadron/interop/peer"
)

// TestEveryPeerPumps runs what this machine has, both ways of settling.
func TestEveryPeerPumps(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("who listens is asked of Linux")
	}
	t.Chdir(filepath.Join("..", ".."))
	all, err := build(t.Context(), t.TempDir(), "", nil, append([]string{hadron}, peers.Names...))
	require.NoError(t, err)
	for _, settled := range []bool{false, true} {
		j := job{count: 400, body: 100, credit: 10, rounds: 1, settled: settled}
		pairs := rows(all)
		var out bytes.Buffer
		require.NoError(t, j.run(t.Context(), &out, pairs))
		require.Equal(t, len(pairs)+1, strings.Count(out.String(), "\n"), &out)
		for _, r := range pairs {
			require.Len(t, r.rates, j.rounds, r.name())
			require.Positive(t, r.median(), r.name())
		}
	}
	if len(all) <= len(peers.Names) {
		peer.Missing(t, "a peer that was named above", "Debian: gcc libqpid-proton11-dev python3-qpid-proton nodejs npm")
	}
}

func TestRows(t *testing.T) {
	of := func(name string, listens bool, slower int) library {
		return library{name: name, listens: listens, slower: slower}
	}
	names := func(all ...library) (names []string) {
		for _, r := range rows(all) {
			names = append(names, r.name())
		}
		return names
	}
	h, c, g, r := of(hadron, true, 1), of("proton-c", true, 1), of("go-amqp", false, 5), of("rhea", true, 5)
	require.Equal(t, []string{
		"hadron -> hadron", "hadron -> proton-c", "proton-c -> hadron", "proton-c -> proton-c",
		"go-amqp -> proton-c", "proton-c -> go-amqp", "rhea -> rhea",
	}, names(h, c, g, r))
	require.Equal(t, []string{"hadron -> hadron", "go-amqp -> hadron", "hadron -> go-amqp"}, names(h, g), "without Proton C, Hadron listens")
	require.Empty(t, names(g), "two that only connect do not meet")
}

func TestABuildSaysWhatThereIs(t *testing.T) {
	t.Setenv("HADRON_REQUIRE_PEERS", "")
	_, err := build(t.Context(), t.TempDir(), "", nil, []string{"qpid-jms"})
	require.ErrorContains(t, err, "there are [proton-c go-amqp rhea proton-python]")
	t.Chdir(t.TempDir()) // without the sources nothing can be built
	all, err := build(t.Context(), t.TempDir(), "", nil, []string{peers.ProtonC})
	require.NoError(t, err)
	require.Empty(t, all)
	t.Setenv("HADRON_REQUIRE_PEERS", "1")
	_, err = build(t.Context(), t.TempDir(), "", nil, []string{peers.ProtonC})
	require.ErrorContains(t, err, "peers: proton-c")
}

func TestMedian(t *testing.T) {
	require.Equal(t, 2.0, (&row{rates: []float64{3, 1, 2}}).median())
	require.Equal(t, 2.5, (&row{rates: []float64{4, 1, 2, 3}}).median())
	require.Zero(t, (&row{}).median())
}

package main

import (
	"encoding/xml"
	"errors"
	"io"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/hadron-mq/hadron/interop/peer"
)

// TestEverything makes a small run of all but the micro-benchmarks, which are go test's own.
func TestEverything(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("who listens is asked of Linux")
	}
	t.Chdir(filepath.Join("..", ".."))
	p := small
	p.bodies, p.spread = []int{16, large}, []int{1, 10}
	b, err := run(t.Context(), p, parts[:len(parts)-1], "")
	require.NoError(t, err)
	all := append(append(append(rows{b.bodies[1].raw}, b.accepted...), b.settled...), append(b.pings, b.secured...)...)
	for i := range p.bodies {
		all = append(append(all, b.bodies[i].accepted...), b.bodies[i].settled...)
	}
	for _, s := range b.spreads {
		for _, point := range s.points {
			all = append(all, point.row)
		}
	}
	for _, l := range b.fair {
		require.Len(t, l.times, 1, l.name)
	}
	for _, r := range all {
		require.Positive(t, r.median(rate), r.name)
	}
	require.Len(t, of(b.scale, "connection"), 1)
	require.Len(t, of(b.scale, "link"), 1)
	require.Len(t, of(b.scale, "restart"), p.restarts)
	require.Equal(t, 3, b.siege.Attacks)

	out := t.TempDir()
	require.NoError(t, b.write(out))
	page, err := os.ReadFile(filepath.Join(out, "RESULTS.md"))
	require.NoError(t, err)
	require.Contains(t, string(page), "| Hadron -> broker -> Hadron |")
	require.Contains(t, string(page), "\n| attack |")
	for _, name := range []string{"bodies.svg", "spread.svg"} {
		picture, err := os.ReadFile(filepath.Join(out, name))
		require.NoError(t, err)
		require.Contains(t, string(page), name)
		wellFormed(t, string(picture))
	}
	if b.programs.protonC == nil {
		peer.Missing(t, "Qpid Proton C", "Debian: gcc libqpid-proton11-dev")
	}
	require.Positive(t, b.accepted.of("c").median(rate))
	require.Positive(t, b.pings.of("c").median(p50))
}

func wellFormed(t *testing.T, text string) {
	t.Helper()
	for d := xml.NewDecoder(strings.NewReader(text)); ; {
		_, err := d.Token()
		if errors.Is(err, io.EOF) {
			return
		}
		require.NoError(t, err, text)
	}
}

func with(name string, rates ...float64) *row {
	r := &row{name: name}
	for _, v := range rates {
		r.figures = append(r.figures, figure{Rate: v})
	}
	return r
}

func TestMedian(t *testing.T) {
	require.Equal(t, 2.0, with("odd", 3, 1, 2).median(rate))
	require.Equal(t, 2.5, with("even", 4, 1, 2, 3).median(rate))
	least, greatest := with("", 3, 1, 2).spread(rate)
	require.Equal(t, []float64{1, 3}, []float64{least, greatest})
	require.True(t, math.IsNaN(with("none").median(rate)))
	var missing *row
	require.True(t, math.IsNaN(missing.median(rate)))
}

func TestNumbers(t *testing.T) {
	for v, s := range map[float64]string{0: "0", 999: "999", 1000: "1,000", 1234567.8: "1,234,568", math.Inf(1): "no figure"} {
		require.Equal(t, s, number(v))
	}
	require.Equal(t, "1.50", ratio(3, 2))
	require.Empty(t, ratio(3, math.NaN()))
	require.Equal(t, "64 KiB", bytesOf(large))
	require.Equal(t, "1 MiB", bytesOf(1<<20))
	require.Equal(t, "100 B", bytesOf(usual))
}

// TestGoals: what has no figure is neither reached nor missed.
func TestGoals(t *testing.T) {
	var r results
	for _, g := range r.goals() {
		require.Empty(t, g.verdict(), g.what)
		require.Equal(t, "no figure", g.is, g.what)
	}
	r.accepted = rows{{key: "hadron", figures: []figure{{Rate: 400}}}, {key: "c", figures: []figure{{Rate: 100}}}}
	r.settled = rows{{key: "hadron", figures: []figure{{Rate: 300}}}, {key: "c", figures: []figure{{Rate: 100}}}}
	all := r.goals()
	require.Equal(t, "yes", all[0].verdict())
	require.Equal(t, "4.00 times", all[0].is)
	require.Equal(t, "no", all[2].verdict())
	points := []spreadPoint{{row: with("", 100)}, {row: with("", 200)}, {row: with("", 50)}}
	require.Equal(t, 2.0, spread{points: points}.dearest())
}

func TestBenchmarks(t *testing.T) {
	all := benchmarks(`goos: linux
pkg: github.com/hadron-mq/hadron/internal/wire
BenchmarkMessageDecode/go-amqp-2         	  100	       860.0 ns/op	     544 B/op	       9 allocs/op
BenchmarkFlow-2                          	  100	        30.35 ns/op	       0 B/op	       0 allocs/op
PASS
`)
	require.Len(t, all, 2)
	require.Equal(t, "MessageDecode/go-amqp", all[0].name)
	require.Equal(t, "wire", all[0].pkg)
	require.Equal(t, "860", all[0].value("ns/op"))
	require.Equal(t, "30.35", all[1].value("ns/op"))
	r := results{micro: all}
	most, ok := r.allocations("wire", "Message")
	require.True(t, ok)
	require.Equal(t, 9.0, most)
}

func TestPlot(t *testing.T) {
	p := &plot{title: "a < b", label: number, lines: []line{{name: "one", points: []point{{1, 10, 9, 11}}}}}
	wellFormed(t, p.svg())
	p.logY = true
	wellFormed(t, p.svg())
	p.lines = nil
	require.Empty(t, p.svg(), "no points, no picture")
}

package main

import (
	"bytes"
	"os"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		main()
		os.Exit(0)
	}
	goleak.VerifyTestMain(m)
}

// TestAttacks tries every attack for a moment: each must still get to where it attacks. What harm it does is not asked here.
func TestAttacks(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("what a process uses is asked of Linux")
	}
	if testing.Short() {
		t.Skip("it takes a process each for a hundred attackers and victims")
	}
	for _, a := range attacks {
		t.Run(a.name, func(t *testing.T) {
			t.Parallel()
			r, err := tiny.measure(t.Context(), a)
			require.NoError(t, err)
			require.Empty(t, r.Failed)
			require.True(t, r.Reached, "it does not reach what it attacks: %s", r.answer())
			require.Empty(t, r.Ended, "the victim does not live through it")
			require.Positive(t, r.Outcome.Sockets)
		})
	}
}

func TestNamesAreUnique(t *testing.T) {
	seen := make(map[string]bool)
	for _, a := range attacks {
		require.False(t, seen[a.name], a.name)
		require.NotContains(t, a.what, "|", "it is a cell of a table")
		seen[a.name] = true
	}
}

func TestArguments(t *testing.T) {
	for _, args := range [][]string{{"-only", "nothing"}, {"attack", "nothing", "amqp://127.0.0.1"}} {
		require.Error(t, run(t.Context(), args), "%v", args)
	}
}

// TestHarmless holds each of the bounds by itself.
func TestHarmless(t *testing.T) {
	harmless := row{
		Name: "none", Reached: true, Memory: mostMemory,
		Before: pace{Rate: 1000}, During: pace{Rate: 900}, NewDuring: arrivals{In: 1, Median: longest},
	}
	require.True(t, harmless.harmless())
	for what, change := range map[string]func(r *row){
		"never reached":      func(r *row) { r.Reached = false },
		"the victim's end":   func(r *row) { r.Ended = "ended: panic" },
		"the rate":           func(r *row) { r.During.Rate-- },
		"a connection lost":  func(r *row) { r.During.Lost = 1 },
		"nobody gets in":     func(r *row) { r.NewDuring.In = 0 },
		"nobody gets in now": func(r *row) { r.NewDuring.Median++ },
		"memory":             func(r *row) { r.Memory++ },
		"log":                func(r *row) { r.Logged = mostLog + 1 },
	} {
		r := harmless
		change(&r)
		require.False(t, r.harmless(), what)
	}
}

// TestTable wants as many cells in each row as there are columns.
func TestTable(t *testing.T) {
	var b bytes.Buffer
	writeHead(&b)
	r := row{Name: "none", What: "does nothing", Victim: aTLS, Pipelined: true, Outcome: outcome{Answers: map[string]int{"closes: amqp:not-allowed": 2, "socket closed": 3}}}
	r.write(&b)
	for line := range strings.Lines(b.String()) {
		require.Equal(t, len(columns)+1, strings.Count(line, "|"), line)
	}
	require.Contains(t, b.String(), "socket closed (3), closes: amqp:not-allowed (2)")
}

// TestValues compares encodings with those of the specification's own examples (§1.6), and reads them back.
func TestValues(t *testing.T) {
	require.Equal(t, []byte{0x00, 0x53, 0x24, 0xc0, 0x01, 0x00}, composite(codeAccepted, nil))
	require.Equal(t, []byte{0xc0, 0x04, 0x02, 0x41, 0x50, 0x07}, list(yes, ubyte(7)))
	require.Equal(t, []byte{0xc1, 0x05, 0x02, 0xa3, 0x01, 'k', 0x40}, mapping(symbol("k"), null))
	require.Equal(t, byte(0xb1), text(strings.Repeat("x", 256))[0])
	require.Equal(t, byte(0xd0), list(repeatedValue(256, null)...)[0])
	d := decoder{b: composite(codeAttach, at{0: text("name"), 1: number(7), 2: yes, 6: composite(codeError, at{0: symbol("amqp:not-found")})})}
	v, ok := d.value().(composed)
	require.True(t, ok)
	a := answer{composed: v}
	require.EqualValues(t, codeAttach, a.code)
	require.Equal(t, "name", a.field(0))
	require.EqualValues(t, 7, a.number(1))
	require.Equal(t, "amqp:not-found", a.condition(6))
	require.False(t, a.has(3))
}

// TestBadAnswers wants no more of what is cut short than that reading it ends.
func TestBadAnswers(t *testing.T) {
	whole := composite(codeOpen, at{0: text("name"), 9: mapping(symbol("k"), list(yes, data([]byte("v"))))})
	for n := range whole {
		d := decoder{b: whole[:n]}
		require.NotPanics(t, func() { d.value() })
	}
}

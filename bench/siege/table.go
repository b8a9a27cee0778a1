package main

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
)

// Where an attack has done no harm: what is left of the well-behaved clients' pace, the milliseconds until a new one is in, and what bytes of
// memory and of log the victim has.
const (
	leastLeft  = 0.9
	longest    = 1_000
	mostMemory = 256 << 20
	mostLog    = 16 << 20
)

// left is the share of the well-behaved clients' rate that is left during the attack.
func (r *row) left() float64 {
	if r.Before.Rate == 0 {
		return 0
	}
	return r.During.Rate / r.Before.Rate
}

// harmless tells whether the goal is reached.
func (r *row) harmless() bool {
	alive := r.Reached && r.Failed == "" && r.Ended == ""
	served := r.left() >= leastLeft && r.During.Lost == 0 && r.NewDuring.In > 0 && r.NewDuring.Median <= longest
	return alive && served && r.Memory <= mostMemory && r.Logged <= mostLog
}

// summary is the last line.
type summary struct {
	Attacks  int      `json:"attacks"`
	Harmless int      `json:"harmless"`
	Harmful  []string `json:"harmful"` // the names of the others
	Rows     []row    `json:"rows"`
}

var columns = []string{
	"attack", "what a hostile peer does", "messages/s before", "during", "p99 before", "during", "new client before", "during",
	"bytes", "CPU for a byte", "memory", "log", "what it is answered", "harmless",
}

func writeHead(w io.Writer) {
	rules := make([]string, len(columns))
	for i := range rules {
		if rules[i] = "---:"; i < 2 || i >= len(rules)-2 {
			rules[i] = "---"
		}
	}
	writeCells(w, columns)
	writeCells(w, rules)
}

func writeCells(w io.Writer, cells []string) { fmt.Fprintf(w, "| %s |\n", strings.Join(cells, " | ")) }

func (r *row) write(w io.Writer) {
	what := r.What
	if r.Victim != aBroker {
		what += " (" + string(r.Victim) + ")"
	}
	if r.Pipelined {
		what += " (a pipelined client)"
	}
	harmless := "yes"
	if !r.harmless() {
		harmless = "no"
	}
	during := fmt.Sprintf("%.0f", r.During.Rate)
	if r.During.Lost > 0 {
		during += fmt.Sprintf(", %d lost", r.During.Lost)
	}
	fresh := fmt.Sprintf("%.0f ms", r.NewDuring.Median)
	if r.NewDuring.In == 0 {
		fresh = "none"
	}
	writeCells(w, []string{
		r.Name, what, fmt.Sprintf("%.0f", r.Before.Rate), during,
		fmt.Sprintf("%.1f ms", r.Before.P99), fmt.Sprintf("%.1f ms", r.During.P99),
		fmt.Sprintf("%.0f ms", r.NewBefore.Median), fresh,
		short(r.Outcome.Prepare + r.Outcome.Sent), fmt.Sprintf("%.3g ns", r.Cost), short(r.Memory), short(r.Logged), r.answer(), harmless,
	})
}

// answer is what the victim made of it, the most frequent first.
func (r *row) answer() string {
	if r.Ended != "" {
		return r.Ended
	}
	if r.Failed != "" {
		return "failed: " + strings.ReplaceAll(r.Failed, "\n", " ")
	}
	all := r.Outcome.Answers
	names := slices.SortedFunc(maps.Keys(all), func(a, b string) int { return all[b] - all[a] })
	for i, name := range names {
		names[i] = fmt.Sprintf("%s (%d)", name, all[name])
	}
	return strings.Join(names[:min(len(names), 3)], ", ")
}

// short writes a number of bytes.
func short(n int64) string {
	switch {
	case n >= 10<<30:
		return fmt.Sprintf("%d GB", n>>30)
	case n >= 1<<20:
		return fmt.Sprintf("%d MB", n>>20)
	case n >= 1<<10:
		return fmt.Sprintf("%d KB", n>>10)
	}
	return fmt.Sprintf("%d B", n)
}

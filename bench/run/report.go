package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// report is a page of Markdown.
type report struct{ strings.Builder }

func (r *report) say(format string, args ...any) { fmt.Fprintf(&r.Builder, format+"\n\n", args...) }

// table writes one, with its first columns to the left and the others, which are numbers, to the right.
func (r *report) table(leftmost int, head []string, rows [][]string) {
	rules := make([]string, len(head))
	for i := range rules {
		if rules[i] = "---"; i >= leftmost {
			rules[i] = "---:"
		}
	}
	for _, cells := range append([][]string{head, rules}, rows...) {
		fmt.Fprintf(&r.Builder, "| %s |\n", strings.Join(cells, " | "))
	}
	r.WriteString("\n")
}

// write writes the page and its plots.
func (b *bench) write(dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	for name, text := range map[string]string{
		"RESULTS.md": b.page(), "bodies.svg": b.bodyPlot().svg(), "spread.svg": b.spreadPlot().svg(),
	} {
		if text == "" { // that part was not run
			continue
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			return err
		}
	}
	fmt.Printf("\n%s is written, after %.0f seconds\n", filepath.Join(dir, "RESULTS.md"), b.took.Seconds())
	return nil
}

// page is RESULTS.md.
func (b *bench) page() string {
	r, m := new(report), b.machine
	r.say("# Results")
	r.say("Written by `make bench` on %s, in %.0f seconds; [README.md](README.md) says what is measured, and how. Each figure is a median, with the "+
		"least and the greatest beside it; only those of one table compare.", m.day, b.took.Seconds())
	r.table(2, []string{"", ""}, [][]string{
		{"machine", fmt.Sprintf("%s, %d cores, %s", m.cpu, m.cores, m.memory)},
		{"system", m.system},
		{"Go", m.golang},
		{"Hadron", m.hadron},
		{"Qpid Proton C", orMissing(m.protonC)},
		{"go-amqp", m.goAMQP},
		{"load when it began", fmt.Sprintf("%.2f", m.load)},
	})
	r.say("## The goal")
	var rows [][]string
	for _, g := range b.goals() {
		rows = append(rows, []string{g.what, g.must, g.is, g.verdict()})
	}
	r.table(4, []string{"what", "must reach", "is", "reached"}, rows)
	b.sayThroughput(r)
	b.sayBodies(r)
	b.saySpread(r)
	b.sayLatency(r)
	b.saySecurity(r)
	b.sayFairness(r)
	b.sayScale(r)
	b.saySiege(r)
	b.sayMicro(r)
	return strings.TrimRight(r.String(), "\n") + "\n"
}

func orMissing(version string) string {
	if version == "" {
		return "not on this machine: its rows are left out"
	}
	return version
}

func (b *bench) sayMicro(r *report) {
	if len(b.micro) == 0 {
		return
	}
	r.say("## Micro-benchmarks")
	var rows [][]string
	for _, m := range b.micro {
		rows = append(rows, []string{m.pkg, m.name, m.value("ns/op"), m.value("B/op"), m.value("allocs/op")})
	}
	r.table(2, []string{"package", "benchmark", "ns", "bytes", "allocations"}, rows)
}

// withRange writes a row's rate in one cell.
func withRange(r *row) string {
	if r == nil {
		return ""
	}
	least, greatest := r.spread(rate)
	return fmt.Sprintf("%s (%s .. %s)", number(r.median(rate)), number(least), number(greatest))
}

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
	b.sayScale(r)
	b.sayMicro(r)
	return strings.TrimRight(r.String(), "\n") + "\n"
}

func orMissing(version string) string {
	if version == "" {
		return "not on this machine: its rows are left out"
	}
	return version
}

func (b *bench) sayThroughput(r *report) {
	if b.accepted.hadron == nil {
		return
	}
	r.say("## Throughput")
	r.say("%s messages of %d bytes, credit %s, messages/s.", number(float64(b.plan.count)), usual, number(credit))
	for _, way := range []struct {
		how   string
		pumps pumps
	}{{"Accepted one by one", b.accepted}, {"Settled by the sender", b.settled}} {
		var rows [][]string
		for _, p := range way.pumps.rows() {
			least, greatest := p.spread(rate)
			rows = append(rows, []string{p.name, number(p.median(rate)), number(least) + " .. " + number(greatest), ratio(p.median(rate), way.pumps.c.median(rate))})
		}
		r.table(1, []string{way.how, "messages/s", "range", "times Proton C"}, rows)
	}
}

func (b *bench) sayBodies(r *report) {
	if len(b.bodies) == 0 {
		return
	}
	r.say("## Size of bodies")
	r.say("![messages a second against the size of bodies](bodies.svg)")
	var rows [][]string
	for _, at := range b.bodies {
		cells := []string{bytesOf(at.size)}
		for _, p := range []pumps{at.accepted, at.settled} {
			cells = append(cells, withRange(p.hadron), withRange(p.c), ratio(p.hadron.median(rate), p.c.median(rate)))
		}
		raw := ""
		if at.raw != nil {
			raw = withRange(at.raw)
		}
		rows = append(rows, append(cells, raw))
	}
	r.table(0, []string{"body", "Hadron, accepted", "Proton C, accepted", "times", "Hadron, settled", "Proton C, settled", "times", "bare socket"}, rows)
	r.say("Messages/s. Credit %s, and no more than %s of bodies; of a bare socket, writes of that size.", number(credit), bytesOf(creditBytes))
}

func (b *bench) saySpread(r *report) {
	if len(b.links) == 0 {
		return
	}
	r.say("## Links and connections")
	r.say("![messages a second against links and connections](spread.svg)")
	var rows [][]string
	for i, l := range b.links {
		c := b.conns[i]
		rows = append(rows, []string{
			number(float64(l.n)), number(float64(l.credit)),
			withRange(l.row), ratio(b.links[0].row.median(rate), l.row.median(rate)),
			withRange(c.row), ratio(b.conns[0].row.median(rate), c.row.median(rate)),
		})
	}
	r.table(0, []string{"n", "credit of each", "n links on one connection", "cost", "n connections with a link each", "cost"}, rows)
	r.say("Messages/s of %d bytes, accepted one by one, on all together, without polling; the cost of a message is against that with one.", usual)
}

func (b *bench) sayLatency(r *report) {
	if b.ping == nil {
		return
	}
	r.say("## Round trips")
	var rows [][]string
	for _, p := range []*row{b.ping, b.pingSleeping, b.pingUntuned, b.pingC} {
		if p == nil {
			continue
		}
		cells := []string{p.name}
		for _, of := range []func(figure) float64{p50, p99} {
			least, greatest := p.spread(of)
			cells = append(cells, shown("%.1f", p.median(of)), fmt.Sprintf("%.1f .. %.1f", least, greatest))
		}
		rows = append(rows, cells)
	}
	r.table(1, []string{"", "median", "range", "99th percentile", "range"}, rows)
	r.say("Microseconds, of %s round trips a round, with bodies of %d bytes and one message outstanding.", number(float64(b.plan.pings)), usual)
}

func (b *bench) sayScale(r *report) {
	if len(b.scale) == 0 {
		return
	}
	r.say("## Scale")
	var rows [][]string
	for _, l := range append(b.of("connection"), b.of("link")...) {
		for _, end := range []struct {
			name string
			m    scaleMemory
		}{{"listener", l.Listener}, {"client", l.Client}} {
			rows = append(rows, []string{"idle " + l.What, end.name, number(float64(l.Count)), number(end.m.Heap), number(end.m.Stacks), number(end.m.Resident)})
		}
	}
	r.table(2, []string{"", "end", "how many", "heap", "stacks", "resident"}, rows)
	r.say("Bytes for each, of the process; the kernel's for sockets are not in it.")
	for _, s := range b.of("reconnect") {
		r.say("%s connections whose broker was killed %d times were all back %.2f s after the broker was (median; %.2f s at most), by %s attempts; "+
			"the policy has %s in that time. The client's heap was %.1f MiB after the first restart, and %.1f MiB after the last.",
			number(float64(s.Connections)), s.Restarts, s.Back, s.Longest, number(float64(s.Attempts)), number(float64(s.Policy)),
			s.FirstHeap/(1<<20), s.LastHeap/(1<<20))
	}
	rows = nil
	for _, l := range b.of("restart") {
		rows = append(rows, []string{fmt.Sprint(l.Restart), fmt.Sprintf("%.2f", l.Down), fmt.Sprintf("%.2f", l.Back),
			number(float64(l.Attempts)), number(float64(l.Policy)), fmt.Sprintf("%.1f", l.Client.Heap/(1<<20)), fmt.Sprintf("%.1f", l.Client.Resident/(1<<20))})
	}
	if rows != nil {
		r.table(0, []string{"restart", "s without a broker", "s until all are back", "attempts", "policy", "heap, MiB", "resident, MiB"}, rows)
	}
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

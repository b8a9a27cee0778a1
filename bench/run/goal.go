package main

import (
	"fmt"
	"math"
	"strings"
)

// goal is what must be reached, and what was.
type goal struct {
	what, must string
	is         string
	reached    bool
	known      bool // there is a figure
}

type goals []goal

// atLeast and atMost compare a figure, NaN for none.
func atLeast(what, must string, is, least float64, format string) goal {
	return goal{what: what, must: must, is: shown(format, is), reached: is >= least, known: !math.IsNaN(is)}
}

func atMost(what, must string, is, most float64, format string) goal {
	return goal{what: what, must: must, is: shown(format, is), reached: is <= most, known: !math.IsNaN(is)}
}

func shown(format string, v float64) string {
	if math.IsNaN(v) {
		return "no figure"
	}
	return fmt.Sprintf(format, v)
}

// goals are those of the project, each with its ratio: at Go's defaults first, and then tuned.
func (r *results) goals() (all goals) {
	times := func(of rows, key string) float64 { return of.of(key).median(rate) / of.of("c").median(rate) }
	add := func(g ...goal) { all = append(all, g...) }
	add(
		atLeast("accepted one by one, 100-byte bodies", "3 times Proton C", times(r.accepted, "hadron"), 3, "%.2f times"),
		atLeast("the same with 32 MiB of live data", "4 times", times(r.accepted, "live"), 4, "%.2f times"),
		atLeast("pre-settled", "3.5 times Proton C", times(r.settled, "hadron"), 3.5, "%.2f times"),
		atLeast("the same with 32 MiB of live data", "4.5 times", times(r.settled, "live"), 4.5, "%.2f times"),
		atMost("round trip, one message outstanding, median", "0.4 of Proton C's", r.pings.of("hadron").median(p50)/r.pings.of("c").median(p50), 0.4, "%.2f times"),
		atMost("round trip, 99th percentile", "0.85 of Proton C's", r.pings.of("hadron").median(p99)/r.pings.of("c").median(p99), 0.85, "%.2f times"),
	)
	for _, b := range r.bodies {
		least, must := 1.0, "ahead of Proton C"
		if b.size >= 1<<10 && b.size <= large {
			least, must = 1.5, "1.5 times Proton C"
		}
		if b.size >= 1<<10 {
			add(atLeast(fmt.Sprintf("bodies of %s, accepted", bytesOf(b.size)), must, times(b.accepted, "hadron"), least, "%.2f times"),
				atLeast(fmt.Sprintf("bodies of %s, pre-settled", bytesOf(b.size)), must, times(b.settled, "hadron"), least, "%.2f times"))
		}
	}
	add(
		atLeast("messages borrowed, accepted", "4 times Proton C", times(r.accepted, "borrowed"), 4, "%.2f times"),
		r.allocated("allocations for a message, borrowed", "none", "arrow", "Receive/borrowed", 0),
		r.allocated("allocations for a message, receiving", "2 at most", "arrow", "Receive/", 2),
		r.allocated("allocations for a message, sending", "1 at most", "arrow", "Send/", 1),
		r.allocated("allocations for a message, in the engine", "none", "engine", "Pump", 0),
		r.idle("an idle connection, on the listener", "connection", 5<<10, "5 KiB"),
		r.idle("an idle link, on the listener", "link", 0.6*1024, "0.6 KiB"),
		atLeast("through broker, between processes of their own", "0.6 of direct", r.accepted.of("broker").median(rate)/r.accepted.of("hadron").median(rate), 0.6, "%.2f of it"),
	)
	for _, s := range r.spreads {
		add(atMost("cost per message from 1 to 1,000 "+s.name, "1.2 times that of one", s.dearest(), 1.2, "%.2f times"))
	}
	add(
		r.withstood(),
		atLeast("TLS, accepted one by one", "1.5 times Proton C's", times(r.secured, "hadron"), 1.5, "%.2f times"),
		atMost("what TLS costs", "1.3 times crypto/tls alone", r.costOfTLS(), 1.3, "%.2f times"),
		atLeast("tuned: accepted one by one", "5.5 times Proton C", times(r.accepted, "tuned"), 5.5, "%.2f times"),
		atLeast("tuned: pre-settled", "5.3 times Proton C", times(r.settled, "tuned"), 5.3, "%.2f times"),
	)
	for _, b := range r.bodies {
		if b.size == large {
			add(atLeast("tuned: bodies of 64 KiB, accepted", "85 % of a bare socket", 100*b.accepted.of("tuned").median(rate)/b.raw.median(rate), 85, "%.0f %%"),
				atLeast("tuned: bodies of 64 KiB, pre-settled", "135 % of a bare socket", 100*b.settled.of("tuned").median(rate)/b.raw.median(rate), 135, "%.0f %%"))
		}
	}
	return all
}

// dearest is how many times what a message costs with one link or connection it costs at most with more.
func (s spread) dearest() float64 {
	if len(s.points) == 0 {
		return math.NaN()
	}
	worst, one := 1.0, s.points[0].row.median(rate)
	for _, p := range s.points {
		worst = max(worst, one/p.row.median(rate))
	}
	return worst
}

func (r *results) allocated(what, must, pkg, name string, most float64) goal {
	is, ok := r.allocations(pkg, name)
	if !ok {
		is = math.NaN()
	}
	return atMost(what, must, is, most, "%g")
}

// idle compares what the listener's process has for each, by what Go counts, and by what the system does.
func (r *results) idle(what, kind string, most float64, must string) goal {
	lines := of(r.scale, kind)
	if len(lines) == 0 {
		return atMost(what, must, math.NaN(), most, "")
	}
	l := lines[0]
	g := atMost(what, must, max(l.Listener.goProcess(), l.Listener.Resident), most, "%.0f")
	g.is = fmt.Sprintf("%.2f KiB, %.2f resident; %s of them", l.Listener.goProcess()/1024, l.Listener.Resident/1024, number(float64(l.Count)))
	return g
}

func (g goal) verdict() string {
	switch {
	case !g.known:
		return ""
	case g.reached:
		return "yes"
	}
	return "no"
}

// text is for the terminal.
func (all goals) text() string {
	var b strings.Builder
	for _, g := range all {
		fmt.Fprintf(&b, "  %-56s %-26s %-44s %s\n", g.what, g.must, g.is, g.verdict())
	}
	return b.String()
}

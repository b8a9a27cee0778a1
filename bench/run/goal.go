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

// goals are those of the project, each with its ratio.
func (r *results) goals() goals {
	share := r.largeOfRaw()
	all := goals{
		atLeast("hadron to hadron, accepted one by one, 100-byte bodies", "4 times Proton C", r.accepted.hadron.median(rate)/r.accepted.c.median(rate), 4, "%.2f times"),
		atLeast("hadron to hadron, pre-settled", "5 times Proton C", r.settled.hadron.median(rate)/r.settled.c.median(rate), 5, "%.2f times"),
		atLeast("64 KiB bodies, accepted one by one", "60 % of a bare socket", 100*share.accepted, 60, "%.0f %%"),
		atLeast("64 KiB bodies, pre-settled", "60 % of a bare socket", 100*share.settled, 60, "%.0f %%"),
		atMost("round trip, one message outstanding, median", "Proton C's", r.ping.median(p50)/r.pingC.median(p50), 1, "%.2f times"),
		atMost("round trip, 99th percentile", "Proton C's", r.ping.median(p99)/r.pingC.median(p99), 1, "%.2f times"),
		r.allocated("allocations for a message, receiving", "2 at most", "arrow", "Receive/", 2),
		r.allocated("allocations for a message, sending", "1 at most", "arrow", "Send/", 1),
		r.allocated("allocations for a message, in the engine", "none", "engine", "Pump", 0),
		r.idle("an idle connection, on the listener", "connection", 16<<10, "16 KiB"),
		r.idle("an idle link, on the listener", "link", 1<<10, "1 KiB"),
		r.throughBroker(),
		atMost("cost per message from 1 to 1,000 links", "1.25 times that of one", dearest(r.links), 1.25, "%.2f times"),
		atMost("cost per message from 1 to 1,000 connections", "1.25 times that of one", dearest(r.conns), 1.25, "%.2f times"),
	}
	return all
}

// throughBroker compares like with like: none of the three polls, for three processes do not have a processor each. What the two come to that
// do is said beside it.
func (r *results) throughBroker() goal {
	rate := func(of *row) float64 { return of.median(rate) }
	g := atLeast("through broker, between processes of their own", "half of hadron to hadron", rate(r.accepted.broker)/rate(r.accepted.sleeping), 0.5, "%.2f of it")
	if g.known {
		g.is += shown(" without polling, %.2f of it with", rate(r.accepted.broker)/rate(r.accepted.hadron))
	}
	return g
}

// largeShares are of what a bare socket moves.
type largeShares struct{ accepted, settled float64 }

func (r *results) largeOfRaw() largeShares {
	for _, b := range r.bodies {
		if b.size == large {
			raw := b.raw.median(rate)
			return largeShares{b.accepted.hadron.median(rate) / raw, b.settled.hadron.median(rate) / raw}
		}
	}
	return largeShares{math.NaN(), math.NaN()}
}

// dearest is how many times what a message costs with one link or connection it costs at most with more.
func dearest(all []spread) float64 {
	if len(all) == 0 {
		return math.NaN()
	}
	worst, one := 1.0, all[0].row.median(rate)
	for _, s := range all {
		worst = max(worst, one/s.row.median(rate))
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
	lines := r.of(kind)
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

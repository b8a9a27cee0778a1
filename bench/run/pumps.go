package main

import (
	"context"
	"fmt"
	"time"

	"github.com/hadron-mq/hadron/bench/process"
)

// bench is one run of everything.
type bench struct {
	ctx      context.Context
	plan     plan
	programs programs
	before   *programs // of an older tree, nil where none is compared with
	results
}

// results are what it came to.
type results struct {
	machine           machine
	took              time.Duration
	accepted, settled rows
	secured           rows // by TLS
	bodies            []bodies
	spreads           []spread
	pings             rows
	scale, scaled     []scaleLine // of this tree, and of the older one
	fair              []fairLine
	siege             siege
	micro             []micro
}

// bodies are the pumps with one size of body.
type bodies struct {
	size              int
	accepted, settled rows
	raw               *row // a bare socket, where bodies are large enough for it to be a measure
}

// spread is a pump over more and more links or connections.
type spread struct {
	name   string
	points []spreadPoint
}

// spreadPoint is one of its points.
type spreadPoint struct {
	n, credit int
	row       *row
}

// pump makes the row of one receiver, which listens and has the clock, and one sender.
func (b *bench) pump(key, name string, from, to process.End, count, body, credit int, settled bool) *row {
	args := []any{"arrow", count, body, credit}
	if settled {
		args = append(args, "settled")
	}
	return &row{key: key, name: name, run: func() (figure, error) { return b.pair(to, from, true, args...) }}
}

// throughput pumps messages of the usual size, every way that there is: at Go's defaults first.
func (b *bench) throughput() {
	b.accepted, b.settled = b.ways(false), b.ways(true)
	fmt.Printf(" accepted one by one, messages/s\n")
	b.interleave(b.plan.rounds, b.accepted...)
	fmt.Printf(" settled by the sender, messages/s\n")
	b.interleave(b.plan.rounds, b.settled...)
}

func (b *bench) ways(settled bool) (all rows) {
	arrow, c, count := b.programs.arrow, b.programs.protonC, b.plan.count
	add := func(key, name string, from, to process.End) {
		all = append(all, b.pump(key, name, from, to, count, usual, credit, settled))
	}
	live := []string{"-live", fmt.Sprint(liveData)}
	add("hadron", "Hadron -> Hadron", hadron(arrow, "send"), hadron(arrow, "receive"))
	add("live", fmt.Sprintf("Hadron -> Hadron, with %d MiB of live data", liveData), hadron(arrow, "send", live...), hadron(arrow, "receive", live...))
	add("borrowed", "Hadron -> Hadron, messages borrowed", hadron(arrow, "send"), hadron(arrow, "receive", "-borrow"))
	if b.before != nil {
		add("before", "Hadron -> Hadron, before", hadron(b.before.arrow, "send"), hadron(b.before.arrow, "receive"))
	}
	if !settled {
		all = append(all, &row{key: "broker", name: "Hadron -> broker -> Hadron", run: func() (figure, error) {
			return b.through(hadron(arrow, "receive"), hadron(arrow, "send"), "arrow", count, usual, credit)
		}})
	}
	if c != nil {
		add("to C", "Hadron -> Proton C", hadron(arrow, "send"), c.Arrow("receive"))
		add("from C", "Proton C -> Hadron", c.Arrow("send"), hadron(arrow, "receive"))
		add("c", "Proton C -> Proton C", c.Arrow("send"), c.Arrow("receive"))
	}
	add("tuned", "Hadron -> Hadron, tuned", hadronTuned(arrow, "send"), hadronTuned(arrow, "receive"))
	if b.before != nil {
		add("tuned before", "Hadron -> Hadron, tuned, before", hadronTuned(b.before.arrow, "send"), hadronTuned(b.before.arrow, "receive"))
	}
	return all
}

// bodySizes pumps messages of all sizes.
func (b *bench) bodySizes() {
	arrow, c := b.programs.arrow, b.programs.protonC
	for _, size := range b.plan.bodies {
		count, window := b.plan.messages(size), max(min(credit, creditBytes/size), 1)
		at := bodies{size: size}
		var all rows
		for _, settled := range []bool{false, true} {
			p, how := &at.accepted, "accepted"
			if settled {
				p, how = &at.settled, "settled"
			}
			add := func(key, name string, from, to process.End) {
				*p = append(*p, b.pump(key, name+", "+how, from, to, count, size, window, settled))
			}
			add("hadron", "Hadron", hadron(arrow, "send"), hadron(arrow, "receive"))
			if c != nil {
				add("c", "Proton C", c.Arrow("send"), c.Arrow("receive"))
			}
			add("tuned", "Hadron, tuned", hadronTuned(arrow, "send"), hadronTuned(arrow, "receive"))
			all = append(all, *p...)
		}
		if size >= large {
			at.raw = &row{key: "raw", name: "a bare socket", run: func() (figure, error) {
				return b.pair(plain(b.programs.raw, "receive"), plain(b.programs.raw, "send"), true, count, size)
			}}
			all = append(all, at.raw)
		}
		fmt.Printf(" bodies of %s, messages/s\n", bytesOf(size))
		b.interleave(b.plan.fewer(), all...)
		b.bodies = append(b.bodies, at)
	}
}

// spreadOut pumps over more and more links, and connections, which one loop drives, or four.
func (b *bench) spreadOut() {
	arrow := b.programs.arrow
	of := func(name string, flags func(n int) []string) {
		s := spread{name: name}
		for _, n := range b.plan.spread {
			window := min(credit, inFlight/n)
			r := b.pump("", fmt.Sprintf("%d %s", n, name), hadron(arrow, "send", flags(n)...), hadron(arrow, "receive", flags(n)...), b.plan.count, usual, window, false)
			s.points = append(s.points, spreadPoint{n: n, credit: window, row: r})
		}
		b.spreads = append(b.spreads, s)
	}
	of("links", func(n int) []string { return []string{"-links", fmt.Sprint(n)} })
	of("connections", func(n int) []string { return []string{"-connections", fmt.Sprint(n)} })
	of("connections on 4 loops", func(n int) []string { return []string{"-loops", "4", "-connections", fmt.Sprint(n)} })
	fmt.Printf(" accepted one by one, messages/s\n")
	var all rows
	for _, s := range b.spreads {
		for _, p := range s.points {
			all = append(all, p.row)
		}
	}
	b.interleave(b.plan.fewer(), all...)
}

// latency measures round trips.
func (b *bench) latency() {
	exchange := func(key, name string, end func(role string) process.End) {
		b.pings = append(b.pings, &row{key: key, name: name, run: func() (figure, error) {
			return b.pair(end("pong"), end("ping"), false, b.plan.pings, usual)
		}})
	}
	exchange("hadron", "Hadron", func(role string) process.End { return hadron(b.programs.pingpong, role) })
	if b.before != nil {
		exchange("before", "Hadron, before", func(role string) process.End { return hadron(b.before.pingpong, role) })
	}
	if c := b.programs.protonC; c != nil {
		exchange("c", "Proton C", c.Pingpong)
	}
	exchange("tuned", "Hadron, tuned", func(role string) process.End { return hadronTuned(b.programs.pingpong, role) })
	if b.before != nil {
		exchange("tuned before", "Hadron, tuned, before", func(role string) process.End { return hadronTuned(b.before.pingpong, role) })
	}
	fmt.Printf(" round trips/s\n")
	b.interleave(b.plan.rounds, b.pings...)
	for _, r := range b.pings {
		fmt.Printf("  %-44s median %.1f us, 99th percentile %.1f us\n", r.name, r.median(p50), r.median(p99))
	}
}

// bytesOf writes a size.
func bytesOf(n int) string {
	switch {
	case n >= 1<<20:
		return fmt.Sprintf("%d MiB", n>>20)
	case n >= 1<<10:
		return fmt.Sprintf("%d KiB", n>>10)
	}
	return fmt.Sprintf("%d B", n)
}

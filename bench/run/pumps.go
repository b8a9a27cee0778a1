package main

import (
	"context"
	"fmt"
	"time"
)

// bench is one run of everything.
type bench struct {
	ctx      context.Context
	plan     plan
	programs programs
	results
}

// results are what it came to.
type results struct {
	machine                   machine
	took                      time.Duration
	accepted, settled         pumps
	bodies                    []bodies
	links, conns              []spread
	ping, pingC               *row
	pingSleeping, pingUntuned *row
	scale                     []scaleLine
	micro                     []micro
}

// pumps are the rows of one way to settle. Those of a peer that is missing are nil.
type pumps struct {
	hadron, sleeping, untuned, toC, fromC, c, broker *row
}

// rows are those that there are.
func (p pumps) rows() (all []*row) {
	for _, r := range []*row{p.hadron, p.sleeping, p.untuned, p.toC, p.fromC, p.c, p.broker} {
		if r != nil {
			all = append(all, r)
		}
	}
	return all
}

// bodies are the pumps with one size of body.
type bodies struct {
	size              int
	accepted, settled pumps
	raw               *row // a bare socket, where bodies are large enough for it to be a measure
}

// spread is a pump over some links or connections.
type spread struct {
	n      int
	credit int
	row    *row
}

func (b *bench) hadron(role string, flags ...string) end {
	return end{program: b.programs.arrow, role: role, flags: flags}
}
func (b *bench) protonC(role string) end { return end{program: b.programs.arrowC, role: role} }

// pump makes the row of one receiver, which listens and has the clock, and one sender.
func (b *bench) pump(name string, from, to end, count, body, credit int, settled bool) *row {
	args := []any{"arrow", count, body, credit}
	if settled {
		args = append(args, "settled")
	}
	return &row{name: name, run: func() (figure, error) { return b.pair(to, from, true, args...) }}
}

// throughput pumps messages of the usual size, every way that there is.
func (b *bench) throughput() {
	h, count := b.hadron, b.plan.count
	of := func(settled bool) (p pumps) {
		pump := func(name string, from, to end) *row { return b.pump(name, from, to, count, usual, credit, settled) }
		p.hadron = pump("Hadron -> Hadron", h("send"), h("receive"))
		if b.programs.arrowC != "" {
			p.toC = pump("Hadron -> Proton C", h("send"), b.protonC("receive"))
			p.fromC = pump("Proton C -> Hadron", b.protonC("send"), h("receive"))
			p.c = pump("Proton C -> Proton C", b.protonC("send"), b.protonC("receive"))
		}
		p.sleeping = pump("Hadron -> Hadron, without polling", h("send").sleeping(), h("receive").sleeping())
		p.untuned = pump("Hadron -> Hadron, Go's defaults", h("send").untuned(), h("receive").untuned())
		return p
	}
	b.accepted, b.settled = of(false), of(true)
	b.accepted.broker = &row{name: "Hadron -> broker -> Hadron", run: func() (figure, error) {
		return b.through(h("receive").sleeping(), h("send").sleeping(), "arrow", count, usual, credit)
	}}
	fmt.Printf(" accepted one by one, messages/s\n")
	b.interleave(b.plan.rounds, b.accepted.rows()...)
	fmt.Printf(" settled by the sender, messages/s\n")
	b.interleave(b.plan.rounds, b.settled.rows()...)
}

// bodySizes pumps messages of all sizes.
func (b *bench) bodySizes() {
	for _, size := range b.plan.bodies {
		count, window := b.plan.messages(size), max(min(credit, creditBytes/size), 1)
		at := bodies{size: size}
		var rows []*row
		for _, settled := range []bool{false, true} {
			p, how := &at.accepted, "accepted"
			if settled {
				p, how = &at.settled, "settled"
			}
			p.hadron = b.pump("Hadron, "+how, b.hadron("send"), b.hadron("receive"), count, size, window, settled)
			if b.programs.arrowC != "" {
				p.c = b.pump("Proton C, "+how, b.protonC("send"), b.protonC("receive"), count, size, window, settled)
			}
			rows = append(rows, p.rows()...)
		}
		if size >= large {
			at.raw = &row{name: "a bare socket", run: func() (figure, error) {
				raw := func(role string) end { return end{program: b.programs.raw, role: role} }
				return b.pair(raw("receive"), raw("send"), true, count, size)
			}}
			rows = append(rows, at.raw)
		}
		fmt.Printf(" bodies of %s, messages/s\n", bytesOf(size))
		b.interleave(b.plan.fewer(), rows...)
		b.bodies = append(b.bodies, at)
	}
}

// spreadOut pumps over more and more links, and connections. None of them polls: only one of many connections could.
func (b *bench) spreadOut() {
	of := func(flag string) (all []spread) {
		for _, n := range b.plan.spread {
			window := min(credit, inFlight/n)
			flags := []string{flag, fmt.Sprint(n)}
			r := b.pump(fmt.Sprintf("%s %d", flag[1:], n), b.hadron("send", flags...).sleeping(), b.hadron("receive", flags...).sleeping(), b.plan.count, usual, window, false)
			all = append(all, spread{n: n, credit: window, row: r})
		}
		return all
	}
	b.links, b.conns = of("-links"), of("-connections")
	fmt.Printf(" accepted one by one, messages/s\n")
	var rows []*row
	for _, s := range append(b.links[:len(b.links):len(b.links)], b.conns...) {
		rows = append(rows, s.row)
	}
	b.interleave(b.plan.fewer(), rows...)
}

// latency measures round trips.
func (b *bench) latency() {
	exchange := func(name string, pong, ping end) *row {
		return &row{name: name, run: func() (figure, error) { return b.pair(pong, ping, false, b.plan.pings, usual) }}
	}
	pong, ping := end{program: b.programs.pingpong, role: "pong"}, end{program: b.programs.pingpong, role: "ping"}
	b.ping, b.pingSleeping = exchange("Hadron", pong, ping), exchange("Hadron, without polling", pong.sleeping(), ping.sleeping())
	b.pingUntuned = exchange("Hadron, Go's defaults", pong.untuned(), ping.untuned())
	rows := []*row{b.ping, b.pingSleeping, b.pingUntuned}
	if b.programs.pingpongC != "" {
		b.pingC = exchange("Proton C", end{program: b.programs.pingpongC, role: "pong"}, end{program: b.programs.pingpongC, role: "ping"})
		rows = append(rows, b.pingC)
	}
	fmt.Printf(" round trips/s\n")
	b.interleave(b.plan.rounds, rows...)
	for _, r := range rows {
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

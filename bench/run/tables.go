package main

import "fmt"

// measured writes the rows of one table: the rate, times Proton C's, and what a message costs each end.
func (r *report) measured(how string, all rows) {
	var cells [][]string
	for _, p := range all {
		least, greatest := p.spread(rate)
		cells = append(cells, []string{p.name, number(p.median(rate)), number(least) + " .. " + number(greatest), ratio(p.median(rate), all.of("c").median(rate)),
			shown("%.2f", p.median(listenerCPU)), shown("%.2f", p.median(connectorCPU))})
	}
	r.table(1, []string{how, "messages/s", "range", "times Proton C", "CPU, receiver", "CPU, sender"}, cells)
}

func (b *bench) sayThroughput(r *report) {
	if b.accepted == nil {
		return
	}
	r.say("## Throughput")
	r.say("%s messages of %d bytes, credit %s. CPU is microseconds for a message, of all processors, from the start of the process to its end.",
		number(float64(b.plan.count)), usual, number(credit))
	r.measured("Accepted one by one", b.accepted)
	r.measured("Settled by the sender", b.settled)
}

func (b *bench) sayBodies(r *report) {
	if len(b.bodies) == 0 {
		return
	}
	r.say("## Size of bodies")
	r.say("![messages a second against the size of bodies](bodies.svg)")
	for _, setting := range []struct{ key, title string }{{"hadron", "At Go's defaults"}, {"tuned", "Tuned"}} {
		var cells [][]string
		for _, at := range b.bodies {
			line := []string{bytesOf(at.size)}
			for _, p := range []rows{at.accepted, at.settled} {
				line = append(line, withRange(p.of(setting.key)), withRange(p.of("c")), ratio(p.of(setting.key).median(rate), p.of("c").median(rate)))
			}
			cells = append(cells, append(line, withRange(at.raw)))
		}
		r.say("%s:", setting.title)
		r.table(0, []string{"body", "Hadron, accepted", "Proton C, accepted", "times", "Hadron, settled", "Proton C, settled", "times", "bare socket"}, cells)
	}
	r.say("Messages/s. Credit %s, and no more than %s of bodies; of a bare socket, writes of that size.", number(credit), bytesOf(creditBytes))
}

func (b *bench) saySpread(r *report) {
	if len(b.spreads) == 0 {
		return
	}
	r.say("## Links and connections")
	r.say("![messages a second against links and connections](spread.svg)")
	head := []string{"n", "credit of each"}
	cells := make([][]string, len(b.plan.spread))
	for _, s := range b.spreads {
		head = append(head, "n "+s.name, "cost")
		for i, p := range s.points {
			if cells[i] == nil {
				cells[i] = []string{number(float64(p.n)), number(float64(p.credit))}
			}
			cells[i] = append(cells[i], withRange(p.row), ratio(s.points[0].row.median(rate), p.row.median(rate)))
		}
	}
	r.table(0, head, cells)
	r.say("Messages/s of %d bytes, accepted one by one, on all together, at Go's defaults; the cost of a message is against that with one.", usual)
}

func (b *bench) sayLatency(r *report) {
	if b.pings == nil {
		return
	}
	r.say("## Round trips")
	var cells [][]string
	for _, p := range b.pings {
		line := []string{p.name}
		for _, of := range []func(figure) float64{p50, p99} {
			least, greatest := p.spread(of)
			line = append(line, shown("%.1f", p.median(of)), fmt.Sprintf("%.1f .. %.1f", least, greatest))
		}
		cells = append(cells, line)
	}
	r.table(1, []string{"", "median", "range", "99th percentile", "range"}, cells)
	r.say("Microseconds, of %s round trips a round, with bodies of %d bytes and one message outstanding.", number(float64(b.plan.pings)), usual)
}

func (b *bench) saySecurity(r *report) {
	if b.secured == nil {
		return
	}
	r.say("## TLS")
	r.measured("TLS 1.3, accepted one by one", b.secured)
	r.say("%s messages of %d bytes; crypto/tls alone and the bare socket move as many bytes in writes of %s. What TLS costs is the CPU of both ends over TLS, against "+
		"that in the clear together with what crypto/tls adds to a bare socket: %s times.",
		number(float64(b.plan.count)), usual, bytesOf(writeBytes), shown("%.2f", b.costOfTLS()))
}

func (b *bench) sayFairness(r *report) {
	if b.fair == nil {
		return
	}
	r.say("## Fairness")
	var cells [][]string
	for _, l := range b.fair {
		cells = append(cells, []string{l.name, shown("%.0f", l.median(func(a askedLine) float64 { return a.P50 })),
			shown("%.0f", l.median(func(a askedLine) float64 { return a.P99 })), shown("%.0f", l.median(func(a askedLine) float64 { return a.Max }))})
	}
	r.table(1, []string{"beside", "median", "99th percentile", "longest"}, cells)
	r.say("Microseconds from a message to its outcome, of %d connections that each send one a second, on one loop at Go's defaults.", b.plan.asking)
}

// idleLines are those of idle connections and links, of this tree and of the older one.
func (b *bench) idleLines() (all []scaleLine) {
	for _, what := range []string{"connection", "link"} {
		for _, l := range of(b.scale, what) {
			l.What = "idle " + what
			all = append(all, l)
		}
		for _, l := range of(b.scaled, what) {
			l.What = "idle " + what + ", before"
			all = append(all, l)
		}
	}
	return all
}

func (b *bench) sayScale(r *report) {
	if len(b.scale) == 0 {
		return
	}
	r.say("## Scale")
	var rows [][]string
	for _, l := range b.idleLines() {
		for _, end := range []struct {
			name string
			m    scaleMemory
		}{{"listener", l.Listener}, {"client", l.Client}} {
			rows = append(rows, []string{l.What, end.name, number(float64(l.Count)), number(end.m.Heap), number(end.m.Stacks), number(end.m.Resident)})
		}
	}
	r.table(2, []string{"", "end", "how many", "heap", "stacks", "resident"}, rows)
	r.say("Bytes for each, of the process; the kernel's for sockets are not in it.")
	for _, s := range of(b.scale, "reconnect") {
		r.say("%s connections whose broker was killed %d times were all back %.2f s after the broker was (median; %.2f s at most), by %s attempts; "+
			"the policy has %s in that time. The client's heap was %.1f MiB after the first restart, and %.1f MiB after the last.",
			number(float64(s.Connections)), s.Restarts, s.Back, s.Longest, number(float64(s.Attempts)), number(float64(s.Policy)),
			s.FirstHeap/(1<<20), s.LastHeap/(1<<20))
	}
	rows = nil
	for _, l := range of(b.scale, "restart") {
		rows = append(rows, []string{fmt.Sprint(l.Restart), fmt.Sprintf("%.2f", l.Down), fmt.Sprintf("%.2f", l.Back),
			number(float64(l.Attempts)), number(float64(l.Policy)), fmt.Sprintf("%.1f", l.Client.Heap/(1<<20)), fmt.Sprintf("%.1f", l.Client.Resident/(1<<20))})
	}
	if rows != nil {
		r.table(0, []string{"restart", "s without a broker", "s until all are back", "attempts", "policy", "heap, MiB", "resident, MiB"}, rows)
	}
}

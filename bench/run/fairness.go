package main

import (
	"context"
	"fmt"
	"os"

	"github.com/hadron-mq/hadron/bench/process"
)

// fairLine is what quiet connections noticed in one case.
type fairLine struct {
	name  string
	times []askedLine // one a round
}

// askedLine is the last line that fairness prints.
type askedLine struct {
	P50, P99, Max float64 // microseconds
	Count         float64
}

// median is of one of the times.
func (l fairLine) median(of func(askedLine) float64) float64 {
	r := new(row)
	for _, a := range l.times {
		r.figures = append(r.figures, figure{Rate: of(a)})
	}
	return r.median(rate)
}

// fairness asks beside a connection that floods, and beside one whose messages take work, on one loop.
func (b *bench) fairness() {
	b.fair = []fairLine{{name: "nothing"}, {name: "a connection that floods"}, {name: "a connection that floods, with a millisecond of work for each message"}}
	addresses := []string{"", "fast", "slow"}
	for range b.plan.fewer() {
		for i, address := range addresses {
			asked, err := b.ask(address)
			if err != nil {
				fmt.Fprintf(os.Stderr, "run: fairness beside %s: %v\n", b.fair[i].name, err)
				continue
			}
			b.fair[i].times = append(b.fair[i].times, asked)
		}
	}
	for _, l := range b.fair {
		fmt.Printf("  beside %-64s median %.0f us, 99th percentile %.0f us\n", l.name,
			l.median(func(a askedLine) float64 { return a.P50 }), l.median(func(a askedLine) float64 { return a.P99 }))
	}
}

func (b *bench) ask(address string) (asked askedLine, err error) {
	ctx, cancel := context.WithTimeout(b.ctx, bound)
	defer cancel()
	port, err := process.FreePort()
	if err != nil {
		return asked, err
	}
	at := fmt.Sprintf("127.0.0.1:%d", port)
	server, err := process.Start(ctx, defaults, b.programs.fairness, "serve", at)
	if err != nil {
		return asked, err
	}
	defer server.Stop(0)
	if err := server.Listens(port); err != nil {
		return asked, err
	}
	if address != "" {
		flood, err := process.Start(ctx, defaults, b.programs.fairness, "flood", at, address)
		if err != nil {
			return asked, err
		}
		defer flood.Stop(0)
	}
	asking, err := process.Start(ctx, defaults, b.programs.fairness, "ask", at, fmt.Sprint(b.plan.asking), fmt.Sprint(b.plan.asked))
	if err != nil {
		return asked, err
	}
	err = asking.Figure(&asked)
	return asked, err
}

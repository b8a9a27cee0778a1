// Command run runs the benchmarks, next to those of Qpid Proton C where that is installed, and writes RESULTS.md and its plots.
//
//	run [-quick] [-only NAME,...] [-before REVISION] [-out DIR]
//
// It is run from the root of the module, on Linux. What is compared runs in turn, round by round, so that a machine that drifts touches
// all of it alike; figures are medians, with the least and the greatest beside them. -quick makes a small run of everything, to see that
// it works: its figures mean nothing. With -before, the programs of an older revision are built too, and run beside those of this tree.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"time"
)

func main() {
	quick := flag.Bool("quick", false, "a small run of everything, whose figures mean nothing")
	only := flag.String("only", strings.Join(parts, ","), "which parts to run: `NAME,...`")
	out := flag.String("out", "bench", "where RESULTS.md and the plots go: `DIR`")
	before := flag.String("before", "", "an older `REVISION` to compare with")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	p := full
	if *quick {
		p = small
	}
	b, err := run(ctx, p, strings.Split(*only, ","), *before)
	if err == nil {
		err = b.write(*out)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "run:", err)
		os.Exit(1)
	}
}

// parts are what there is to run, in their order.
var parts = []string{"throughput", "bodies", "spread", "latency", "tls", "fairness", "scale", "siege", "micro"}

func run(ctx context.Context, p plan, only []string, before string) (*bench, error) {
	began := time.Now()
	dir, err := os.MkdirTemp("", "hadron-bench-")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	built, err := build(ctx, dir)
	if err != nil {
		return nil, err
	}
	var older *programs
	if before != "" {
		if older, err = buildBefore(ctx, dir, before); err != nil {
			return nil, err
		}
	}
	b := &bench{before: older, ctx: ctx, plan: p, programs: built, results: results{machine: look(ctx, built)}}
	if b.machine.load > 0.5 {
		fmt.Fprintf(os.Stderr, "run: the load is %.1f already: what else runs here will be in the figures\n", b.machine.load)
	}
	measures := map[string]func(){
		"throughput": b.throughput, "bodies": b.bodySizes, "spread": b.spreadOut, "latency": b.latency, "tls": b.security, "fairness": b.fairness,
		"scale": b.scaleUp, "siege": b.attacks, "micro": b.microBenchmarks,
	}
	for _, name := range only {
		measure, ok := measures[name]
		if !ok {
			return nil, fmt.Errorf("-only %s: there are %s", name, strings.Join(parts, ", "))
		}
		fmt.Printf("\n%s\n", name)
		measure()
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
	}
	b.took = time.Since(began)
	fmt.Printf("\n%s\n%s", "the goal", b.goals().text())
	return b, nil
}

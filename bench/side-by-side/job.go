package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"time"

	"github.com/hadron-mq/hadron/bench/process"
)

// bound is how long one run may take.
const bound = 2 * time.Minute

// job is what is pumped.
type job struct {
	count, body, credit, rounds int
	settled                     bool
}

// run runs all rows, again in each round, and prints their medians against Proton C's.
func (j job) run(ctx context.Context, out io.Writer, rows []*row) (err error) {
	for range j.rounds {
		for _, r := range rows {
			rate, failed := j.pump(ctx, r)
			if failed != nil {
				err = errors.Join(err, fmt.Errorf("%s: %w", r.name(), failed))
				fmt.Fprintf(os.Stderr, "side-by-side: %s: %v\n", r.name(), failed)
				continue
			}
			r.rates = append(r.rates, rate)
		}
	}
	how := "accepted one by one"
	if j.settled {
		how = "settled"
	}
	fmt.Fprintf(out, "%d messages of %d bytes, credit %d, %s, median of %d\n", j.count, j.body, j.credit, how, j.rounds)
	measure := 0.0
	if i := slices.IndexFunc(rows, func(r *row) bool { return r.name() == "proton-c -> proton-c" }); i >= 0 {
		measure = rows[i].median()
	}
	for _, r := range rows {
		switch {
		case len(r.rates) == 0:
			fmt.Fprintf(out, "%-30s no figure\n", r.name())
		case measure == 0:
			fmt.Fprintf(out, "%-30s %12.0f msg/s  (%.0f .. %.0f)\n", r.name(), r.median(), slices.Min(r.rates), slices.Max(r.rates))
		default:
			fmt.Fprintf(out, "%-30s %12.0f msg/s  (%.0f .. %.0f)  %5.2f x proton-c\n", r.name(), r.median(), slices.Min(r.rates), slices.Max(r.rates), r.median()/measure)
		}
	}
	return err
}

// pump runs one row, and returns the receiver's rate. The receiver listens, unless it cannot.
func (j job) pump(ctx context.Context, r *row) (float64, error) {
	ctx, cancel := context.WithTimeout(ctx, bound)
	defer cancel()
	args := []any{"arrow", max(j.count/max(r.from.slower, r.to.slower), 1), j.body, j.credit}
	if j.settled {
		args = append(args, "settled")
	}
	from, to := r.from.arrow("send"), r.to.arrow("receive")
	var receiver, sender *process.Process
	var err error
	if r.to.listens {
		receiver, sender, err = process.Pair(ctx, to, from, args...)
	} else {
		sender, receiver, err = process.Pair(ctx, from, to, args...)
	}
	if err != nil {
		return 0, err
	}
	var figure struct{ Rate float64 }
	err = receiver.Figure(&figure)
	sender.Stop(process.Patience)
	return figure.Rate, err
}

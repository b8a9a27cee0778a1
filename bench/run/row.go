package main

import (
	"fmt"
	"math"
	"os"
	"slices"
)

// figure is the last line that a program prints, as far as it is looked at.
type figure struct {
	Rate float64 `json:"rate"` // a second
	P50  float64 `json:"p50"`  // microseconds
	P99  float64 `json:"p99"`

	Count              float64 `json:"count"`
	listener, connects float64 // CPU that the two ends took for a message, in microseconds
}

func rate(f figure) float64 { return f.Rate }
func p50(f figure) float64  { return f.P50 }
func p99(f figure) float64  { return f.P99 }

func listenerCPU(f figure) float64  { return f.listener }
func connectorCPU(f figure) float64 { return f.connects }
func bothCPU(f figure) float64      { return f.listener + f.connects }

// row is one thing that is measured, and what it came to in each round.
type row struct {
	key     string // what goals know it by
	name    string
	run     func() (figure, error)
	figures []figure
}

// rows are those of one table.
type rows []*row

// of returns the row of a key, nil where there is none: its median is no figure.
func (all rows) of(key string) *row {
	if i := slices.IndexFunc(all, func(r *row) bool { return r.key == key }); i >= 0 {
		return all[i]
	}
	return nil
}

// interleave runs all rows, again in each round. A row that fails is said to, and has a figure less.
func (b *bench) interleave(rounds int, rows ...*row) {
	for range rounds {
		for _, r := range rows {
			if b.ctx.Err() != nil {
				return
			}
			f, err := r.run()
			if err != nil {
				fmt.Fprintf(os.Stderr, "run: %s: %v\n", r.name, err)
				continue
			}
			r.figures = append(r.figures, f)
		}
	}
	for _, r := range rows {
		least, greatest := r.spread(rate)
		fmt.Printf("  %-44s %12s  (%s .. %s)\n", r.name, number(r.median(rate)), number(least), number(greatest))
	}
}

// median is the middle figure, NaN where there is none: what is reckoned from it is NaN too, and shown as no figure.
func (r *row) median(of func(figure) float64) float64 {
	if r == nil || len(r.figures) == 0 {
		return math.NaN()
	}
	all := r.sorted(of)
	return (all[(len(all)-1)/2] + all[len(all)/2]) / 2
}

// spread is the least and the greatest figure.
func (r *row) spread(of func(figure) float64) (least, greatest float64) {
	if r == nil || len(r.figures) == 0 {
		return math.NaN(), math.NaN()
	}
	all := r.sorted(of)
	return all[0], all[len(all)-1]
}

func (r *row) sorted(of func(figure) float64) (all []float64) {
	for _, f := range r.figures {
		all = append(all, of(f))
	}
	slices.Sort(all)
	return all
}

// number writes a figure with commas.
func number(v float64) string {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return "no figure"
	}
	s := fmt.Sprintf("%.0f", v)
	for at := len(s) - 3; at > 0; at -= 3 {
		s = s[:at] + "," + s[at:]
	}
	return s
}

// ratio writes how many times one is the other.
func ratio(v, of float64) string {
	if q := v / of; !math.IsNaN(q) && !math.IsInf(q, 0) {
		return fmt.Sprintf("%.2f", q)
	}
	return ""
}

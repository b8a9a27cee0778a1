package main

import "slices"

// row is one library that sends to one that receives.
type row struct {
	from, to library
	rates    []float64 // of each round
}

func (r *row) name() string { return r.from.name + " -> " + r.to.name }

// rows are the pairs that are measured: each library with itself, Hadron and Proton C, which are the fastest, with each other, and a library that only
// connects with the fastest that listens.
func rows(all []library) (rows []*row) {
	server := slices.IndexFunc(all, func(l library) bool { return l.name == "proton-c" })
	if server < 0 {
		server = slices.IndexFunc(all, func(l library) bool { return l.listens })
	}
	for i, l := range all {
		if l.listens {
			rows = append(rows, &row{from: l, to: l})
		} else if server >= 0 {
			rows = append(rows, &row{from: l, to: all[server]}, &row{from: all[server], to: l})
		}
		for _, other := range all[i+1:] {
			if l.listens && other.listens && l.slower == 1 && other.slower == 1 {
				rows = append(rows, &row{from: l, to: other}, &row{from: other, to: l})
			}
		}
	}
	return rows
}

// median is the middle rate; 0 where there is none.
func (r *row) median() float64 {
	if len(r.rates) == 0 {
		return 0
	}
	all := slices.Sorted(slices.Values(r.rates))
	return (all[(len(all)-1)/2] + all[len(all)/2]) / 2
}

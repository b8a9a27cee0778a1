package main

import (
	"fmt"
	"os"
	"path"
	"strconv"
	"strings"

	"github.com/hadron-mq/hadron/bench/process"
)

// micro is a line of go test's benchmarks.
type micro struct {
	pkg, name string
	values    map[string]float64 // by unit
}

// microBenchmarks runs those beside the code that they time, and those that count what a side of the pump allocates.
func (b *bench) microBenchmarks() {
	for _, run := range []struct {
		time string
		pkgs []string
	}{
		{b.plan.benchtime, []string{"./internal/wire", "./internal/engine", "./container", "./broker"}},
		{b.plan.pumped, []string{"./bench/arrow"}},
	} {
		args := append([]string{"test", "-run", "^$", "-bench", ".", "-benchmem", "-benchtime", run.time}, run.pkgs...)
		out, err := process.Output(b.ctx, "go", args...)
		if err != nil {
			fmt.Fprintln(os.Stderr, "run: micro-benchmarks:", err)
			continue
		}
		b.micro = append(b.micro, benchmarks(out)...)
	}
	for _, m := range b.micro {
		fmt.Printf("  %-60s %s ns, %s B, %s allocations\n", m.pkg+" "+m.name, m.value("ns/op"), m.value("B/op"), m.value("allocs/op"))
	}
}

// benchmarks reads what go test prints.
func benchmarks(out string) (all []micro) {
	var pkg string
	for line := range strings.Lines(out) {
		f := strings.Fields(line)
		if len(f) == 2 && f[0] == "pkg:" {
			pkg = path.Base(f[1])
		}
		if len(f) < 4 || !strings.HasPrefix(f[0], "Benchmark") {
			continue
		}
		m := micro{pkg: pkg, name: strings.TrimPrefix(f[0], "Benchmark"), values: make(map[string]float64)}
		if at := strings.LastIndexByte(m.name, '-'); at > 0 { // the number of processors
			if _, err := strconv.Atoi(m.name[at+1:]); err == nil {
				m.name = m.name[:at]
			}
		}
		for i := 2; i+1 < len(f); i += 2 {
			if v, err := strconv.ParseFloat(f[i], 64); err == nil {
				m.values[f[i+1]] = v
			}
		}
		all = append(all, m)
	}
	return all
}

// value writes the figure in a unit, with decimals where they matter.
func (m micro) value(unit string) string {
	v, ok := m.values[unit]
	switch {
	case !ok:
		return ""
	case v < 100:
		return strconv.FormatFloat(v, 'f', -1, 64)
	}
	return number(v)
}

// allocations returns those of a benchmark for an operation; of several that begin with the name, the most.
func (r *results) allocations(pkg, name string) (most float64, ok bool) {
	for _, m := range r.micro {
		if m.pkg == pkg && strings.HasPrefix(m.name, name) {
			most, ok = max(most, m.values["allocs/op"]), true
		}
	}
	return most, ok
}

// Command side-by-side pumps messages one way through Hadron and through other libraries, in one run, and prints the ratios.
//
//	side-by-side [-arrow FILE] [-count N] [-body BYTES] [-credit N] [-rounds N] [-settled] [-tuned] [-only NAME,...] [-dir DIR]
//
// It is run from the root of the module, on Linux. Each row is a process that sends and one that receives, over loopback TCP; it is the receiver's
// rate that counts. The rows run in turn, round by round, so that a machine that drifts touches all of them alike, and the figure is the median. What a peer needs
// and this machine lacks is said, and its rows are left out; with HADRON_REQUIRE_PEERS=1 that is a failure. -only hadron,proton-c and the like picks; the programs
// are built into DIR. -arrow takes one of Hadron's that is built already, for comparing trees.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"

	"github.com/hadron-mq/hadron/bench/peers"
	"github.com/hadron-mq/hadron/bench/process"
)

const hadron = "hadron"

func main() {
	all := strings.Join(append([]string{hadron}, peers.Names...), ",")
	var j job
	arrow := flag.String("arrow", "", "Hadron's own pump, where it is built already: `FILE`")
	flag.IntVar(&j.count, "count", 500_000, "how many messages: `N`; slower libraries have fewer")
	flag.IntVar(&j.body, "body", 100, "`BYTES` of each")
	flag.IntVar(&j.credit, "credit", 1000, "how many may be on their way: `N`")
	flag.IntVar(&j.rounds, "rounds", 3, "how often each row runs: `N`")
	flag.BoolVar(&j.settled, "settled", false, "messages are sent settled")
	tuned := flag.Bool("tuned", false, "Hadron's pump is tuned, as bench/README.md calls it")
	only := flag.String("only", all, "which libraries: `NAME,...`")
	dir := flag.String("dir", filepath.Join("bin", "peers"), "where programs are built: `DIR`")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	var flags []string
	if *tuned {
		flags = append(flags, "-tuned")
	}
	libraries, err := build(ctx, *dir, *arrow, flags, strings.Split(*only, ","))
	if err == nil {
		err = j.run(ctx, os.Stdout, rows(libraries))
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "side-by-side:", err)
		os.Exit(1)
	}
}

// library is Hadron or a peer.
type library struct {
	name    string
	listens bool
	slower  int
	arrow   func(role string) process.End
}

// build builds the programs of the libraries that are named, in their order, and says which cannot be had. The flags are for Hadron's.
func build(ctx context.Context, dir, arrow string, flags, names []string) (all []library, err error) {
	for _, name := range names {
		if name == hadron {
			if arrow == "" {
				arrow = filepath.Join(dir, "arrow")
				if _, err := process.Output(ctx, "go", "build", "-o", arrow, "./bench/arrow"); err != nil {
					return nil, err
				}
			}
			if arrow, err = filepath.Abs(arrow); err != nil {
				return nil, err
			}
			all = append(all, library{hadron, true, 1, func(role string) process.End {
				return process.End{Argv: slices.Concat([]string{arrow}, flags, []string{role})}
			}})
			continue
		}
		p, err := peers.Build(ctx, dir, name)
		switch {
		case err == nil:
			all = append(all, library{p.Name, p.Listens, p.Slower, func(role string) process.End { return p.Arrow(role) }})
		case peers.Required() || !slices.Contains(peers.Names, name):
			return nil, err
		default:
			fmt.Fprintf(os.Stderr, "side-by-side: without %v\n", err)
		}
	}
	return all, nil
}

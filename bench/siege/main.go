// Command siege attacks a broker, or a container, from hostile peers, and measures what becomes of well-behaved clients beside them.
//
//	siege [-quick] [-only NAME,...] [-list]
//
// Each attack has a victim of its own, in a process of its own, with the defaults that any program has. Twenty well-behaved connections send
// some 1,000 messages a second together, each one when the one before has come back; others come one after the other, make a queue, and
// leave. They are measured for a second without the attack and for two and a half with it. A third process is the hostile peer, which writes raw
// frames. Each attack is a row of a table in Markdown; the last line is all of it in JSON.
//
// -quick tries each attack for a moment, to see that it still reaches what it attacks: its figures mean nothing. It runs on Linux, which tells
// what processes use.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"strings"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "siege:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	if len(args) == 2 && args[0] == "victim" {
		return beVictim(kind(args[1]))
	}
	if len(args) >= 3 && args[0] == "attack" {
		a, ok := find(args[1])
		if !ok {
			return fmt.Errorf("there is no attack %q", args[1])
		}
		return a.start(args[2], len(args) > 3)
	}
	flags := flag.NewFlagSet("siege", flag.ContinueOnError)
	quick := flags.Bool("quick", false, "try each attack for a moment; the figures mean nothing")
	only := flags.String("only", "", "which attacks to make: `NAME,...`")
	names := flags.Bool("list", false, "list the attacks")
	if err := flags.Parse(args); err != nil {
		return err
	}
	chosen, err := choose(*only)
	if err != nil {
		return err
	}
	if *names {
		for _, a := range chosen {
			fmt.Printf("%-24s %s\n", a.name, a.what)
		}
		return nil
	}
	p := full
	if *quick {
		p = tiny
	}
	return p.all(ctx, chosen)
}

// choose returns the attacks of a list of names, all of them for none.
func choose(only string) (chosen []attack, err error) {
	if only == "" {
		return attacks, nil
	}
	for name := range strings.SplitSeq(only, ",") {
		a, ok := find(name)
		if !ok {
			err = errors.Join(err, fmt.Errorf("-only %s: there is no such attack", name))
		}
		chosen = append(chosen, a)
	}
	return chosen, err
}

// all makes one attack after the other.
func (p plan) all(ctx context.Context, chosen []attack) error {
	s := summary{Attacks: len(chosen)}
	writeHead(os.Stdout)
	for _, a := range chosen {
		r, err := p.measure(ctx, a)
		if err == nil && !p.quick && !r.harmless() { // it may have been the machine
			var again row
			if again, err = p.measure(ctx, a); again.harmless() || again.left() > r.left() {
				r = again
			}
		}
		if err != nil {
			return fmt.Errorf("%s: %w", a.name, err)
		}
		r.write(os.Stdout)
		if s.Rows = append(s.Rows, r); r.harmless() {
			s.Harmless++
		} else {
			s.Harmful = append(s.Harmful, r.Name)
		}
	}
	return json.NewEncoder(os.Stdout).Encode(s)
}

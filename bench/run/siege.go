package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"strings"
)

// siege is what siege prints: a table, and of its last line what the goal is about.
type siege struct {
	table    string
	Attacks  int
	Harmless int
	Harmful  []string
}

// attacks runs them.
func (b *bench) attacks() {
	if err := b.measureSiege(); err != nil {
		fmt.Fprintln(os.Stderr, "run: siege:", err)
	}
}

func (b *bench) measureSiege() error {
	ctx, cancel := context.WithTimeout(b.ctx, 5*bound)
	defer cancel()
	cmd := exec.CommandContext(ctx, b.programs.siege, b.plan.siege...)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	var s siege
	var failed error
	for lines := bufio.NewReader(out); ; {
		line, err := lines.ReadBytes('\n')
		switch {
		case bytes.HasPrefix(line, []byte("|")):
			fmt.Printf("  %s", line)
			s.table += string(line)
		case bytes.HasPrefix(line, []byte("{")):
			failed = json.Unmarshal(line, &s)
		}
		if err != nil {
			break
		}
	}
	if err := cmd.Wait(); err != nil {
		return err
	}
	b.siege = s
	return failed
}

// withstood is the goal: no attack does harm.
func (r *results) withstood() goal {
	s := r.siege
	g := goal{
		what: "attacks after which well-behaved clients keep 90 %, and the process 256 MB", must: "all",
		is: "no figure", known: s.Attacks > 0, reached: s.Attacks > 0 && s.Harmless == s.Attacks,
	}
	if g.known {
		g.is = fmt.Sprintf("%d of %d", s.Harmless, s.Attacks)
	}
	return g
}

func (b *bench) saySiege(r *report) {
	if b.siege.table == "" {
		return
	}
	r.say("## Attacks")
	r.say("Twenty well-behaved connections send 1,000 messages a second together while one hostile peer does what the table says, or one sends as many as it can; " +
		"others connect, make a queue and leave. [README.md](README.md#attacks) tells what the columns are.")
	r.WriteString(b.siege.table + "\n")
	if len(b.siege.Harmful) > 0 {
		r.say("Harm is done by %s.", strings.Join(b.siege.Harmful, ", "))
	}
}

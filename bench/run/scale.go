package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
)

// scaleLine is a line that scale prints, of any of its kinds.
type scaleLine struct {
	What     string
	Count    int
	Listener scaleMemory // bytes
	Client   scaleMemory
	Seconds  float64

	Restart, Restarts int
	Down, Back        float64 // seconds
	Longest           float64
	Connections       int
	Attempts, Policy  int
	FirstHeap         float64 `json:"first_heap"`
	LastHeap          float64 `json:"last_heap"`
}

type scaleMemory struct{ Heap, Stacks, Resident float64 }

// goProcess is what the Go process has, which is what can be told of one connection.
func (m scaleMemory) goProcess() float64 { return m.Heap + m.Stacks }

// scaleUp runs the three parts of scale.
func (b *bench) scaleUp() {
	for _, args := range [][]string{
		{"connections", fmt.Sprint(b.plan.connections)},
		{"links", fmt.Sprint(b.plan.links)},
		{"reconnect", fmt.Sprint(b.plan.reconnecting), fmt.Sprint(b.plan.restarts)},
	} {
		if err := b.measureScale(b.programs.scale, args, &b.scale); err != nil {
			fmt.Fprintf(os.Stderr, "run: scale %s: %v\n", args[0], err)
		}
		if b.before == nil || args[0] == "reconnect" {
			continue
		}
		if err := b.measureScale(b.before.scale, args, &b.scaled); err != nil {
			fmt.Fprintf(os.Stderr, "run: scale %s, before: %v\n", args[0], err)
		}
	}
}

func (b *bench) measureScale(program string, args []string, to *[]scaleLine) error {
	ctx, cancel := context.WithTimeout(b.ctx, bound)
	defer cancel()
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	for lines := bufio.NewScanner(out); lines.Scan(); {
		fmt.Printf("  %s\n", lines.Text())
		var line scaleLine
		if json.Unmarshal(lines.Bytes(), &line) == nil {
			*to = append(*to, line)
		}
	}
	return cmd.Wait()
}

// of returns the lines of one kind.
func of(lines []scaleLine, what string) (all []scaleLine) {
	for _, l := range lines {
		if l.What == what {
			all = append(all, l)
		}
	}
	return all
}

package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/hadron-mq/hadron/bench/peers"
	"github.com/hadron-mq/hadron/bench/process"
)

// programs are the paths of what is run.
type programs struct {
	dir                                                  string
	arrow, pingpong, raw, scale, fairness, siege, broker string
	protonC                                              *peers.Peer // nil where it is missing
}

// build builds all programs into a folder.
func build(ctx context.Context, dir string) (p programs, err error) {
	p.dir = dir
	for path, to := range map[string]*string{
		"./bench/arrow": &p.arrow, "./bench/pingpong": &p.pingpong, "./bench/raw": &p.raw, "./bench/scale": &p.scale, "./bench/fairness": &p.fairness,
		"./bench/siege": &p.siege, "./examples/broker": &p.broker,
	} {
		*to = filepath.Join(dir, filepath.Base(path))
		if _, err := process.Output(ctx, "go", "build", "-o", *to, path); err != nil {
			return p, err
		}
	}
	if p.protonC, err = peers.Build(ctx, dir, peers.ProtonC); err != nil {
		if peers.Required() {
			return p, err
		}
		fmt.Fprintf(os.Stderr, "run: without %v\n", err)
	}
	return p, nil
}

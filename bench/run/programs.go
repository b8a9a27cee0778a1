package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// programs are the paths of what is run. Proton C's are empty where it is missing.
type programs struct {
	dir                                                  string
	arrow, pingpong, raw, scale, fairness, siege, broker string
	arrowC, pingpongC                                    string
}

// build builds all programs into a folder.
func build(ctx context.Context, dir, peers string) (p programs, err error) {
	p.dir = dir
	for path, to := range map[string]*string{
		"./bench/arrow": &p.arrow, "./bench/pingpong": &p.pingpong, "./bench/raw": &p.raw, "./bench/scale": &p.scale, "./bench/fairness": &p.fairness,
		"./bench/siege": &p.siege, "./examples/broker": &p.broker,
	} {
		*to = filepath.Join(dir, filepath.Base(path))
		if _, err := output(ctx, "go", "build", "-o", *to, path); err != nil {
			return p, err
		}
	}
	for source, to := range map[string]*string{
		filepath.Join(peers, "proton-c", "arrow.c"):   &p.arrowC,
		filepath.Join("bench", "peers", "pingpong.c"): &p.pingpongC,
	} {
		program := filepath.Join(dir, strings.TrimSuffix(filepath.Base(source), ".c")+"-proton-c")
		if err := compile(ctx, source, program); err != nil {
			fmt.Fprintf(os.Stderr, "run: without Proton C's %s: %v\n", filepath.Base(source), err)
			continue
		}
		*to = program
	}
	return p, nil
}

// compile compiles a program of Proton C's. Its libraries are linked by the names of a development package, or else by those that only
// running programs need.
func compile(ctx context.Context, source, to string) error {
	if _, err := os.Stat(source); err != nil {
		return err
	}
	libraries := []string{"-lqpid-proton-proactor", "-lqpid-proton-core"}
	_, err := output(ctx, "gcc", append([]string{"-O2", "-o", to, source}, libraries...)...)
	if err == nil {
		return nil
	}
	for i, name := range []string{"libqpid-proton-proactor.so.1", "libqpid-proton-core.so.10"} {
		if libraries[i], err = output(ctx, "gcc", "-print-file-name="+name); err != nil {
			return err
		}
	}
	_, err = output(ctx, "gcc", append([]string{"-O2", "-o", to, source}, libraries...)...)
	return err
}

// output runs a command and returns what it prints, without the line's end.
func output(ctx context.Context, name string, args ...string) (string, error) {
	var errs bytes.Buffer
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("%s: %w: %s", strings.Join(cmd.Args, " "), err, bytes.TrimSpace(errs.Bytes()))
	}
	return strings.TrimSpace(string(out)), nil
}

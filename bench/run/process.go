package main

import (
	"context"
	"fmt"
	"runtime"
	"time"

	"github.com/hadron-mq/hadron/bench/process"
)

const bound = 2 * time.Minute // of one run

// The settings that are measured: Go's defaults, and what bench/README.md calls tuned. Both are said in full, so that they hold for programs of an
// older tree too, which may have had others.
var (
	defaults = []string{"GOGC=100", fmt.Sprintf("GOMAXPROCS=%d", runtime.NumCPU())}
	tuned    = []string{"GOGC=400", "GOMAXPROCS=1"}
)

const poll = "1ms" // of what is tuned

// plain is an end that is a program of ours, with flags before its role.
func plain(program, role string, flags ...string) process.End {
	return process.End{Env: defaults, Argv: append(append([]string{program}, flags...), role)}
}

// hadron is one that can poll, at Go's defaults.
func hadron(program, role string, flags ...string) process.End {
	return plain(program, role, append([]string{"-poll", "0"}, flags...)...)
}

// hadronTuned is one that is tuned.
func hadronTuned(program, role string, flags ...string) process.End {
	e := plain(program, role, append([]string{"-poll", poll}, flags...)...)
	e.Env = tuned
	return e
}

// pair runs two ends, the first one listening, and returns the figure of the one that has the clock.
func (b *bench) pair(listener, connector process.End, listenerCounts bool, args ...any) (f figure, err error) {
	ctx, cancel := context.WithTimeout(b.ctx, bound)
	defer cancel()
	there, here, err := process.Pair(ctx, listener, connector, args...)
	if err != nil {
		return f, err
	}
	counts := here
	if listenerCounts {
		counts = there
	}
	err = counts.Figure(&f)
	here.Stop(process.Patience)
	there.Stop(process.Patience)
	f.listener, f.connects = micros(there.CPU())/f.Count, micros(here.CPU())/f.Count
	return f, err
}

func micros(d time.Duration) float64 { return float64(d.Microseconds()) }

// through runs two ends that meet at a broker, the first one waiting for what the second sends, and returns the first one's figure.
func (b *bench) through(receiver, sender process.End, args ...any) (f figure, err error) {
	ctx, cancel := context.WithTimeout(b.ctx, bound)
	defer cancel()
	port, err := process.FreePort()
	if err != nil {
		return f, err
	}
	broker, err := process.Start(ctx, defaults, b.programs.broker, "-a", fmt.Sprintf("amqp://127.0.0.1:%d", port))
	if err != nil {
		return f, err
	}
	defer broker.Stop(0)
	if err := broker.Listens(port); err != nil {
		return f, err
	}
	to, err := receiver.Start(ctx, "connect", port, args...)
	if err != nil {
		return f, err
	}
	defer to.Stop(process.Patience)
	from, err := sender.Start(ctx, "connect", port, args...)
	if err != nil {
		to.Stop(0)
		return f, err
	}
	defer from.Stop(process.Patience)
	err = to.Figure(&f)
	return f, err
}

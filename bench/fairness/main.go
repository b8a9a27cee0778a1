// Command fairness measures what quiet connections notice of a busy one beside them, on one loop.
//
//	fairness serve HOST:PORT
//	fairness flood HOST:PORT ADDRESS
//	fairness ask HOST:PORT CONNECTIONS SECONDS
//
// Who serves takes messages on one loop; its handler returns at once, but for messages to the address "slow", on each of which it works for a
// millisecond. Who floods sends to one address on one connection as fast as it is let, until it is told to end. Who asks has many connections, each of which sends a
// message once a second and waits for its outcome, and prints as its last line JSON, with times in microseconds:
//
//	{"what":"asked","connections":100,"count":1000,"p50":80.0,"p99":300.0,"max":900.0}
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/hadron-mq/hadron/container"
	"github.com/hadron-mq/hadron/handler"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	h, err := parse(os.Args[1:])
	if err == nil {
		err = run(ctx, h)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "fairness:", err)
		os.Exit(1)
	}
}

// role is the handler of a role.
type role interface {
	handler.MessagingHandler
	// outcome says what was wrong, once the container has ended.
	outcome() error
}

func run(ctx context.Context, r role) error {
	if err := container.New(r).Run(ctx); err != nil {
		return err
	}
	return r.outcome()
}

func parse(args []string) (role, error) {
	switch {
	case len(args) == 2 && args[0] == "serve":
		return &serving{hostPort: args[1]}, nil
	case len(args) == 3 && args[0] == "flood":
		return &flooding{hostPort: args[1], address: args[2]}, nil
	case len(args) == 4 && args[0] == "ask":
		return newAsking(args[1], args[2], args[3])
	}
	return nil, fmt.Errorf("usage: fairness serve HOST:PORT | flood HOST:PORT ADDRESS | ask HOST:PORT CONNECTIONS SECONDS")
}

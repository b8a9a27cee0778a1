// Command scale measures what connections and links cost that have nothing to do, and what becomes of connections whose broker restarts.
//
//	scale connections N          memory of N idle connections, on the end that listens and on the end that connects
//	scale links N                memory of N idle links on one connection, on both ends
//	scale reconnect N RESTARTS   N connections with a link each, whose broker is killed and started again RESTARTS times
//
// The other end is a process of its own: scale itself, as listener or as broker. What it prints are lines of JSON; memory is that of the
// process, after a collection, in bytes: heap and stacks in use, and what is resident where the system says it. Memory of the
// kernel, for sockets, is not in it.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"strconv"
	"time"
)

// bound is how long all of it may take.
const bound = 5 * time.Minute

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "scale:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	ctx, cancel := context.WithTimeout(ctx, bound)
	defer cancel()
	if len(args) == 2 && (args[0] == "listener" || args[0] == "broker") {
		return serve(ctx, args[0] == "broker", args[1])
	}
	n, err := numbers(args)
	if err != nil {
		return err
	}
	switch {
	case len(n) == 1 && args[0] == "connections":
		return connections(ctx, n[0])
	case len(n) == 1 && args[0] == "links":
		return links(ctx, n[0])
	case len(n) == 2 && args[0] == "reconnect":
		return reconnect(ctx, n[0], n[1])
	}
	return fmt.Errorf("usage: scale connections N | links N | reconnect N RESTARTS")
}

// numbers reads all arguments but the first.
func numbers(args []string) (n []int, err error) {
	for i, arg := range args {
		if i == 0 {
			continue
		}
		v, err := strconv.Atoi(arg)
		if err != nil || v < 1 {
			return nil, fmt.Errorf("%q is not a number of at least 1", arg)
		}
		n = append(n, v)
	}
	return n, nil
}

// Command pingpong measures round trips: one message at a time goes to the other end and back.
//
//	pingpong [-tuned] [-poll DURATION] ping|pong connect|listen HOST PORT COUNT BODY_BYTES
//
// Who pings sends a message with a message-id and one data section of BODY_BYTES, and the next one when it is back; who pongs sends each
// back as it comes. Both ways every message is encoded, decoded and accepted. The COUNT round trips that are measured come after a
// tenth as many that are not. Who pings prints the percentiles, and as its last line JSON, with times in microseconds:
//
//	{"peer":"hadron","role":"ping","count":20000,"seconds":0.6,"rate":33000,"p50":28.1,"p90":31.0,"p99":52.0,"p999":110.0,"max":420.0}
//
// Nothing is set by default. -tuned is what bench/README.md calls tuned: GOGC, GOMAXPROCS and polling, of which the environment and -poll have the
// last word.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"runtime/debug"
	"time"

	"github.com/hadron-mq/hadron/container"
	"github.com/hadron-mq/hadron/handler"
)

// patience is how long the other end has for closing once all is measured.
const patience = 500 * time.Millisecond

func main() {
	tuned := flag.Bool("tuned", false, "tune the collector, the number of processors and polling")
	poll := flag.Duration("poll", 0, "how long the connection looks for more input before it sleeps: `DURATION`, 0 for not at all")
	flag.Usage = usage
	flag.Parse()
	job, err := parse(flag.Args())
	if err != nil {
		fmt.Fprintln(os.Stderr, "pingpong:", err)
		usage()
		os.Exit(2)
	}
	if job.poll = *poll; *tuned {
		tune()
		if job.poll == 0 {
			job.poll = time.Millisecond
		}
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, job); err != nil {
		fmt.Fprintln(os.Stderr, "pingpong:", err)
		os.Exit(1)
	}
}

func usage() {
	fmt.Fprintln(os.Stderr, "usage: pingpong [-tuned] [-poll DURATION] ping|pong connect|listen HOST PORT COUNT BODY_BYTES")
}

// tune gives the collector room, and the goroutines of the one connection one processor: to wake another takes longer than what they do.
func tune() {
	if os.Getenv("GOGC") == "" && os.Getenv("GOMEMLIMIT") == "" {
		debug.SetGCPercent(400)
	}
	if os.Getenv("GOMAXPROCS") == "" {
		runtime.GOMAXPROCS(1)
	}
}

// role is the handler of a role.
type role interface {
	handler.MessagingHandler
	// outcome says what was wrong, once the container has ended.
	outcome() error
}

func run(ctx context.Context, j *job) error {
	var p role
	if j.pinging {
		p = newPing(j)
	} else {
		p = newPong(j)
	}
	if err := container.New(p, container.Grace(patience)).Run(ctx); err != nil {
		return err
	}
	return p.outcome()
}

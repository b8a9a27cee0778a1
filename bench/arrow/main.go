// Command arrow pumps messages one way, for measuring Hadron side by side with other AMQP libraries.
//
//	arrow [-cpuprofile FILE] [-connections N] [-links N] [-loops N] [-borrow] [-tls CERT,KEY] [-live MIB] [-tuned] [-poll DURATION] send|receive connect|listen HOST PORT ADDRESS COUNT BODY_BYTES CREDIT [settled]
//
// It sends or receives COUNT messages, each with a message-id and one data section of BODY_BYTES: every one of them is encoded, decoded
// and, unless it is sent settled, accepted. It is a program on the public API, through the handler, as any application is. The
// last line that it prints is JSON:
//
//	{"peer":"hadron","role":"receive","count":500000,"seconds":1.0000,"rate":500000}
//
// The receiver's clock runs from its first message to its last; the sender's from its first send to its last outcome, or to its last
// send when they are settled.
//
// All connections, and all links of each, share COUNT; CREDIT is a link's. Both ends are told how many there are: the sender begins
// when all are there.
//
// Nothing is set by default. -live MIB is a process with as much live data as applications have: Go's collector goes by that. -borrow has a receiver
// that is done with each message when its handler returns. -tuned is what bench/README.md calls tuned: GOGC, GOMAXPROCS and polling, of which
// the environment and -poll have the last word. -tls makes the connections by TLS: CERT and KEY are the listener's PEM files, and CERT is what the
// other end trusts.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"runtime/debug"
	"runtime/pprof"
	"strings"
	"time"

	"github.com/hadron-mq/hadron/container"
	"github.com/hadron-mq/hadron/handler"
)

// patience is how long the other end has for closing once the figure is printed: who measures is waiting for the process.
const patience = 500 * time.Millisecond

func main() {
	profile := flag.String("cpuprofile", "", "write a CPU profile to `FILE`")
	connections := flag.Int("connections", 1, "how many connections: `N`")
	links := flag.Int("links", 1, "how many links on each connection: `N`")
	loops := flag.Int("loops", 1, "how many loops share the connections: `N`")
	borrow := flag.Bool("borrow", false, "receive messages that are lent to the handler")
	certificate := flag.String("tls", "", "connect by TLS: `CERT,KEY`")
	live := flag.Int("live", 0, "how much live data the process has: `MIB`")
	tuned := flag.Bool("tuned", false, "tune the collector, the number of processors and polling")
	poll := flag.Duration("poll", 0, "how long a connection looks for more input before it sleeps: `DURATION`, 0 for not at all")
	flag.Usage = usage
	flag.Parse()
	job, err := parse(flag.Args())
	if err == nil {
		err = job.spread(*connections, *links)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "arrow:", err)
		usage()
		os.Exit(2)
	}
	job.poll, job.loops, job.borrow = *poll, *loops, *borrow
	if job.certificate, job.key, _ = strings.Cut(*certificate, ","); *tuned {
		tune()
		if job.poll == 0 {
			job.poll = time.Millisecond
		}
	}
	ballast := make([][]byte, *live)
	for i := range ballast {
		ballast[i] = make([]byte, 1<<20)
	}
	defer runtime.KeepAlive(ballast)
	if err := profiled(*profile, job.run); err != nil {
		fmt.Fprintln(os.Stderr, "arrow:", err)
		os.Exit(1)
	}
}

func usage() {
	fmt.Fprintln(os.Stderr, "usage: arrow [flags] send|receive connect|listen HOST PORT ADDRESS COUNT BODY_BYTES CREDIT [settled]")
	flag.PrintDefaults()
}

// tune gives the collector room: the live heap is small, and what is allocated a second is large. Far more room than this is slower
// again, for memory that is not in the processor's caches.
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

// run pumps until all is sent or received, or the process is told to end.
func (j *job) run() error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if j.sending {
		return run(ctx, newSending(j), j.loops)
	}
	return run(ctx, newReceiving(j), j.loops)
}

func run(ctx context.Context, r role, loops int) error {
	if err := container.New(r, container.Grace(patience), container.Loops(loops)).Run(ctx); err != nil {
		return err
	}
	return r.outcome()
}

// profiled calls f, and writes where its time went to a file if there is one.
func profiled(file string, f func() error) (err error) {
	if file == "" {
		return f()
	}
	out, err := os.Create(file)
	if err != nil {
		return err
	}
	defer func() {
		if e := out.Close(); err == nil {
			err = e
		}
	}()
	if err := pprof.StartCPUProfile(out); err != nil {
		return err
	}
	defer pprof.StopCPUProfile()
	return f()
}

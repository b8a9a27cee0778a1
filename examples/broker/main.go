// Command broker runs Hadron's embedded broker by itself. Queues are made as they are used, and kept in memory.
//
//	broker [-a URL]
//
// With port 0 it listens at any port that is free, and prints which.
package main

import (
	"context"
	"flag"
	"fmt"
	"log"
	"os"
	"os/signal"

	"github.com/hadron-mq/hadron/broker"
)

func main() {
	at := flag.String("a", "amqp://127.0.0.1", "where to listen, as `URL`")
	flag.Parse()
	if err := run(*at); err != nil {
		log.Fatal(err)
	}
}

// run starts the broker, which has goroutines of its own, and waits for an interrupt. The same calls embed it in a test.
func run(at string) error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	b, err := broker.Start(at)
	if err != nil {
		return err
	}
	defer b.Stop()
	fmt.Println("listening at", b.URL())
	<-ctx.Done()
	return nil
}

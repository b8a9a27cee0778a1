// Command failover receives messages from the first of several brokers that is there, and from the next one once that is gone.
//
//	failover [-a URL,URL...] [-from ADDRESS] [-m COUNT]
//
// With -m 0 it goes on until it is interrupted.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log"
	"log/slog"
	"os"
	"os/signal"
	"strings"

	"github.com/hadron-mq/hadron/connection"
	"github.com/hadron-mq/hadron/container"
	"github.com/hadron-mq/hadron/handler"
)

type receiving struct {
	handler.Base
	urls     []string
	address  string
	count    int // 0 is for ever
	received int
	err      error
}

// OnStart asks for one connection that has several places. They are tried in turn; the delays of the reconnect policy come only
// after all of them have failed. Connection.SetURLs changes them later, and what a broker says of its backups is added to them.
func (r *receiving) OnStart(e *handler.Event) {
	conn, err := e.Container().Connect("", connection.URLs(r.urls...))
	if err == nil {
		_, err = e.Container().CreateReceiver(conn, r.address)
	}
	if err != nil {
		r.err = err
		e.Container().Stop()
	}
}

// OnConnectionOpened comes for the first broker. RemoteContainerID is what it calls itself.
func (r *receiving) OnConnectionOpened(e *handler.Event) {
	fmt.Println("connected to broker", e.Connection().RemoteContainerID())
}

// OnReconnected comes for each one after it.
func (r *receiving) OnReconnected(e *handler.Event) {
	r.OnConnectionOpened(e)
}

// OnDisconnected comes when a broker is lost. Nothing is to be done: the receiver will be at the next one under the same name, with
// the credit that it had.
func (r *receiving) OnDisconnected(e *handler.Event) {
	if e.Err() != nil {
		fmt.Println("disconnected")
	}
}

// OnTransportError comes for each place that does not answer. Next is 0 while others are left to try, and negative where there is
// no further attempt: then the error is ours to pass on, for Run to return it.
func (r *receiving) OnTransportError(e *handler.Event) {
	var failed *connection.TransportError
	if !errors.As(e.Err(), &failed) || failed.Next < 0 {
		e.Pass()
		return
	}
	fmt.Printf("no broker at %s, next attempt in %v\n", failed.URL, failed.Next)
}

// OnMessage brings the messages of whichever broker it is. One whose acceptance was lost with its broker may come again.
func (r *receiving) OnMessage(e *handler.Event) {
	if r.count > 0 && r.received == r.count { // one that was on its way when the last one came
		if err := e.Delivery().Release(); err != nil {
			r.err = err
		}
		return
	}
	fmt.Println(string(e.Message().GetData()))
	if r.received++; r.received == r.count {
		e.Container().Stop()
	}
}

func main() {
	urls := flag.String("a", "amqp://127.0.0.1,amqp://127.0.0.1:5673", "the brokers, as `URL,URL...`")
	address := flag.String("from", "examples", "where to receive from: `ADDRESS`")
	count := flag.Int("m", 0, "how many messages to receive: `COUNT`, 0 for no end")
	flag.Parse()
	slog.SetLogLoggerLevel(slog.LevelWarn) // the program tells itself what the log would: that the connection is lost
	if err := run(strings.Split(*urls, ","), *address, *count); err != nil {
		log.Fatal(err)
	}
}

func run(urls []string, address string, count int) error {
	if count < 0 {
		return fmt.Errorf("failover: -m %d: a count cannot be negative", count)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt) // Run closes cleanly when ctx ends
	defer stop()
	r := &receiving{urls: urls, address: address, count: count}
	if err := container.New(r).Run(ctx); err != nil {
		return err
	}
	if r.err == nil && r.received < count {
		return fmt.Errorf("failover: ended after %d of %d messages", r.received, count)
	}
	return r.err
}

package connection_test

import (
	"context"
	"errors"
	"fmt"
	"log"

	"github.com/hadron-mq/hadron/broker"
	"github.com/hadron-mq/hadron/connection"
	"github.com/hadron-mq/hadron/container"
	"github.com/hadron-mq/hadron/handler"
)

// What a URL leaves out has a default, and its password is never printed.
func ExampleParseURL() {
	u, err := connection.ParseURL("amqps://alice:secret@broker.example/jobs")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(u.HostPort(), u.Address, u.Secure())
	fmt.Println(u)
	// Output:
	// broker.example:5671 jobs true
	// amqps://alice@broker.example:5671/jobs
}

// A connection has several places to go to, and tries one after the other.
func ExampleURLs() {
	b, err := broker.Start("amqp://127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	defer b.Stop()
	err = container.New(&handler.Funcs{
		Start: func(e *handler.Event) {
			nobody := "amqp://127.0.0.1:1"
			if _, err := e.Container().Connect("", connection.URLs(nobody, b.URL()), connection.ContainerID("shop")); err != nil {
				log.Fatal(err)
			}
		},
		TransportError: func(e *handler.Event) {
			var failed *connection.TransportError
			fmt.Println("attempt failed:", errors.As(e.Err(), &failed), failed.Attempt)
		},
		ConnectionOpened: func(e *handler.Event) {
			fmt.Println("connected as", e.Connection().ContainerID())
			e.Connection().Close()
		},
	}).Run(context.Background())
	if err != nil {
		log.Fatal(err)
	}
	// Output:
	// attempt failed: true 1
	// connected as shop
}

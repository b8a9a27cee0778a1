package handler_test

import (
	"context"
	"fmt"
	"log"

	"github.com/Azure/go-amqp"

	"github.com/hadron-mq/hadron/broker"
	"github.com/hadron-mq/hadron/container"
	"github.com/hadron-mq/hadron/handler"
)

// Funcs is for the small case: functions in place of a type.
func ExampleFuncs() {
	b, err := broker.Start("amqp://127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	defer b.Stop()
	err = container.New(&handler.Funcs{
		Start: func(e *handler.Event) {
			if _, err := e.Container().Connect(b.URL()); err != nil {
				log.Fatal(err)
			}
		},
		ConnectionOpened: func(e *handler.Event) {
			fmt.Println("connected")
			e.Connection().Close()
		},
		ConnectionClosed: func(*handler.Event) { fmt.Println("closed") },
	}).Run(context.Background())
	if err != nil {
		log.Fatal(err)
	}
	// Output:
	// connected
	// closed
}

// A link may have a handler of its own. What that does not take goes on to the connection's handler, and to the container's.
func ExampleForReceiver() {
	b, err := broker.Start("amqp://127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	defer b.Stop()
	orders := &handler.Funcs{Message: func(e *handler.Event) {
		fmt.Println("an order:", string(e.Message().GetData()))
		e.Pass() // to the container's handler
	}}
	err = container.New(&handler.Funcs{
		Start: func(e *handler.Event) {
			conn, err := e.Container().Connect(b.URL())
			if err != nil {
				log.Fatal(err)
			}
			if _, err := e.Container().CreateReceiver(conn, "orders", handler.ForReceiver(orders)); err != nil {
				log.Fatal(err)
			}
			if _, err := e.Container().CreateSender(conn, "orders"); err != nil {
				log.Fatal(err)
			}
		},
		Sendable: func(e *handler.Event) {
			if _, err := e.Sender().Send(amqp.NewMessage([]byte("three apples"))); err != nil {
				log.Fatal(err)
			}
			e.Sender().Close()
		},
		Message: func(e *handler.Event) {
			fmt.Println("a message of any kind")
			e.Connection().Close()
		},
	}).Run(context.Background())
	if err != nil {
		log.Fatal(err)
	}
	// Output:
	// an order: three apples
	// a message of any kind
}

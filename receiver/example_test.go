package receiver_test

import (
	"context"
	"fmt"
	"log"

	"github.com/Azure/go-amqp"

	"github.com/hadron-mq/hadron/broker"
	"github.com/hadron-mq/hadron/container"
	"github.com/hadron-mq/hadron/handler"
	"github.com/hadron-mq/hadron/receiver"
)

// Work that takes its time is done in a goroutine, which settles the message when it is done: the loop goes on meanwhile. No more than ten
// messages are under way.
func ExampleManualAccept() {
	b, err := broker.Start("amqp://127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	defer b.Stop()
	err = container.New(&handler.Funcs{
		Start: func(e *handler.Event) {
			conn, err := e.Container().Connect(b.URL())
			if err != nil {
				log.Fatal(err)
			}
			if _, err := e.Container().CreateReceiver(conn, "jobs", receiver.ManualAccept(), receiver.Credit(10)); err != nil {
				log.Fatal(err)
			}
			if _, err := e.Container().CreateSender(conn, "jobs"); err != nil {
				log.Fatal(err)
			}
		},
		Sendable: func(e *handler.Event) {
			if _, err := e.Sender().Send(amqp.NewMessage([]byte("wash"))); err != nil {
				log.Fatal(err)
			}
			e.Sender().Close()
		},
		Message: func(e *handler.Event) {
			d, job, conn := e.Delivery(), string(e.Message().GetData()), e.Connection()
			go func() {
				fmt.Println("done:", job)
				if err := d.Accept(); err != nil {
					log.Fatal(err)
				}
				conn.Close()
			}()
		},
	}).Run(context.Background())
	if err != nil {
		log.Fatal(err)
	}
	// Output: done: wash
}

// A browser sees what is in a queue, and leaves it there.
func ExampleBrowse() {
	b, err := broker.Start("amqp://127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	defer b.Stop()
	err = container.New(&handler.Funcs{
		Start: func(e *handler.Event) {
			conn, err := e.Container().Connect(b.URL())
			if err != nil {
				log.Fatal(err)
			}
			if _, err := e.Container().CreateSender(conn, "jobs"); err != nil {
				log.Fatal(err)
			}
		},
		Sendable: func(e *handler.Event) {
			if _, err := e.Sender().Send(amqp.NewMessage([]byte("wash"))); err != nil {
				log.Fatal(err)
			}
			e.Sender().Close()
		},
		Accepted: func(e *handler.Event) {
			if _, err := e.Container().CreateReceiver(e.Connection(), "jobs", receiver.Browse()); err != nil {
				log.Fatal(err)
			}
		},
		Message: func(e *handler.Event) {
			fmt.Println("there is:", string(e.Message().GetData()))
			e.Connection().Close()
		},
	}).Run(context.Background())
	if err != nil {
		log.Fatal(err)
	}
	// Output: there is: wash
}

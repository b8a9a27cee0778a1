package value_test

import (
	"context"
	"fmt"
	"log"

	"github.com/Azure/go-amqp"

	"github.com/hadron-mq/hadron/broker"
	"github.com/hadron-mq/hadron/container"
	"github.com/hadron-mq/hadron/handler"
	"github.com/hadron-mq/hadron/value"
)

// A body may be of any AMQP type, those included for which Go has none.
func Example() {
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
			if _, err := e.Container().CreateReceiver(conn, "letters"); err != nil {
				log.Fatal(err)
			}
			if _, err := e.Container().CreateSender(conn, "letters"); err != nil {
				log.Fatal(err)
			}
		},
		Sendable: func(e *handler.Event) {
			letter := value.Described{Descriptor: amqp.Symbol("example:letter"), Value: value.Char('ß')}
			if _, err := e.Sender().Send(&amqp.Message{Value: letter}); err != nil {
				log.Fatal(err)
			}
			e.Sender().Close()
		},
		Message: func(e *handler.Event) {
			letter := e.Message().Value.(value.Described)
			fmt.Printf("%s: %c\n", letter.Descriptor, letter.Value)
			e.Connection().Close()
		},
	}).Run(context.Background())
	if err != nil {
		log.Fatal(err)
	}
	// Output: example:letter: ß
}

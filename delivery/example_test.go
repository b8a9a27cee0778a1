package delivery_test

import (
	"context"
	"errors"
	"fmt"
	"log"

	"github.com/Azure/go-amqp"

	"github.com/hadron-mq/hadron/broker"
	"github.com/hadron-mq/hadron/container"
	"github.com/hadron-mq/hadron/delivery"
	"github.com/hadron-mq/hadron/handler"
)

// A message has one outcome. Who has accepted it cannot reject it any more.
func ExampleDelivery_Accept() {
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
			if _, err := e.Container().CreateReceiver(conn, "jobs"); err != nil {
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
			if err := e.Delivery().Accept(); err != nil {
				log.Fatal(err)
			}
			err := e.Delivery().Reject(&amqp.Error{Condition: "shop:too-late"})
			fmt.Println("settled already:", errors.Is(err, delivery.ErrSettled))
			e.Connection().Close()
		},
	}).Run(context.Background())
	if err != nil {
		log.Fatal(err)
	}
	// Output: settled already: true
}

// A message that was received with receiver.Encoded is decoded where it is looked at.
func ExampleDecode() {
	encoded, err := amqp.NewMessage([]byte("wash")).MarshalBinary()
	if err != nil {
		log.Fatal(err)
	}
	m, err := delivery.Decode(encoded)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(string(m.GetData()))
	// Output: wash
}

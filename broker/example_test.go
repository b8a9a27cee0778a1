package broker_test

import (
	"context"
	"fmt"
	"log"

	"github.com/Azure/go-amqp"

	"github.com/hadron-mq/hadron/broker"
)

// A broker in a test: any AMQP 1.0 client connects to its URL, go-amqp here.
func Example() {
	b, err := broker.Start("amqp://127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	defer b.Stop()

	ctx := context.Background()
	conn, err := amqp.Dial(ctx, b.URL(), nil)
	if err != nil {
		log.Fatal(err)
	}
	defer conn.Close()
	session, err := conn.NewSession(ctx, nil)
	if err != nil {
		log.Fatal(err)
	}
	s, err := session.NewSender(ctx, "jobs", nil)
	if err != nil {
		log.Fatal(err)
	}
	if err := s.Send(ctx, amqp.NewMessage([]byte("wash")), nil); err != nil {
		log.Fatal(err)
	}
	r, err := session.NewReceiver(ctx, "jobs", nil)
	if err != nil {
		log.Fatal(err)
	}
	m, err := r.Receive(ctx, nil)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(string(m.GetData()))
	if err := r.AcceptMessage(ctx, m); err != nil {
		log.Fatal(err)
	}
	// Output: wash
}

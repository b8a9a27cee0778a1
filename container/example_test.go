package container_test

import (
	"context"
	"fmt"
	"log"
	"time"

	"github.com/Azure/go-amqp"

	"github.com/hadron-mq/hadron/broker"
	"github.com/hadron-mq/hadron/container"
	"github.com/hadron-mq/hadron/handler"
)

// hello sends one message to a queue, and receives it from there.
type hello struct {
	handler.Base
	url string
}

func (h *hello) OnStart(e *handler.Event) {
	conn, err := e.Container().Connect(h.url)
	if err != nil {
		log.Fatal(err)
	}
	if _, err := e.Container().CreateReceiver(conn, "greetings"); err != nil {
		log.Fatal(err)
	}
	if _, err := e.Container().CreateSender(conn, "greetings"); err != nil {
		log.Fatal(err)
	}
}

func (*hello) OnSendable(e *handler.Event) {
	if _, err := e.Sender().Send(amqp.NewMessage([]byte("Hello World!"))); err != nil {
		log.Fatal(err)
	}
	e.Sender().Close()
}

func (*hello) OnMessage(e *handler.Event) {
	fmt.Println(string(e.Message().GetData()))
	e.Connection().Close() // nothing is left to do then, and Run returns
}

func Example() {
	b, err := broker.Start("amqp://127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	defer b.Stop()
	if err := container.New(&hello{url: b.URL()}).Run(context.Background()); err != nil {
		log.Fatal(err)
	}
	// Output: Hello World!
}

// A timer is an event like others. It keeps the container running until it is due.
func ExampleContainer_Schedule() {
	ticks := 0
	var h handler.MessagingHandler
	h = &handler.Funcs{
		Start: func(e *handler.Event) {
			if _, err := e.Container().Schedule(time.Millisecond, h); err != nil {
				log.Fatal(err)
			}
		},
		Timer: func(e *handler.Event) {
			ticks++
			fmt.Println("tick", ticks)
			if ticks == 3 {
				return
			}
			if _, err := e.Container().Schedule(time.Millisecond, h); err != nil {
				log.Fatal(err)
			}
		},
	}
	if err := container.New(h).Run(context.Background()); err != nil {
		log.Fatal(err)
	}
	// Output:
	// tick 1
	// tick 2
	// tick 3
}

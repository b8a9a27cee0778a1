package sender_test

import (
	"context"
	"fmt"
	"log"

	"github.com/Azure/go-amqp"

	"github.com/hadron-mq/hadron/broker"
	"github.com/hadron-mq/hadron/container"
	"github.com/hadron-mq/hadron/handler"
	"github.com/hadron-mq/hadron/sender"
)

// producer sends as much as the peer gives credit for, and is done when all has been accepted.
type producer struct {
	handler.Base
	url            string
	jobs           []string
	sent, accepted int
}

func (p *producer) OnStart(e *handler.Event) {
	conn, err := e.Container().Connect(p.url)
	if err != nil {
		log.Fatal(err)
	}
	if _, err := e.Container().CreateSender(conn, "jobs", sender.Queue(), sender.AtLeastOnce()); err != nil {
		log.Fatal(err)
	}
}

func (p *producer) OnSendable(e *handler.Event) {
	for e.Sender().Credit() > 0 && p.sent < len(p.jobs) {
		d, err := e.Sender().Send(amqp.NewMessage([]byte(p.jobs[p.sent])))
		if err != nil {
			log.Fatal(err)
		}
		d.SetContext(p.jobs[p.sent])
		p.sent++
	}
}

func (p *producer) OnAccepted(e *handler.Event) {
	fmt.Println("accepted:", e.Delivery().Context())
	if p.accepted++; p.accepted == len(p.jobs) {
		e.Connection().Close()
	}
}

func Example() {
	b, err := broker.Start("amqp://127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	defer b.Stop()
	if err := container.New(&producer{url: b.URL(), jobs: []string{"wash", "dry", "fold"}}).Run(context.Background()); err != nil {
		log.Fatal(err)
	}
	// Output:
	// accepted: wash
	// accepted: dry
	// accepted: fold
}

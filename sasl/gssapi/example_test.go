package gssapi_test

import (
	"context"
	"log"

	"github.com/hadron-mq/hadron/broker"
	"github.com/hadron-mq/hadron/connection"
	"github.com/hadron-mq/hadron/container"
	"github.com/hadron-mq/hadron/handler"
	"github.com/hadron-mq/hadron/sasl/gssapi"
)

// A program logs in by a keytab, as services do; without options it would be by the ticket that kinit got.
func ExampleNew() {
	err := container.New(&handler.Funcs{
		Start: func(e *handler.Event) {
			kerberos := gssapi.New(gssapi.Keytab("shop@EXAMPLE.COM", "shop.keytab"))
			if _, err := e.Container().Connect("amqps://broker.example.com", connection.Mechanisms(kerberos), connection.AllowedMechs("GSSAPI")); err != nil {
				log.Fatal(err)
			}
		},
	}).Run(context.Background())
	if err != nil {
		log.Fatal(err)
	}
}

// A listener has the key of its service, amqp/HOST.
func ExampleNewServer() {
	kerberos, err := gssapi.NewServer("broker.keytab")
	if err != nil {
		log.Fatal(err)
	}
	b, err := broker.Start("amqp://:5672", broker.Connections(connection.Authenticate(kerberos)))
	if err != nil {
		log.Fatal(err)
	}
	defer b.Stop()
}

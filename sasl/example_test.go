package sasl_test

import (
	"context"
	"fmt"
	"log"

	"github.com/hadron-mq/hadron/broker"
	"github.com/hadron-mq/hadron/connection"
	"github.com/hadron-mq/hadron/container"
	"github.com/hadron-mq/hadron/handler"
	"github.com/hadron-mq/hadron/sasl"
)

// A listener keeps verifiers in place of passwords. A client with a name and a password logs in by the strongest mechanism that both have.
func ExampleScramServer() {
	alice, err := sasl.NewVerifier(sasl.SHA256, "secret", sasl.MinIterations)
	if err != nil {
		log.Fatal(err)
	}
	lookup := func(user string) (sasl.Verifier, error) {
		if user != "alice" {
			return sasl.Verifier{}, sasl.ErrUnknownUser
		}
		return alice, nil
	}
	b, err := broker.Start("amqp://127.0.0.1:0", broker.Connections(connection.Authenticate(sasl.ScramServer(sasl.SHA256, lookup))))
	if err != nil {
		log.Fatal(err)
	}
	defer b.Stop()
	err = container.New(&handler.Funcs{
		Start: func(e *handler.Event) {
			if _, err := e.Container().Connect(b.URL(), connection.User("alice", "secret")); err != nil {
				log.Fatal(err)
			}
		},
		ConnectionOpened: func(e *handler.Event) {
			fmt.Println("logged in by", e.Connection().Mechanism())
			e.Connection().Close()
		},
	}).Run(context.Background())
	if err != nil {
		log.Fatal(err)
	}
	// Output: logged in by SCRAM-SHA-256
}

// A verifier tells whether a password is right, and does not show it.
func ExampleNewVerifier() {
	v, err := sasl.NewVerifier(sasl.SHA256, "secret", sasl.MinIterations)
	if err != nil {
		log.Fatal(err)
	}
	kept := v.Encode() // for a file or a database
	again, err := sasl.ParseVerifier(kept)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(again.Check("secret"), again.Check("guess"))
	// Output: true false
}

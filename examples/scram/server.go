package main

import (
	"fmt"

	"github.com/hadron-mq/hadron/connection"
	"github.com/hadron-mq/hadron/handler"
	"github.com/hadron-mq/hadron/sasl"
)

// server prints who logs in and what they send.
type server struct {
	handler.Base
	url       string
	users     users
	listening func(addr string)
	err       error
}

// OnStart listens for peers that log in by SCRAM-SHA-256, and takes no others. Over TLS sasl.ScramPlusServer would come before it: that
// form is bound to the TLS connection, so that nobody can sit in between.
func (s *server) OnStart(e *handler.Event) {
	l, err := e.Container().Listen(s.url, connection.Authenticate(sasl.ScramServer(sasl.SHA256, s.users.lookup)))
	if err != nil {
		s.err = err
		e.Container().Stop()
		return
	}
	s.listening(l.Addr().String())
}

// OnConnectionOpening comes after the login. Those whose login fails are logged, and never come this far.
func (s *server) OnConnectionOpening(e *handler.Event) {
	fmt.Println(e.Connection().User(), "logged in by", e.Connection().Mechanism())
}

// OnMessage knows whose message it is.
func (s *server) OnMessage(e *handler.Event) {
	fmt.Printf("%s says %s\n", e.Connection().User(), e.Message().GetData())
}

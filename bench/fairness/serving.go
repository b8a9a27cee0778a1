package main

import (
	"time"

	"github.com/hadron-mq/hadron/connection"
	"github.com/hadron-mq/hadron/handler"
	"github.com/hadron-mq/hadron/receiver"
)

// slow is the address whose messages take work, and work how long.
const (
	slow = "slow"
	work = time.Millisecond
)

// serving is the role serve.
type serving struct {
	handler.Base
	hostPort string
	listener *connection.Listener
	err      error
}

// OnStart listens.
func (s *serving) OnStart(e *handler.Event) {
	if s.listener, s.err = e.Container().Listen("amqp://" + s.hostPort); s.err != nil {
		e.Container().Stop()
	}
}

// OnLinkOpening takes links with a large window.
func (s *serving) OnLinkOpening(e *handler.Event) {
	r := e.Receiver()
	if r == nil {
		e.Pass()
		return
	}
	if target := r.RemoteTarget(); target != nil && target.Address != nil {
		r.SetContext(*target.Address == slow)
	}
	if err := r.Open(receiver.Credit(1000)); err != nil {
		e.Container().Logger().Error("fairness: a link cannot be opened", "error", err)
	}
}

// OnMessage works, for as long as the address says.
func (s *serving) OnMessage(e *handler.Event) {
	if slow, _ := e.Receiver().Context().(bool); slow {
		for began := time.Now(); time.Since(began) < work; {
		}
	}
}

// OnTransportError takes that whoever floods is ended by force.
func (s *serving) OnTransportError(*handler.Event) {}

func (s *serving) outcome() error { return s.err }

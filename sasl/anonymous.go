package sasl

import (
	"context"
	"fmt"
)

// Anonymous logs in as nobody (RFC 4505).
func Anonymous() Mechanism {
	return mechanism{"ANONYMOUS", func(context.Context, Peer) (Client, error) {
		// The trace is optional, but there are servers that want some response.
		return &single{name: "ANONYMOUS", initial: []byte("anonymous")}, nil
	}}
}

// AnonymousServer lets everybody in. The identity is "anonymous".
func AnonymousServer() ServerMechanism {
	return serverMechanism{"ANONYMOUS", func(Peer) Server {
		return &singleServer{optional: true, quick: true, check: func([]byte) (string, error) { return "anonymous", nil }}
	}}
}

// single is the client's side of a mechanism that is one response.
type single struct {
	name    string
	initial []byte
}

func (s *single) Start() ([]byte, error) { return s.initial, nil }

func (s *single) Next([]byte) ([]byte, error) {
	return nil, fmt.Errorf("%w: %s has no challenges, but one came", ErrProtocol, s.name)
}

func (s *single) Finish([]byte) error { return nil }

func (s *single) prompt([]byte) bool { return true }

// singleServer is the listener's side of a mechanism that is one response.
type singleServer struct {
	check    func(response []byte) (identity string, err error)
	optional bool // no response says as much as an empty one
	quick    bool // check is
	asked    bool
	identity string
}

func (s *singleServer) Next(response []byte) ([]byte, bool, error) {
	if s.asks(response) {
		s.asked = true
		return []byte{}, false, nil
	}
	identity, err := s.check(response)
	if err != nil {
		return nil, false, err
	}
	s.identity = identity
	return nil, true, nil
}

func (s *singleServer) Identity() string { return s.identity }

// asks says whether a response is missing. RFC 4422 §3: an empty challenge asks
// for what was not sent. Where that may be empty anyway it is not asked for: there
// are clients that have no answer, such as RabbitMQ's for Erlang and fe2o3-amqp.
func (s *singleServer) asks(response []byte) bool {
	return response == nil && !s.asked && !s.optional
}

func (s *singleServer) prompt(response []byte) bool { return s.quick || s.asks(response) }

package broker

import (
	"errors"
	"io"
	"net"

	"github.com/Azure/go-amqp"

	"github.com/hadron-mq/hadron/connection"
	"github.com/hadron-mq/hadron/handler"
)

// server handles what comes to the broker as a whole: connections, and links that are about to be opened. The links' own events
// go to producer, consumer, browser and relay.
type server struct {
	handler.Base
	nodes *nodes
	peers map[*connection.Connection]*peer
}

// OnStop tells the peers that this is not the end of the matter (§2.8.16): a broker that stops is mostly one that will be started again,
// and clients that reconnect come back to it.
func (s *server) OnStop(e *handler.Event) {
	for conn := range s.peers {
		conn.CloseWithError(&amqp.Error{Condition: amqp.ErrCondConnectionForced, Description: "the broker is stopping"})
	}
	e.Pass()
}

// peer is one connection's part in the broker.
type peer struct {
	links map[link]struct{}
}

func (p *peer) join(l link)   { p.links[l] = struct{}{} }
func (p *peer) forget(l link) { delete(p.links, l) }

// leave ends what a connection had.
func (p *peer) leave() {
	for l := range p.links {
		l.leave()
	}
}

func (s *server) OnConnectionOpening(e *handler.Event) {
	p := &peer{links: make(map[link]struct{})}
	s.peers[e.Connection()] = p
	e.Connection().SetContext(p)
}

// OnConnectionClosed, OnTransportError and OnDisconnected are the ends of a connection, as far as it comes to each of them.
func (s *server) OnConnectionClosed(e *handler.Event) { s.ended(e) }

func (s *server) OnTransportError(e *handler.Event) {
	log := s.nodes.log.Error
	if lost := new(net.OpError); errors.Is(e.Err(), io.EOF) || errors.As(e.Err(), &lost) {
		log = s.nodes.log.Info // clients that end without a word are many
	}
	log("broker: a connection is lost", "peer", e.Connection().RemoteContainerID(), "error", e.Err())
	s.ended(e)
}

func (s *server) OnDisconnected(e *handler.Event) { s.ended(e) }

func (s *server) ended(e *handler.Event) {
	if p := s.peers[e.Connection()]; p != nil {
		delete(s.peers, e.Connection())
		p.leave()
	}
}

// OnConnectionError, OnSessionError and OnLinkError are peers that end something and say why: their affair.
func (s *server) OnConnectionError(e *handler.Event) { s.told("connection", e) }
func (s *server) OnSessionError(e *handler.Event)    { s.told("session", e) }
func (s *server) OnLinkError(e *handler.Event)       { s.told("link", e) }

func (s *server) told(what string, e *handler.Event) {
	s.nodes.log.Info("broker: a peer ends its "+what, "peer", e.Connection().RemoteContainerID(), "error", e.Err())
}

package broker

import (
	"errors"
	"io"
	"log/slog"
	"maps"
	"net"
	"slices"
	"sync"

	"github.com/Azure/go-amqp"

	"github.com/hadron-mq/hadron/connection"
	"github.com/hadron-mq/hadron/handler"
)

// server handles what comes to the broker as a whole: connections, and links that are about to be opened. The links' own events
// go to producer, consumer, browser and relay.
type server struct {
	handler.Base
	nodes    *nodes
	accounts accounts

	mu    sync.Mutex
	peers map[*connection.Connection]*peer

	containers map[containerName]*connections
}

func newServer(o *options) *server {
	return &server{nodes: newNodes(o), accounts: accounts{users: make(map[string]*account)}, peers: make(map[*connection.Connection]*peer),
		containers: make(map[containerName]*connections)}
}

// OnStop tells the peers that this is not the end of the matter (§2.8.16): a broker that stops is mostly one that will be started again,
// and clients that reconnect come back to it.
func (s *server) OnStop(e *handler.Event) {
	s.mu.Lock()
	peers := slices.Collect(maps.Keys(s.peers))
	s.mu.Unlock()
	for _, conn := range peers {
		conn.CloseWithError(&amqp.Error{Condition: amqp.ErrCondConnectionForced, Description: "the broker is stopping"})
	}
	e.Pass()
}

func (s *server) OnConnectionOpening(e *handler.Event) {
	conn := e.Connection()
	p := &peer{conn: conn, account: s.accounts.open(conn), diary: newDiary(s.nodes.log, conn), nodes: s.nodes, links: make(map[link]struct{}), suspended: make(map[linkName]suspended)}
	p.sole = p.asksSole()
	s.mu.Lock()
	refusal, closed := s.enforce(p)
	s.peers[conn] = p
	s.mu.Unlock()
	conn.SetContext(p)
	for _, other := range closed {
		other.supersede()
	}
	if refusal != nil {
		p.diary.write(slog.LevelInfo, "a connection is refused", "condition", refusal.Condition, "description", quoted(refusal.Description))
		conn.CloseWithError(refusal)
	}
}

// OnConnectionClosed, OnTransportError and OnDisconnected are the ends of a connection, as far as it comes to each of them.
func (s *server) OnConnectionClosed(e *handler.Event) { s.ended(e) }

func (s *server) OnTransportError(e *handler.Event) {
	level := slog.LevelError
	if lost := new(net.OpError); errors.Is(e.Err(), io.EOF) || errors.As(e.Err(), &lost) {
		level = slog.LevelInfo // clients that end without a word are many
	}
	s.log(e, level, "a connection is lost")
	s.ended(e)
}

// OnSessionClosed is the end of what was suspended on a session.
func (s *server) OnSessionClosed(e *handler.Event) {
	if p, _ := e.Connection().Context().(*peer); p != nil {
		p.expire(e.Session())
	}
}

func (s *server) OnDisconnected(e *handler.Event) { s.ended(e) }

func (s *server) ended(e *handler.Event) {
	s.mu.Lock()
	p := s.peers[e.Connection()]
	delete(s.peers, e.Connection())
	if p != nil {
		s.release(p)
	}
	s.mu.Unlock()
	if p != nil {
		p.leave()
		s.accounts.close(p.account)
	}
}

// OnConnectionError, OnSessionError and OnLinkError are peers that end something and say why: their affair.
func (s *server) OnConnectionError(e *handler.Event) {
	s.log(e, slog.LevelInfo, "a peer ends its connection")
}
func (s *server) OnSessionError(e *handler.Event) {
	s.log(e, slog.LevelInfo, "a peer ends its session")
}
func (s *server) OnLinkError(e *handler.Event) { s.log(e, slog.LevelInfo, "a peer ends its link") }

// log writes what has happened to a connection.
func (s *server) log(e *handler.Event, level slog.Level, line string) {
	p, _ := e.Connection().Context().(*peer)
	d := newDiary(s.nodes.log, e.Connection()) // of one that has not come as far as to be opened
	if p != nil {
		d = p.diary
	}
	d.write(level, line, "error", quoted(e.Err().Error()))
}

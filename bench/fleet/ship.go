package main

import (
	"sync"
	"time"

	"github.com/Azure/go-amqp"

	"github.com/hadron-mq/hadron/connection"
	"github.com/hadron-mq/hadron/handler"
	"github.com/hadron-mq/hadron/sender"
)

// ship is one connection of a fleet whose broker restarts, and its last time without the broker.
type ship struct {
	log      *logbook
	sender   *sender.Sender
	lost     time.Time
	back     time.Time
	attempts int
}

// handler writes down what happens before the fleet counts it. A message goes out each time that the connection is there: only one that
// has done work begins the policy anew.
func (s *ship) handler(f *fleet) handler.MessagingHandler {
	return &handler.Funcs{
		Disconnected: func(e *handler.Event) {
			s.log.note(func() { s.lost = time.Now() })
			f.OnDisconnected(e)
		},
		TransportError: func(e *handler.Event) {
			s.log.note(func() { s.attempts++ })
			f.OnTransportError(e)
		},
		ConnectionOpened: func(e *handler.Event) {
			s.log.note(func() { s.attempts, s.back = s.attempts+1, time.Now() })
			if _, err := s.sender.Send(amqp.NewMessage([]byte("ahoy"))); err != nil {
				f.note(func(*counts) { f.err = err })
			}
			f.OnConnectionOpened(e)
		},
	}
}

// logbook has all ships. The loop writes it, and who measures reads it.
type logbook struct {
	mu  sync.Mutex
	all []*ship
}

func (l *logbook) note(f func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	f()
}

// reset begins anew.
func (l *logbook) reset() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, s := range l.all {
		s.lost, s.back, s.attempts = time.Time{}, time.Time{}, 0
	}
}

// attempts returns how many there were, and how many the policy has in the time that the connections were away.
func (l *logbook) attempts() (made, policy int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, s := range l.all {
		made += s.attempts
		policy += allowed(s.back.Sub(s.lost))
	}
	return made, policy
}

// allowed is how many attempts the default policy has within some time of a loss, one that begins then included.
func allowed(within time.Duration) (n int) {
	p := connection.DefaultPolicy()
	p.Reset()
	for at := p.NextBackOff(); at <= within; at += p.NextBackOff() {
		n++
	}
	return n
}

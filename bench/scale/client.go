package main

import (
	"sync"
	"time"

	"github.com/Azure/go-amqp"

	"github.com/hadron-mq/hadron/connection"
	"github.com/hadron-mq/hadron/handler"
	"github.com/hadron-mq/hadron/sender"
)

// client is one connection whose broker restarts, and its last time without the broker.
type client struct {
	registry *registry
	sender   *sender.Sender
	lost     time.Time
	back     time.Time
	attempts int
}

// handler writes down what happens, and then has it counted. A message goes out each time that the connection is there: only one that
// has done work begins the policy anew.
func (c *client) handler(cs *clients) handler.MessagingHandler {
	return &handler.Funcs{
		Disconnected: func(e *handler.Event) {
			c.registry.note(func() { c.lost = time.Now() })
			cs.OnDisconnected(e)
		},
		TransportError: func(e *handler.Event) {
			c.registry.note(func() { c.attempts++ })
			cs.OnTransportError(e)
		},
		ConnectionOpened: func(e *handler.Event) {
			c.there(cs)
			cs.OnConnectionOpened(e)
		},
		Reconnected: func(e *handler.Event) {
			c.there(cs)
			cs.OnReconnected(e)
		},
	}
}

// there notes that the connection is there, and sends.
func (c *client) there(cs *clients) {
	c.registry.note(func() { c.attempts, c.back = c.attempts+1, time.Now() })
	if _, err := c.sender.Send(amqp.NewMessage([]byte("hello"))); err != nil {
		cs.note(func(*counts) { cs.err = err })
	}
}

// registry has all clients. The loop writes it, and who measures reads it.
type registry struct {
	mu      sync.Mutex
	clients []*client
}

func (r *registry) note(f func()) {
	r.mu.Lock()
	defer r.mu.Unlock()
	f()
}

// reset begins anew.
func (r *registry) reset() {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, c := range r.clients {
		c.lost, c.back, c.attempts = time.Time{}, time.Time{}, 0
	}
}

// attempts returns how many there were, and how many the policy has in the time that the connections were away.
func (r *registry) attempts() (made, policy int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, c := range r.clients {
		made += c.attempts
		policy += allowed(c.back.Sub(c.lost))
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

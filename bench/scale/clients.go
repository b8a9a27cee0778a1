package main

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"os"
	"sync"

	"github.com/hadron-mq/hadron/connection"
	"github.com/hadron-mq/hadron/container"
	"github.com/hadron-mq/hadron/handler"
)

// clients are the end that connects. Their handler counts what happens, on the loop; the program waits for the counts.
type clients struct {
	handler.Base
	connect func(c handler.Container) error

	mu      sync.Mutex
	changed *sync.Cond
	count   counts
	err     error
	ended   bool
}

// counts are of events.
type counts struct {
	opened       int // connections
	links        int
	disconnected int
	reconnected  int
	failed       int // attempts
	accepted     int // messages
}

func newClients(connect func(c handler.Container) error) *clients {
	cs := &clients{connect: connect}
	cs.changed = sync.NewCond(&cs.mu)
	return cs
}

// run runs the clients while what measures them, in a goroutine of its own, does.
func (cs *clients) run(ctx context.Context, measured func() error) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	failed := make(chan error, 1)
	go func() {
		failed <- measured()
		cancel()
	}()
	err := container.New(cs, container.Logger(slog.New(slog.DiscardHandler)), container.Grace(0)).Run(ctx)
	cs.note(func(*counts) { cs.ended = true })
	return errors.Join(<-failed, err)
}

// note changes the counts.
func (cs *clients) note(change func(c *counts)) {
	cs.mu.Lock()
	defer cs.mu.Unlock()
	change(&cs.count)
	cs.changed.Broadcast()
}

// wait waits until the counts are as they should be, and returns them.
func (cs *clients) wait(until func(c counts) bool) (counts, error) {
	cs.mu.Lock()
	defer cs.mu.Unlock()
	for !until(cs.count) && cs.err == nil && !cs.ended {
		cs.changed.Wait()
	}
	if cs.err == nil && !until(cs.count) {
		return cs.count, errors.New("the clients have ended early: interrupted, or out of time")
	}
	return cs.count, cs.err
}

// OnStart connects the clients.
func (cs *clients) OnStart(e *handler.Event) {
	if err := cs.connect(e.Container()); err != nil {
		cs.note(func(*counts) { cs.err = err })
	}
}

// OnConnectionOpened counts connections, each once.
func (cs *clients) OnConnectionOpened(*handler.Event) { cs.note(func(c *counts) { c.opened++ }) }

// OnLinkOpened counts links.
func (cs *clients) OnLinkOpened(*handler.Event) { cs.note(func(c *counts) { c.links++ }) }

// OnLinkError is not what was asked for.
func (cs *clients) OnLinkError(e *handler.Event) {
	err := e.Err()
	cs.note(func(*counts) { cs.err = err })
}

// OnDisconnected counts connections that were lost.
func (cs *clients) OnDisconnected(*handler.Event) { cs.note(func(c *counts) { c.disconnected++ }) }

// OnReconnected counts those that are back with all their links.
func (cs *clients) OnReconnected(*handler.Event) { cs.note(func(c *counts) { c.reconnected++ }) }

// OnAccepted counts messages.
func (cs *clients) OnAccepted(*handler.Event) { cs.note(func(c *counts) { c.accepted++ }) }

// OnTransportError counts attempts that failed. One after which there is no other is the end of it.
func (cs *clients) OnTransportError(e *handler.Event) {
	err := e.Err()
	var failure *connection.TransportError
	cs.note(func(c *counts) {
		c.failed++
		if !errors.As(err, &failure) || failure.Next < 0 {
			cs.err = err
		}
	})
}

// show prints a line of JSON.
func show(v any) error { return json.NewEncoder(os.Stdout).Encode(v) }

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

// fleet is the end that connects. Its handler counts what happens, on the loop; the program waits for the counts.
type fleet struct {
	handler.Base
	launch func(c handler.Container) error

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

func newFleet(launch func(c handler.Container) error) *fleet {
	f := &fleet{launch: launch}
	f.changed = sync.NewCond(&f.mu)
	return f
}

// sail runs the fleet while the voyage, in a goroutine of its own, does.
func (f *fleet) sail(ctx context.Context, voyage func() error) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	failed := make(chan error, 1)
	go func() {
		failed <- voyage()
		cancel()
	}()
	err := container.New(f, container.Logger(slog.New(slog.DiscardHandler)), container.Grace(0)).Run(ctx)
	f.note(func(*counts) { f.ended = true })
	return errors.Join(<-failed, err)
}

// note changes the counts.
func (f *fleet) note(change func(c *counts)) {
	f.mu.Lock()
	defer f.mu.Unlock()
	change(&f.count)
	f.changed.Broadcast()
}

// wait waits until the counts are as they should be, and returns them.
func (f *fleet) wait(until func(c counts) bool) (counts, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for !until(f.count) && f.err == nil && !f.ended {
		f.changed.Wait()
	}
	if f.err == nil && !until(f.count) {
		return f.count, errors.New("the fleet has ended early: it was interrupted, or out of time")
	}
	return f.count, f.err
}

// OnStart launches the fleet.
func (f *fleet) OnStart(e *handler.Event) {
	if err := f.launch(e.Container()); err != nil {
		f.note(func(*counts) { f.err = err })
	}
}

// OnConnectionOpened comes again after each reconnect.
func (f *fleet) OnConnectionOpened(*handler.Event) { f.note(func(c *counts) { c.opened++ }) }

// OnLinkOpened counts links.
func (f *fleet) OnLinkOpened(*handler.Event) { f.note(func(c *counts) { c.links++ }) }

// OnLinkError is not what was asked for.
func (f *fleet) OnLinkError(e *handler.Event) {
	err := e.Err()
	f.note(func(*counts) { f.err = err })
}

// OnDisconnected counts connections that were lost.
func (f *fleet) OnDisconnected(*handler.Event) { f.note(func(c *counts) { c.disconnected++ }) }

// OnReconnected counts those that are back with all their links.
func (f *fleet) OnReconnected(*handler.Event) { f.note(func(c *counts) { c.reconnected++ }) }

// OnAccepted counts messages.
func (f *fleet) OnAccepted(*handler.Event) { f.note(func(c *counts) { c.accepted++ }) }

// OnTransportError counts attempts that failed. One after which there is no other is the end of it.
func (f *fleet) OnTransportError(e *handler.Event) {
	err := e.Err()
	var failure *connection.TransportError
	f.note(func(c *counts) {
		c.failed++
		if !errors.As(err, &failure) || failure.Next < 0 {
			f.err = err
		}
	})
}

// show prints a line of JSON.
func show(v any) error { return json.NewEncoder(os.Stdout).Encode(v) }

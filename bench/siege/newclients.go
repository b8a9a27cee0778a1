package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/hadron-mq/hadron/connection"
	"github.com/hadron-mq/hadron/container"
	"github.com/hadron-mq/hadron/handler"
)

const (
	newClientEvery    = 50 * time.Millisecond
	newClientPatience = 10 * time.Second
)

// newClients are well-behaved clients that come one after the other: each connects, makes a queue, and leaves.
type newClients struct {
	handler.Base
	url     string
	options []connection.Option

	container *container.Container
	ended     chan struct{}

	n    int
	came time.Time // the one that is there

	mu      sync.Mutex
	began   time.Time
	waits   time.Time // since when one has been waiting; zero for none
	took    []time.Duration
	refused int
	why     error
}

// startNewClients lets them come until stop.
func startNewClients(ctx context.Context, url string, opts []connection.Option) *newClients {
	n := &newClients{url: url, ended: make(chan struct{})}
	n.options = append(opts[:len(opts):len(opts)], connection.NoReconnect(), connection.ConnectTimeout(newClientPatience))
	n.container = container.New(n, container.Logger(slog.New(slog.DiscardHandler)), container.Grace(0))
	go func() {
		defer close(n.ended)
		_ = n.container.Run(ctx) // that some do not get in is what is counted
	}()
	return n
}

func (n *newClients) stop() {
	n.container.Stop()
	<-n.ended
}

// OnStart and OnTimer let the next one come.
func (n *newClients) OnStart(e *handler.Event) { n.OnTimer(e) }

func (n *newClients) OnTimer(e *handler.Event) {
	n.n++
	n.came = time.Now()
	n.note(func() { n.waits = n.came })
	conn, err := e.Container().Connect(n.url, n.options...)
	if err == nil {
		conn.SetContext(n.n)
		_, err = e.Container().CreateSender(conn, fmt.Sprintf("new-%d", n.n))
	}
	if err != nil {
		n.gone(e, n.n, err)
	}
}

// OnLinkOpened is one that has got in.
func (n *newClients) OnLinkOpened(e *handler.Event) {
	if s := e.Sender(); s == nil || s.RemoteTarget() == nil { // refused: the error follows
		return
	}
	n.over(e, nil)
}

// OnLinkError and the others are one that has not.
func (n *newClients) OnLinkError(e *handler.Event)       { n.over(e, e.Err()) }
func (n *newClients) OnConnectionError(e *handler.Event) { n.over(e, e.Err()) }
func (n *newClients) OnTransportError(e *handler.Event)  { n.over(e, e.Err()) }

func (n *newClients) over(e *handler.Event, err error) {
	who, _ := e.Connection().Context().(int)
	e.Connection().Close()
	n.gone(e, who, err)
}

// gone counts the one that is there, once.
func (n *newClients) gone(e *handler.Event, who int, err error) {
	if who != n.n || n.came.IsZero() {
		return
	}
	took := time.Since(n.came)
	n.came = time.Time{}
	n.note(func() {
		n.waits = time.Time{}
		if err != nil {
			n.refused, n.why = n.refused+1, err
			return
		}
		n.took = append(n.took, took)
	})
	_, _ = e.Container().Schedule(newClientEvery, n) // it fails only where the container ends
}

func (n *newClients) note(f func()) {
	n.mu.Lock()
	defer n.mu.Unlock()
	f()
}

// reset begins to count anew.
func (n *newClients) reset() {
	n.note(func() { n.began, n.took, n.refused, n.why = time.Now(), nil, 0, nil })
}

// arrivals are what newClients came to in a while.
type arrivals struct {
	Median  float64 `json:"median"` // milliseconds until one was in; as long as it had been waiting, where it was not
	Worst   float64 `json:"worst"`
	In      int     `json:"in"`      // how many got in
	Refused int     `json:"refused"` // and how many did not
	Why     string  `json:"why,omitempty"`
}

func (n *newClients) measured() (a arrivals) {
	n.mu.Lock()
	defer n.mu.Unlock()
	a.In, a.Refused = len(n.took), n.refused
	if n.why != nil {
		a.Why = n.why.Error()
		if first := errors.Unwrap(n.why); first != nil && len(a.Why) > 200 {
			a.Why = a.Why[:200]
		}
	}
	took := slices.Clone(n.took)
	if !n.waits.IsZero() {
		took = append(took, time.Since(n.waits))
	}
	slices.Sort(took)
	if len(took) > 0 {
		a.Median, a.Worst = milliseconds(took[len(took)/2]), milliseconds(took[len(took)-1])
	}
	return a
}

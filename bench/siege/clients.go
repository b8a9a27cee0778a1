package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/Azure/go-amqp"

	"github.com/hadron-mq/hadron/connection"
	"github.com/hadron-mq/hadron/container"
	"github.com/hadron-mq/hadron/handler"
	"github.com/hadron-mq/hadron/receiver"
	"github.com/hadron-mq/hadron/sender"
)

const (
	connections = 20
	together    = 1_000 // messages a second, of all clients
)

// sharedQueue is where a pipelined client sends and receives, and its hostile peers.
const sharedQueue = "shared"

// clients are the well-behaved connections. Each sends a message to a queue of its own, receives it, and sends another when it is
// time for that; or there is one, which sends as many as it is given credit for.
type clients struct {
	handler.Base
	url       string
	options   []connection.Option
	pipelined bool

	container *container.Container
	ended     chan struct{}
	err       error // once ended is closed

	due time.Time // the next message
	own []*client
	on  int // whose turn it is

	mu      sync.Mutex
	changed *sync.Cond
	took    []time.Duration
	count   int
	lost    int
	began   time.Time
}

// client is one well-behaved connection.
type client struct {
	conn   *connection.Connection
	sender *sender.Sender
	amid   bool // a message is on its way
	sent   time.Time
	missed []time.Time // when others would have been sent meanwhile
}

// options let in who is well-behaved.
func (k kind) options() (opts []connection.Option) {
	switch k {
	case aTLS:
		opts = append(opts, connection.TLSConfig(&tls.Config{InsecureSkipVerify: true})) // the victim's certificate is its own
	case aLogin:
		opts = append(opts, connection.User(user, password))
	}
	return opts
}

// startClients waits until all of them have sent and received.
func startClients(ctx context.Context, url string, opts []connection.Option, pipelined bool) (*clients, error) {
	r := &clients{url: url, options: opts, pipelined: pipelined, ended: make(chan struct{})}
	r.changed = sync.NewCond(&r.mu)
	r.container = container.New(r, container.Logger(slog.New(slog.DiscardHandler)), container.Grace(0))
	go func() {
		defer close(r.ended)
		r.err = r.container.Run(ctx)
		r.note(func() { r.count = -1 })
	}()
	r.mu.Lock()
	defer r.mu.Unlock()
	late := time.AfterFunc(patience, r.container.Stop)
	defer late.Stop()
	for r.count >= 0 && r.count < 2*connections {
		r.changed.Wait()
	}
	if r.count < 0 {
		<-r.ended
		return nil, fmt.Errorf("the clients do not get through: %w", errors.Join(r.err, context.Cause(ctx)))
	}
	return r, nil
}

func (r *clients) stop() {
	r.container.Stop()
	<-r.ended
}

func (r *clients) note(f func()) {
	r.mu.Lock()
	defer r.mu.Unlock()
	f()
	r.changed.Broadcast()
}

// OnStart connects.
func (r *clients) OnStart(e *handler.Event) {
	n := connections
	if r.pipelined {
		n = 1
	}
	for i := range n {
		if err := r.connect(e.Container(), i); err != nil {
			r.err = err
			e.Container().Stop()
			return
		}
	}
	if !r.pipelined {
		r.due = time.Now()
		r.schedule(e.Container())
	}
}

func (r *clients) connect(c handler.Container, i int) error {
	address, credit := fmt.Sprintf("good-%d", i), 10
	if r.pipelined {
		address, credit = sharedQueue, 1_000
	}
	conn, err := c.Connect(r.url, r.options...)
	if err != nil {
		return err
	}
	own := &client{conn: conn}
	conn.SetContext(own)
	if own.sender, err = c.CreateSender(conn, address); err != nil {
		return err
	}
	_, err = c.CreateReceiver(conn, address, receiver.Credit(credit))
	r.own = append(r.own, own)
	return err
}

// OnTimer sends the messages that are due, on one connection after the other.
func (r *clients) OnTimer(e *handler.Event) {
	now := time.Now()
	for ; !r.due.After(now); r.due = r.due.Add(time.Second / together) {
		own := r.own[r.on]
		r.on = (r.on + 1) % len(r.own)
		if own.amid {
			own.missed = append(own.missed, now)
			continue
		}
		own.send(now)
	}
	r.schedule(e.Container())
}

// schedule arranges for the next message.
func (r *clients) schedule(c handler.Container) {
	_, _ = c.Schedule(time.Until(r.due), r) // it fails only where the container ends
}

func (r *client) send(now time.Time) {
	if _, err := r.sender.Send(amqp.NewMessage(nil)); err == nil {
		r.amid, r.sent = true, now
	}
}

// OnSendable is for the one that is pipelined. A message's id is when it was sent.
func (r *clients) OnSendable(e *handler.Event) {
	if !r.pipelined {
		return
	}
	for e.Sender().Credit() > 0 {
		m := amqp.NewMessage(make([]byte, 100))
		m.Properties = &amqp.MessageProperties{MessageID: uint64(time.Now().UnixNano())}
		if _, err := e.Sender().Send(m); err != nil {
			return
		}
	}
}

// OnMessage is the end of a message's way.
func (r *clients) OnMessage(e *handler.Event) {
	own, _ := e.Connection().Context().(*client)
	now := time.Now()
	r.note(func() {
		r.count++
		if r.pipelined {
			if p := e.Message().Properties; p != nil && r.count%100 == 0 {
				at, _ := p.MessageID.(uint64)
				r.took = append(r.took, now.Sub(time.Unix(0, int64(at))))
			}
			return
		}
		r.took = append(r.took, now.Sub(own.sent))
		for _, at := range own.missed {
			r.took = append(r.took, now.Sub(at))
		}
	})
	own.amid, own.missed = false, own.missed[:0]
}

// OnDisconnected counts connections that the victim gave up, which is harm too.
func (r *clients) OnDisconnected(*handler.Event)   { r.note(func() { r.lost++ }) }
func (r *clients) OnTransportError(*handler.Event) {}

// pace is what well-behaved clients came to in a while.
type pace struct {
	Rate float64 `json:"rate"` // messages a second
	P50  float64 `json:"p50"`  // milliseconds
	P99  float64 `json:"p99"`
	Lost int     `json:"lost"` // connections
}

// reset begins to measure anew.
func (r *clients) reset() {
	r.note(func() { r.count, r.lost, r.took, r.began = 0, 0, nil, time.Now() })
}

// measured is what it came to since reset. What is still on its way has taken as long as it has until now.
func (r *clients) measured() pace {
	waiting := make(chan []time.Duration, 1)
	err := r.container.Inject(func() {
		var all []time.Duration
		now := time.Now()
		for _, own := range r.own {
			if own.amid {
				all = append(all, now.Sub(own.sent))
			}
			for _, at := range own.missed {
				all = append(all, now.Sub(at))
			}
		}
		waiting <- all
	})
	var took []time.Duration
	if err == nil {
		took = <-waiting
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	took = append(took, r.took...)
	slices.Sort(took)
	p := pace{Rate: float64(r.count) / time.Since(r.began).Seconds(), Lost: r.lost}
	if n := len(took); n > 0 {
		p.P50, p.P99 = milliseconds(took[n/2]), milliseconds(took[n*99/100])
	}
	return p
}

func milliseconds(d time.Duration) float64 { return d.Seconds() * 1000 }

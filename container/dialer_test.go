package container_test

import (
	"context"
	"log/slog"
	"net"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/hadron-mq/hadron/connection"
	"github.com/hadron-mq/hadron/container"
	"github.com/hadron-mq/hadron/handler"
	"github.com/hadron-mq/hadron/internal/amqptest"
)

// exchange is a world without sockets, in the time of a synctest bubble: what containers dial ends here, and a test says what is there.
type exchange struct {
	t      *testing.T
	began  time.Time
	answer func(n int, address string) (net.Conn, error) // for the attempt of this number, from 0

	scripts sync.WaitGroup // that peers play
	over    func()         // ends the run

	mu    sync.Mutex
	dials []dialled
}

// dialled is one attempt.
type dialled struct {
	at time.Duration // since the beginning
	to string
}

// bubble runs a test in a bubble.
func bubble(t *testing.T, f func(t *testing.T, x *exchange)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) { f(t, &exchange{t: t, began: time.Now()}) })
}

func (x *exchange) dial(ctx context.Context, _, address string) (net.Conn, error) {
	x.mu.Lock()
	n := len(x.dials)
	x.dials = append(x.dials, dialled{time.Since(x.began), address})
	x.mu.Unlock()
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	return x.answer(n, address)
}

// when returns at what times there were attempts.
func (x *exchange) when() (times []time.Duration) {
	for _, d := range x.attempts() {
		times = append(times, d.at)
	}
	return times
}

// where returns to which addresses there were attempts.
func (x *exchange) where() (addresses []string) {
	for _, d := range x.attempts() {
		addresses = append(addresses, d.to)
	}
	return addresses
}

func (x *exchange) attempts() []dialled {
	x.mu.Lock()
	defer x.mu.Unlock()
	return append([]dialled(nil), x.dials...)
}

// peer is the other end of an attempt: a script that runs beside the test. Its end is the end of the connection.
func (x *exchange) peer(script func(p *amqptest.Peer)) (net.Conn, error) {
	here, there := net.Pipe()
	x.scripts.Go(func() {
		defer func() { _ = there.Close() }()
		script(amqptest.NewPeer(x.t, there))
	})
	return here, nil
}

// plays makes the attempts meet these scripts, one after the other. There is no attempt beyond them.
func (x *exchange) plays(scripts ...func(p *amqptest.Peer)) {
	x.answer = func(n int, _ string) (net.Conn, error) {
		if n >= len(scripts) {
			x.t.Errorf("attempt %d, where %d are expected", n+1, len(scripts))
			x.over()
			return nil, net.ErrClosed
		}
		return x.peer(scripts[n])
	}
	x.t.Cleanup(func() { require.Equal(x.t, len(scripts), len(x.attempts()), "attempts") })
}

// run runs a container whose connections are dialled here, to its end.
func (x *exchange) run(h handler.MessagingHandler) error {
	x.t.Helper()
	return x.runIt(x.container(h))
}

func (x *exchange) container(h handler.MessagingHandler, opts ...container.Option) *container.Container {
	return container.New(h, append([]container.Option{container.Logger(slog.New(slog.DiscardHandler)), container.ID("client"), container.Grace(time.Second),
		container.Connections(connection.Dialer(x.dial), connection.SASLEnabled(false), connection.IdleTimeout(0))}, opts...)...)
}

func (x *exchange) runIt(c *container.Container) error {
	x.t.Helper()
	ctx, cancel := context.WithTimeout(x.t.Context(), 24*time.Hour)
	defer cancel()
	x.over = cancel
	err := c.Run(ctx)
	x.scripts.Wait()
	require.NoError(x.t, ctx.Err(), "the container did not come to its end by itself")
	return err
}

// seconds makes durations of seconds.
func seconds(s ...float64) (all []time.Duration) {
	for _, s := range s {
		all = append(all, time.Duration(s*float64(time.Second)))
	}
	return all
}

// connects is what a handler does in OnStart.
func connects(t testing.TB, url string, opts ...connection.Option) func(*handler.Event) {
	return func(e *handler.Event) {
		_, err := e.Container().Connect(url, opts...)
		require.NoError(t, err)
	}
}

package container_test

import (
	"bytes"
	"context"
	"log/slog"
	"net"
	"reflect"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/hadron-mq/hadron/connection"
	"github.com/hadron-mq/hadron/container"
	"github.com/hadron-mq/hadron/handler"
	"github.com/hadron-mq/hadron/internal/amqptest"
)

// patience is how long a test waits for anything before it fails.
const patience = 30 * time.Second

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// m and f write the frames of scripted peers.
type m = amqptest.M

var f = amqptest.F

// node is a container that runs beside the test and listens.
type node struct {
	*container.Container
	t    testing.TB
	url  string
	log  *logbook
	stop func() error // stops the container, and returns what Run did
}

// listen runs a container that listens, with h for its connections. It is stopped with the test.
func listen(t testing.TB, h handler.MessagingHandler, opts ...connection.Option) *node {
	t.Helper()
	return listenIn(t, nil, h, opts...)
}

// listenIn is listen with options for the container.
func listenIn(t testing.TB, in []container.Option, h handler.MessagingHandler, opts ...connection.Option) *node {
	t.Helper()
	n := &node{t: t, log: newLogbook()}
	n.Container = container.New(h, append([]container.Option{container.Logger(n.log.logger()), container.Grace(time.Second)}, in...)...)
	listener, err := n.Listen("127.0.0.1:0", opts...)
	require.NoError(t, err)
	n.url = "amqp://" + listener.Addr().String()
	ended := make(chan error, 1)
	go func() { ended <- n.Run(context.Background()) }()
	n.stop = sync.OnceValue(func() error {
		n.Stop()
		return within(t, ended, "the end of the container")
	})
	t.Cleanup(func() { _ = n.stop() })
	return n
}

// dial connects a scripted peer to the node.
func (n *node) dial() *amqptest.Peer {
	n.t.Helper()
	conn, err := net.Dial("tcp", n.url[len("amqp://"):])
	require.NoError(n.t, err)
	return amqptest.NewPeer(n.t, conn)
}

// run runs a container to its end on the test's own goroutine, so that its handlers may use require, and returns what Run did.
func run(t testing.TB, h handler.MessagingHandler, opts ...container.Option) error {
	t.Helper()
	opts = append([]container.Option{container.Logger(slog.New(slog.DiscardHandler)), container.Grace(time.Second)}, opts...)
	return runIt(t, container.New(h, opts...))
}

func runIt(t testing.TB, c *container.Container) error {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	err := c.Run(ctx)
	require.NoError(t, ctx.Err(), "the container did not come to its end by itself")
	return err
}

// within takes what a channel brings.
func within[T any](t testing.TB, c <-chan T, what string) (v T) {
	t.Helper()
	late := time.NewTimer(patience)
	defer late.Stop()
	select {
	case v = <-c:
	case <-late.C:
		require.FailNow(t, "waited in vain for "+what)
	}
	return v
}

// logbook keeps what a container logs.
type logbook struct {
	mu      sync.Mutex
	text    bytes.Buffer
	changed chan struct{} // closed by the next line
}

func newLogbook() *logbook { return &logbook{changed: make(chan struct{})} }

func (b *logbook) logger() *slog.Logger { return slog.New(slog.NewTextHandler(b, nil)) }

func (b *logbook) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	close(b.changed)
	b.changed = make(chan struct{})
	return b.text.Write(p)
}

func (b *logbook) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}

// wait waits until the log says so.
func (b *logbook) wait(t testing.TB, says string) {
	t.Helper()
	late := time.After(patience)
	for {
		b.mu.Lock()
		found, changed := bytes.Contains(b.text.Bytes(), []byte(says)), b.changed
		b.mu.Unlock()
		if found {
			return
		}
		select {
		case <-changed:
		case <-late:
			require.Contains(t, b.String(), says, "the log")
		}
	}
}

// journal is what happened to a handler, in order.
type journal struct {
	mu      sync.Mutex
	entries []string
}

func (j *journal) note(what string) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.entries = append(j.entries, what)
}

func (j *journal) all() []string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return append([]string(nil), j.entries...)
}

// handler returns one that notes each call by the name of its event, and then does what acts has for it.
func (j *journal) handler(acts handler.Funcs) *handler.Funcs {
	h := new(handler.Funcs)
	to, from := reflect.ValueOf(h).Elem(), reflect.ValueOf(acts)
	for i := range to.NumField() {
		name := to.Type().Field(i).Name
		act, _ := from.Field(i).Interface().(func(*handler.Event))
		to.Field(i).Set(reflect.ValueOf(func(e *handler.Event) {
			j.note(name)
			if act != nil {
				act(e)
			}
		}))
	}
	return h
}

// assertNoErr is require.NoError for goroutines that are not the test's own.
func assertNoErr(t testing.TB, err error) {
	t.Helper()
	assert.NoError(t, err)
}

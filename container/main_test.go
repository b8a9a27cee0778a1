package container_test

import (
	"context"
	"log/slog"
	"net"
	"os"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/hadron-mq/hadron/connection"
	"github.com/hadron-mq/hadron/container"
	"github.com/hadron-mq/hadron/handler"
	"github.com/hadron-mq/hadron/internal/amqptest"
	"github.com/hadron-mq/hadron/internal/poll"
)

// patience is how long a test waits for anything before it fails.
const patience = 30 * time.Second

// TestMain runs the tests with sockets that their loops poll, where the system has that, or with goroutines for each.
func TestMain(m *testing.M) {
	if os.Getenv("HADRON_TEST_REACTOR") == "off" {
		poll.Disable()
	}
	goleak.VerifyTestMain(m)
}

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
	n := &node{t: t, log: new(logbook)}
	n.Container = container.New(h, append([]container.Option{container.Logger(n.log.logger()), container.Grace(time.Second)}, in...)...)
	listener, err := n.Listen("127.0.0.1:0", opts...)
	require.NoError(t, err)
	n.url = "amqp://" + listener.Addr().String()
	ended := make(chan error, 1)
	go func() { ended <- n.Run(context.Background()) }()
	n.stop = sync.OnceValue(func() error {
		n.Stop()
		select {
		case err := <-ended:
			return err
		case <-time.After(patience):
			t.Error("waited in vain for the end of the container")
			return nil
		}
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

// bell tells those who wait for a condition when to look again.
type bell struct {
	mu   sync.Mutex
	rung chan struct{} // closed by the next change; nil while nobody waits
}

// change makes a change that others may wait for.
func (b *bell) change(f func()) {
	b.mu.Lock()
	defer b.mu.Unlock()
	f()
	if b.rung != nil {
		close(b.rung)
		b.rung = nil
	}
}

// look looks at what others change.
func (b *bell) look(f func()) {
	b.mu.Lock()
	defer b.mu.Unlock()
	f()
}

// until waits for a condition, and says whether it came.
func (b *bell) until(condition func() bool) bool {
	late := time.NewTimer(patience)
	defer late.Stop()
	for {
		b.mu.Lock()
		if condition() {
			b.mu.Unlock()
			return true
		}
		if b.rung == nil {
			b.rung = make(chan struct{})
		}
		rung := b.rung
		b.mu.Unlock()
		select {
		case <-rung:
		case <-late.C:
			return false
		}
	}
}

// logbook keeps what a container logs.
type logbook struct {
	bell
	text strings.Builder
}

func (b *logbook) logger() *slog.Logger { return slog.New(slog.NewTextHandler(b, nil)) }

func (b *logbook) Write(p []byte) (int, error) {
	b.change(func() { b.text.Write(p) })
	return len(p), nil
}

func (b *logbook) String() (text string) {
	b.look(func() { text = b.text.String() })
	return text
}

// wait waits until the log says so.
func (b *logbook) wait(t testing.TB, says string) {
	t.Helper()
	if !b.until(func() bool { return strings.Contains(b.text.String(), says) }) {
		require.Contains(t, b.String(), says, "the log")
	}
}

// journal is what happened to a handler, in order.
type journal struct {
	bell
	entries []string
}

func (j *journal) note(what string) {
	j.change(func() { j.entries = append(j.entries, what) })
}

func (j *journal) all() (entries []string) {
	j.look(func() { entries = append(entries, j.entries...) })
	return entries
}

// count says how often there is such an entry.
func (j *journal) count(entry string) (n int) {
	j.look(func() {
		for _, have := range j.entries {
			if have == entry {
				n++
			}
		}
	})
	return n
}

// wait waits until there is such an entry.
func (j *journal) wait(t testing.TB, entry string) {
	t.Helper()
	if !j.until(func() bool { return slices.Contains(j.entries, entry) }) {
		require.Contains(t, j.all(), entry)
	}
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

package container

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/uuid"

	"github.com/hadron-mq/hadron/connection"
	"github.com/hadron-mq/hadron/handler"
	"github.com/hadron-mq/hadron/internal/event"
	"github.com/hadron-mq/hadron/internal/settings"
	"github.com/hadron-mq/hadron/receiver"
	"github.com/hadron-mq/hadron/sender"
)

const (
	defaultGrace = 5 * time.Second
	maxErrors    = 16 // how many errors that nobody took are kept for Run to return
)

// Container runs connections and calls a handler back.
type Container struct {
	id       string
	handler  handler.MessagingHandler
	log      *slog.Logger
	loops    []*loop
	grace    time.Duration
	defaults []connection.Option
	tracing  *tracing // nil where frames are not shown
	logins   *logins
	check    settings.Check // what is wrong with the options

	ran      atomic.Bool
	started  bool        // OnStart was called; for the first loop
	stopping atomic.Bool // nothing more is begun
	wound    atomic.Bool // OnStop was called if it has to be, and all is being closed
	panicked atomic.Pointer[PanicError]
	outside  atomic.Bool  // other goroutines have used the container while it ran
	live     atomic.Int64 // connections, listeners and timers; Run returns when there are none
	entrance entrance
	memory   memory
	deserted atomic.Int64  // connections that peers have left without links, and branches: of the live ones, those that are not worth waiting for
	turn     atomic.Uint32 // whose turn it is to get the next connection

	mu        sync.Mutex
	errs      []error
	listeners map[*acceptor]struct{}
}

var _ handler.Container = (*Container)(nil)

// New returns a container whose events go to h, where no nearer handler takes them. h may be nil when all connections have their own.
func New(h handler.MessagingHandler, opts ...Option) *Container {
	c := &Container{
		handler:   h,
		loops:     make([]*loop, 1),
		grace:     defaultGrace,
		listeners: make(map[*acceptor]struct{}),
		tracing:   tracingByEnvironment(),
		entrance:  entrance{max: defaultMaxConnections},
		memory:    memory{max: defaultMaxMemory},
	}
	c.logins = newLogins(c.crash)
	for _, opt := range opts {
		if opt != nil {
			opt(c)
		}
	}
	if c.id == "" {
		c.id = uuid.NewString()
	}
	if c.log == nil {
		c.log = slog.Default()
	}
	for i := range c.loops {
		c.loops[i] = newLoop(c)
	}
	return c
}

// ID returns the container's name, which its connections tell their peers.
func (c *Container) ID() string { return c.id }

// Logger returns where the container logs.
func (c *Container) Logger() *slog.Logger { return c.log }

// Run calls OnStart, and then runs until no connection, listener or timer is left, until Stop, or until ctx is done; then it calls OnStop and
// closes what is open, within the grace period. It returns the errors of connections that this container made
// and of its listeners, but those that a handler has dealt with (Event.Resolve); those of connections that peers made are only logged. It ends, too,
// where the peer has refused or closed the last link, and the program has nothing else. A container runs once; one that was stopped before does nothing.
//
// Where a handler panics, all connections are dropped, and Run panics with a *PanicError.
func (c *Container) Run(ctx context.Context) error {
	if ctx == nil {
		return errors.New("container: run: no context is given")
	}
	if err := c.check.Err(); err != nil {
		return fmt.Errorf("container: %w", err)
	}
	c.hold() // for OnStart
	if c.ran.Swap(true) {
		c.letGo()
		return errors.New("container: run: it has run already")
	}
	first := c.loops[0]
	first.post(item{kind: itemCall, call: func() {
		defer c.letGo()
		if !c.stopping.Load() {
			c.started = true
			first.offer(nil, nil, &event.Subject{}, handler.MessagingHandler.OnStart)
		}
	}})
	defer context.AfterFunc(ctx, c.Stop)()
	var others sync.WaitGroup
	for _, l := range c.loops[1:] {
		others.Go(l.drive)
	}
	first.drive()
	others.Wait()
	if p := c.panicked.Load(); p != nil {
		panic(p)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return errors.Join(c.errs...)
}

// Stop ends the container: OnStop is called, connections are closed, and Run returns. It can be called from any goroutine, and again.
func (c *Container) Stop() {
	c.hold()
	if c.stopping.Swap(true) || !c.loops[0].post(item{kind: itemCall, call: c.wind}) {
		c.letGo()
	}
}

// wind winds the container up, on its first loop.
func (c *Container) wind() {
	defer c.letGo()
	first := c.loops[0]
	if c.started {
		first.offer(nil, nil, &event.Subject{}, handler.MessagingHandler.OnStop)
	}
	c.closeListeners()
	for _, l := range c.loops {
		c.hold()
		if !l.post(item{kind: itemCall, call: func() { l.closeAll(); c.letGo() }}) {
			c.letGo()
		}
	}
	c.wound.Store(true)
}

// Inject runs f on the container's first loop. It can be called from any goroutine, and does not wait. The error wraps
// connection.ErrClosed when the container has ended: f is not run then.
func (c *Container) Inject(f func()) error {
	c.usedFromOutside()
	return c.loops[0].inject(f)
}

// Schedule calls OnTimer of h, or of the container's handler where h is nil, once d has passed. It can be called
// from any goroutine; in callbacks Event.Container has it. The error wraps connection.ErrClosed when the container has ended.
func (c *Container) Schedule(d time.Duration, h handler.MessagingHandler) (*handler.Timer, error) {
	c.usedFromOutside()
	return c.loops[0].schedule(d, h)
}

// Connect asks for a connection to a URL. It returns at once; what is created on the connection is sent when the peer is there. A user
// and password of the URL log in, as with connection.User. With an empty URL, and without connection.URLs, a file says where to connect: see
// connection.ReadConnectFile. The error is a *connection.URLError, or says what about the options is
// wrong, or wraps connection.ErrClosed when the container has ended. It can be called from any goroutine; in callbacks Event.Container has it.
func (c *Container) Connect(url string, opts ...connection.Option) (*connection.Connection, error) {
	c.usedFromOutside()
	return c.loops[0].connect(url, opts)
}

// CreateSender makes a sender to an address, on the connection's default session. It can be called from any goroutine.
func (c *Container) CreateSender(conn *connection.Connection, address string, opts ...sender.Option) (*sender.Sender, error) {
	c.usedFromOutside()
	return createSender(conn, address, opts)
}

// CreateReceiver makes a receiver from an address, on the connection's default session. It can be called from any goroutine.
func (c *Container) CreateReceiver(conn *connection.Connection, address string, opts ...receiver.Option) (*receiver.Receiver, error) {
	c.usedFromOutside()
	return createReceiver(conn, address, opts)
}

// usedFromOutside takes note that other goroutines use the running container: who knows what they are up to.
func (c *Container) usedFromOutside() {
	if c.ran.Load() && !c.outside.Load() {
		c.outside.Store(true)
	}
}

func createSender(conn *connection.Connection, address string, opts []sender.Option) (*sender.Sender, error) {
	if conn == nil {
		return nil, fmt.Errorf("sender: to %q: no connection is given", address)
	}
	s, err := conn.DefaultSession()
	if err != nil {
		return nil, err
	}
	return sender.Create(s, address, opts...)
}

func createReceiver(conn *connection.Connection, address string, opts []receiver.Option) (*receiver.Receiver, error) {
	if conn == nil {
		return nil, fmt.Errorf("receiver: from %q: no connection is given", address)
	}
	s, err := conn.DefaultSession()
	if err != nil {
		return nil, err
	}
	return receiver.Create(s, address, opts...)
}

// hold keeps the container running, letGo ends that.
func (c *Container) hold() { c.live.Add(1) }

func (c *Container) letGo() {
	switch live := c.live.Add(-1); {
	case !c.ran.Load():
	case live > 0:
		c.closeDeserted()
	case c.wound.Load():
		for _, l := range c.loops {
			l.quit()
		}
	default: // nothing is left, which ends it too
		c.Stop()
	}
}

// home returns the loop for the next connection.
func (c *Container) home() *loop {
	return c.loops[int(c.turn.Add(1)-1)%len(c.loops)]
}

func (c *Container) errStopping(doing string) error {
	return fmt.Errorf("container: %s: container is %w", doing, connection.ErrClosed)
}

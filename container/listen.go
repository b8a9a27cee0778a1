package container

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"sync"
	"time"

	"github.com/hadron-mq/hadron/connection"
	"github.com/hadron-mq/hadron/internal/handle"
	"github.com/hadron-mq/hadron/internal/settings"
	"github.com/hadron-mq/hadron/sasl"
	"github.com/hadron-mq/hadron/tlsconf"
)

// acceptor takes connections at one address.
type acceptor struct {
	container *Container
	listener  net.Listener
	url       *connection.URL
	options   *settings.Connection
	tls       *tls.Config     // nil in the clear
	open      context.Context // until the listener is closed
	stop      context.CancelFunc
	once      sync.Once

	mu    sync.Mutex
	lines quota // of the log
}

// Listen takes connections at a URL; port 0 finds a free one. The options hold for each connection. amqps and amqpwss need
// connection.TLS with a certificate; a WebSocket may be asked for at any path, and by a web page only of the same origin. It is called
// from a callback, or before Run. The error is a *connection.URLError, or says what about the options is wrong, or why the address
// cannot be had.
func (c *Container) Listen(url string, opts ...connection.Option) (*connection.Listener, error) {
	u, err := connection.ParseURL(url)
	if err != nil {
		return nil, err
	}
	if c.stopping.Load() {
		return nil, c.errStopping("listen at " + u.String())
	}
	o, err := c.settings(append(c.defaults[:len(c.defaults):len(c.defaults)], opts...)...)
	switch {
	case err != nil:
		return nil, err
	case o.RequireLogin && o.SASLDisabled:
		return nil, errors.New("connection: option Authenticate: nobody can log in where SASLEnabled(false) is given")
	}
	if len(o.Authenticators) == 0 && !o.RequireLogin {
		o.Authenticators = []sasl.ServerMechanism{sasl.AnonymousServer()}
	}
	a := &acceptor{container: c, url: u, options: o}
	if err := a.bind(); err != nil {
		return nil, fmt.Errorf("connection: listen at %s: %w", u, err)
	}
	a.open, a.stop = context.WithCancel(context.Background())
	c.mu.Lock()
	c.listeners[a] = struct{}{}
	c.mu.Unlock()
	c.hold()
	go a.run()
	return (*connection.Listener)(handle.NewListener(a.listener.Addr(), a.close)), nil
}

// bind takes the address, once all that it is for is in order.
func (a *acceptor) bind() (err error) {
	if a.url.Secure() {
		cfg := a.options.TLSConfig
		if cfg == nil {
			cfg, err = tlsconf.Server(append([]tlsconf.Option{tlsconf.Logger(a.container.log)}, a.options.TLS...)...)
			if err != nil {
				return err
			}
		}
		a.tls = noting(cfg)
	}
	network, address := "tcp", a.url.HostPort()
	if a.url.Socket != "" {
		network, address = "unix", a.url.Socket
	}
	config := net.ListenConfig{KeepAlive: a.options.KeepAlive} // connections have TCP_NODELAY set
	a.listener, err = config.Listen(context.Background(), network, address)
	return err
}

func (a *acceptor) close() {
	a.once.Do(func() {
		c := a.container
		c.mu.Lock()
		delete(c.listeners, a)
		c.mu.Unlock()
		a.stop()
		_ = a.listener.Close()
	})
}

func (c *Container) closeListeners() {
	c.mu.Lock()
	var all []*acceptor
	for a := range c.listeners {
		all = append(all, a)
	}
	c.mu.Unlock()
	for _, a := range all {
		a.close()
	}
}

// run takes connections until the listener is closed. What keeps one from being taken, such as too many open files, may pass.
func (a *acceptor) run() {
	c := a.container
	defer c.letGo()
	for pause := time.Duration(0); ; {
		conn, err := a.listener.Accept()
		switch {
		case errors.Is(err, net.ErrClosed):
			return
		case err != nil:
			pause = min(max(2*pause, 5*time.Millisecond), time.Second)
			a.log(slog.LevelWarn, "listener: a connection could not be taken", "error", err, "pause", pause)
			select {
			case <-time.After(pause):
			case <-a.open.Done():
			}
			continue
		}
		pause = 0
		conn = described(conn, a.options.BusyPoll, a.tls == nil && !a.url.WebSocket())
		c.hold()
		ctx, cancel := context.WithCancelCause(a.open)
		g := c.entrance.arrive(conn.RemoteAddr(), func() { cancel(errCrowded) })
		if a.tls == nil && !a.url.WebSocket() {
			a.give(conn, sasl.Peer{}, time.Now(), g)
			cancel(nil)
			continue
		}
		go func() {
			a.admit(ctx, conn, g)
			cancel(nil)
		}()
	}
}

// admit shakes hands with one peer, who has as much time for that and the rest as ConnectTimeout says, and is told of the end of the
// listener by the end of the connection.
func (a *acceptor) admit(ctx context.Context, conn net.Conn, g *guest) {
	begun := time.Now()
	cancel := context.CancelFunc(func() {})
	if timeout := a.options.ConnectTimeout; timeout > 0 {
		ctx, cancel = context.WithTimeout(ctx, timeout)
	}
	defer cancel()
	transport, peer, err := a.handshake(ctx, conn)
	if err == nil {
		a.give(transport, peer, begun, g)
		return
	}
	_ = conn.Close()
	c := a.container
	c.entrance.leave(g)
	if cause := context.Cause(ctx); errors.Is(cause, errCrowded) {
		err = fmt.Errorf("connection: not open yet: %w", cause)
	}
	if a.open.Err() == nil && !errors.Is(err, io.EOF) { // a peer that says nothing and goes only looked whether somebody is there
		a.log(slog.LevelWarn, "listener: a peer was not taken", "peer", conn.RemoteAddr(), "error", clip(err.Error()))
	}
	c.letGo()
}

// alert tells a peer that does not speak TLS that it is to, in the words of TLS (RFC 8446 §6): fatal, unexpected_message. It can name what it sees.
var alert = []byte{21, 3, 1, 0, 2, 2, 10}

func (a *acceptor) handshake(ctx context.Context, conn net.Conn) (transport net.Conn, peer sasl.Peer, err error) {
	transport = conn
	if a.tls != nil {
		if transport, peer, err = acceptTLS(ctx, conn, a.tls); err != nil {
			if plain := (tls.RecordHeaderError{}); errors.As(err, &plain) {
				_, _ = conn.Write(alert)
				err = fmt.Errorf("%w: %s", err, inTheClear(plain.RecordHeader[:]))
			}
			return nil, peer, fmt.Errorf("connection: TLS handshake: %w", err)
		}
	}
	if a.url.WebSocket() {
		if transport, err = acceptWebSocket(ctx, transport); err != nil {
			return nil, peer, fmt.Errorf("connection: WebSocket handshake: %w", err)
		}
	}
	return transport, peer, nil
}

// give hands a transport to the loop whose turn it is.
func (a *acceptor) give(conn net.Conn, peer sasl.Peer, begun time.Time, g *guest) {
	l := a.container.home()
	if !l.post(item{kind: itemCall, call: func() { a.take(l, conn, peer, begun, g) }}) {
		_ = conn.Close()
		a.container.entrance.leave(g)
		a.container.letGo()
	}
}

// take begins a connection on its loop.
func (a *acceptor) take(l *loop, conn net.Conn, peer sasl.Peer, begun time.Time, g *guest) {
	d := newDriver(l, a.options)
	d.guest, d.from = g, a
	d.engine.Driver().Account = a.container.memory.account
	d.started = true
	l.drivers[d] = struct{}{}
	d.attach(conn)
	var layer *sasl.Layer
	if !a.options.SASLDisabled {
		layer = sasl.NewServerLayer(a.options.Authenticators, peer)
	}
	d.engine.StartServer(l.now, layer, a.options.RequireLogin)
	if timeout := a.options.ConnectTimeout; timeout > 0 {
		d.connecting = l.timers.start(begun.Add(timeout), func() {
			d.connecting = nil
			d.lose(d.late(timeout))
		})
	}
	away := func() { d.lose(fmt.Errorf("connection: %s: not open yet: %w", d.peer(), errCrowded)) }
	switch {
	case l.container.stopping.Load():
		d.end(nil)
	case l.container.entrance.reach(g, func() { l.post(item{kind: itemCall, call: away}) }):
		away()
	default:
		d.wake()
	}
}

package container

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"time"

	"github.com/hadron-mq/hadron/connection"
	"github.com/hadron-mq/hadron/sasl"
)

// acceptor takes connections at one address.
type acceptor struct {
	container *Container
	listener  net.Listener
	options   *connection.Options
	once      sync.Once
}

// Listen takes connections at a URL; port 0 finds a free one. The options hold for each connection. It is called from a callback, or before
// Run. The error is a *connection.URLError, or says why the address cannot be had.
func (c *Container) Listen(url string, opts ...connection.Option) (*connection.Listener, error) {
	u, err := connection.ParseURL(url)
	if err != nil {
		return nil, err
	}
	if c.stopping.Load() {
		return nil, c.errStopping("listen at " + u.String())
	}
	if err := dialable(u); err != nil {
		return nil, err
	}
	o := connection.NewOptions(append(c.defaults[:len(c.defaults):len(c.defaults)], opts...)...)
	if len(o.Authenticators) == 0 && !o.RequireLogin {
		o.Authenticators = []sasl.ServerMechanism{sasl.AnonymousServer()}
	}
	var config net.ListenConfig
	listener, err := config.Listen(context.Background(), "tcp", u.HostPort())
	if err != nil {
		return nil, fmt.Errorf("connection: listen at %s: %w", u, err)
	}
	a := &acceptor{container: c, listener: listener, options: o}
	c.mu.Lock()
	c.listeners[a] = struct{}{}
	c.mu.Unlock()
	c.hold()
	go a.run()
	return connection.NewListener(listener.Addr(), a.close), nil
}

func (a *acceptor) close() {
	a.once.Do(func() {
		c := a.container
		c.mu.Lock()
		delete(c.listeners, a)
		c.mu.Unlock()
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
			c.log.Warn("listener: a connection could not be taken", "address", a.listener.Addr(), "error", err, "pause", pause)
			time.Sleep(pause)
			continue
		}
		pause = 0
		l := c.home()
		c.hold()
		if !l.post(item{kind: itemCall, call: func() { a.take(l, conn) }}) {
			_ = conn.Close()
			c.letGo()
		}
	}
}

// take begins a connection on its loop.
func (a *acceptor) take(l *loop, conn net.Conn) {
	d := newDriver(l, a.options)
	d.started = true
	l.drivers[d] = struct{}{}
	d.attach(newSocket(d, conn))
	var layer *sasl.Layer
	if !a.options.SASLDisabled {
		layer = sasl.NewServerLayer(a.options.Authenticators, sasl.Peer{Host: conn.RemoteAddr().String()})
	}
	d.engine.StartServer(l.now, layer, a.options.RequireLogin)
	if timeout := a.options.ConnectTimeout; timeout > 0 {
		d.connecting = l.timers.start(l.now.Add(timeout), func() {
			d.connecting = nil
			d.fail(fmt.Errorf("connection: %s: not open within %v: %w", d.peer(), timeout, context.DeadlineExceeded))
		})
	}
	if l.container.stopping.Load() {
		d.end()
		return
	}
	d.turn()
	d.watch()
}

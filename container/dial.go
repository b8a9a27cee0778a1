package container

import (
	"context"
	"fmt"
	"net"
	"runtime/debug"

	"github.com/hadron-mq/hadron/connection"
	"github.com/hadron-mq/hadron/internal/engine"
	"github.com/hadron-mq/hadron/sasl"
)

// connect makes a connection for a callback of this loop, to be driven by the loop whose turn it is.
func (l *loop) connect(url string, opts []connection.Option) (*connection.Connection, error) {
	c := l.container
	u, err := connection.ParseURL(url)
	if err != nil {
		return nil, err
	}
	if c.stopping.Load() {
		return nil, c.errStopping("connect to " + u.String())
	}
	if err := dialable(u); err != nil {
		return nil, err
	}
	o := connection.NewOptions(append(c.defaults[:len(c.defaults):len(c.defaults)], opts...)...)
	if o.User == "" {
		o.User, o.Password = u.User, u.Password
	}
	if o.Engine.Hostname == "" {
		o.Engine.Hostname = u.Host
	}
	if _, err := mechanisms(o, u); err != nil && !o.SASLDisabled {
		return nil, fmt.Errorf("connection: to %s: %w", u, err)
	}
	d := newDriver(c.home(), o)
	d.url = u
	c.hold()
	l.born = append(l.born, d)
	d.engine.Open()
	return (*connection.Connection)(d.engine), nil
}

func dialable(u *connection.URL) error {
	if u.Secure() || u.WebSocket() {
		return &connection.URLError{URL: u.String(), Part: "scheme", Reason: u.Scheme + " is not supported"}
	}
	return nil
}

// mechanisms returns the ways to log in that the options allow, strongest first.
func mechanisms(o *connection.Options, u *connection.URL) ([]sasl.Mechanism, error) {
	mechs := o.Mechanisms
	if o.User != "" {
		mechs = append(mechs[:len(mechs):len(mechs)], sasl.Plain(o.User, o.Password))
	}
	if len(mechs) == 0 {
		mechs = []sasl.Mechanism{sasl.Anonymous()}
	}
	return sasl.Choose(mechs, o.AllowedMechs, u.Secure(), !o.ForbidInsecure)
}

// dial connects, off the loop.
func (d *driver) dial() {
	ctx, cancel := context.WithCancel(context.Background())
	d.cancel = cancel
	if timeout := d.options.ConnectTimeout; timeout > 0 {
		d.connecting = d.loop.timers.start(d.loop.now.Add(timeout), func() {
			d.connecting = nil
			cancel()
			d.fail(fmt.Errorf("connection: %s: not open within %v: %w", d.peer(), timeout, context.DeadlineExceeded))
		})
	}
	go func() {
		s, err := d.reach(ctx)
		if !d.loop.post(item{kind: itemDialled, driver: d, socket: s, err: err}) && s != nil {
			s.close()
		}
	}()
}

// reach makes the socket and what the login needs. It may block, and touches nothing of the loop's.
func (d *driver) reach(ctx context.Context) (*socket, error) {
	var dialer net.Dialer
	conn, err := dialer.DialContext(ctx, "tcp", d.url.HostPort())
	if err != nil {
		return nil, fmt.Errorf("connection: %s: %w", d.url, err)
	}
	s := newSocket(d, conn)
	if d.options.SASLDisabled {
		return s, nil
	}
	mechs, err := mechanisms(d.options, d.url)
	if err == nil {
		s.offers, err = sasl.Offers(ctx, sasl.Peer{Host: d.url.Host}, mechs)
	}
	if err != nil {
		s.close()
		return nil, fmt.Errorf("connection: %s: %w", d.url, err)
	}
	return s, nil
}

// dialled takes what became of dialling.
func (d *driver) dialled(s *socket, err error) {
	switch {
	case d.gone:
		if s != nil {
			s.close()
		}
		return
	case err != nil:
		d.failed(err)
		d.end()
		return
	case d.engine.LocalState() == engine.Closed:
		s.close()
		d.end()
		return
	}
	d.attach(s)
	var layer *sasl.Layer
	if !d.options.SASLDisabled {
		layer = sasl.NewClientLayer(d.engine.Config().Hostname, s.offers)
		s.offers = nil
	}
	d.engine.StartClient(d.loop.now, layer)
	d.turn()
	d.watch()
}

// opened ends the time for connecting.
func (d *driver) opened() {
	d.loop.timers.stop(d.connecting)
	d.connecting = nil
}

// identify adds to a connection's properties what this program is.
func identify(p map[string]any) map[string]any {
	all := map[string]any{"product": "hadron", "version": version(), "platform": "Go"}
	for k, v := range p {
		all[k] = v
	}
	return all
}

// version is Hadron's, as the program was built with it.
func version() string {
	const module = "github.com/hadron-mq/hadron"
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, m := range info.Deps {
			if m.Path == module {
				return m.Version
			}
		}
	}
	return "devel"
}

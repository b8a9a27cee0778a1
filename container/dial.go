package container

import (
	"context"
	"fmt"
	"net"
	"runtime/debug"
	"slices"
	"time"

	"github.com/hadron-mq/hadron/connection"
	"github.com/hadron-mq/hadron/internal/engine"
	"github.com/hadron-mq/hadron/sasl"
)

// connect makes a connection for a callback of this loop, or for whoever asks the container, to be driven by the loop whose turn it is.
func (l *loop) connect(url string, opts []connection.Option) (*connection.Connection, error) {
	c := l.container
	opts = append(c.defaults[:len(c.defaults):len(c.defaults)], opts...)
	o, err := c.settings(opts...)
	if err != nil {
		return nil, err
	}
	if url == "" && len(o.URLs) == 0 {
		file, err := connection.ReadConnectFile()
		if err != nil {
			return nil, err
		}
		if o, err = c.settings(slices.Insert(opts, len(c.defaults), file)...); err != nil {
			return nil, err
		}
	}
	r, err := newRoute(url, o)
	if err != nil {
		return nil, err
	}
	if c.stopping.Load() {
		return nil, c.errStopping("connect to " + r.here().String())
	}
	if err := c.prepareClient(o, r.urls); err != nil {
		return nil, err
	}
	for _, u := range r.urls {
		if _, err := r.mechanisms(o, u); err != nil && !o.SASLDisabled {
			return nil, fmt.Errorf("connection: to %s: %w", u, advised(err, o, u))
		}
	}
	o.Engine.Resend = r.policy != nil
	d := newDriver(c.home(), o)
	d.route, d.url = r, r.here()
	if r.policy != nil {
		r.policy = unlocked{r.policy, d.loop}
	}
	d.engine.Open()
	l.lock.Lock()
	defer l.lock.Unlock()
	if l.ended {
		return nil, c.errStopping("connect to " + r.here().String())
	}
	c.hold()
	l.born = append(l.born, d)
	l.box.rouse()
	return (*connection.Connection)(d.engine), nil
}

// dial makes one attempt, off the loop.
func (d *driver) dial() {
	d.url = d.route.here()
	if cfg := d.engine.Config(); d.options.Engine.Hostname == "" {
		cfg.Hostname = d.url.VirtualHost()
	}
	ctx, cancel := context.WithCancel(context.Background())
	d.cancel = cancel
	if timeout := d.options.ConnectTimeout; timeout > 0 {
		d.connecting = d.loop.timers.start(d.loop.now.Add(timeout), func() {
			d.connecting = nil
			d.lose(d.late(timeout))
		})
	}
	d.dials++
	attempt, url := d.dials, d.url
	mechs, err := d.route.mechanisms(d.options, url)
	if err != nil && !d.options.SASLDisabled {
		d.lose(fmt.Errorf("connection: %w", err))
		return
	}
	go func() {
		r, err := d.reach(ctx, url, mechs)
		if !d.loop.post(item{kind: itemCall, call: func() { d.dialled(attempt, r, err) }}) && r.conn != nil {
			_ = r.conn.Close()
		}
	}()
}

func (d *driver) late(timeout time.Duration) error {
	switch {
	case d.route == nil:
		return fmt.Errorf("connection: %s: not open within %v: %w", d.peer(), timeout, context.DeadlineExceeded)
	case d.socket == nil:
		return fmt.Errorf("connection: not open within %v, with no answer to dialling: %w", timeout, context.DeadlineExceeded)
	default:
		return fmt.Errorf("connection: not open within %v, with no answer of an AMQP peer: %w", timeout, context.DeadlineExceeded)
	}
}

// reached is what an attempt to connect has come to: a connection, and what the login has to offer.
type reached struct {
	conn   net.Conn
	offers []sasl.Offer
}

// reach makes the connection and what the login needs. It may block, and touches nothing of the loop's.
func (d *driver) reach(ctx context.Context, url *connection.URL, mechs []sasl.Mechanism) (r reached, err error) {
	conn, peer, err := open(ctx, url, d.options)
	if err != nil || d.options.SASLDisabled {
		return reached{conn: conn}, err
	}
	offers, err := sasl.Offers(ctx, peer, mechs)
	if err != nil {
		_ = conn.Close()
		return reached{}, fmt.Errorf("connection: %w", err)
	}
	return reached{conn, offers}, nil
}

// dialled takes what became of an attempt. One that was given up in the meantime is let go.
func (d *driver) dialled(attempt int, r reached, err error) {
	switch {
	case d.gone || attempt != d.dials || d.connecting == nil && d.options.ConnectTimeout > 0:
		if r.conn != nil {
			_ = r.conn.Close()
		}
		return
	case err != nil:
		d.lose(err)
		return
	case d.engine.LocalState() == engine.Closed:
		_ = r.conn.Close()
		d.end(nil)
		return
	}
	d.attach(r.conn)
	var layer *sasl.Layer
	if !d.options.SASLDisabled {
		layer = sasl.NewClientLayer(d.engine.Config().Hostname, r.offers)
	}
	d.engine.StartClient(d.loop.now, layer)
	d.wake()
}

// opened ends the time for connecting. The peer's idle time-out is known now, and may ask for heartbeats sooner than the engine's next
// tick is due: it is asked again (§2.4.5).
func (d *driver) opened() {
	d.open, d.since = true, d.loop.now
	for _, t := range []**timer{&d.connecting, &d.idle} {
		d.loop.timers.stop(*t)
		*t = nil
	}
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

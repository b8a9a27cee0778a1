package container

import (
	"context"
	"fmt"
	"net"
	"time"

	"github.com/hadron-mq/hadron/connection"
	"github.com/hadron-mq/hadron/internal/settings"
	"github.com/hadron-mq/hadron/sasl"
	"github.com/hadron-mq/hadron/tlsconf"
)

// open makes the transport to a peer, step by step: it dials, by way of a proxy if there is one, shakes hands by TLS, and asks for a
// WebSocket, as far as the URL wants it. It may block until ctx is done, which means nothing to the transport afterwards.
func open(ctx context.Context, u *connection.URL, o *settings.Connection) (net.Conn, sasl.Peer, error) {
	peer := sasl.Peer{Host: u.VirtualHost()}
	fail := func(step string, err error) (net.Conn, sasl.Peer, error) {
		return nil, peer, fmt.Errorf("connection: %s: %w", step, err)
	}
	conn, step, err := dialTransport(ctx, u, o)
	if err != nil {
		return fail(step, err)
	}
	bottom := conn
	if u.Secure() {
		secure, err := dialTLS(ctx, conn, u.VirtualHost(), o.TLSConfig)
		if err != nil {
			_ = bottom.Close()
			return fail("TLS handshake", err)
		}
		state := secure.ConnectionState()
		conn, peer.TLS = secure, &state
	}
	if u.WebSocket() {
		if conn, err = dialWebSocket(ctx, conn, u); err != nil {
			_ = bottom.Close()
			return fail("WebSocket handshake", err)
		}
	}
	return conn, peer, nil
}

// dialTransport connects to the host or socket itself, or to the proxy that leads there. With an error it names the step.
func dialTransport(ctx context.Context, u *connection.URL, o *settings.Connection) (conn net.Conn, step string, err error) {
	dial := o.Dialer
	if dial == nil {
		dial = (&net.Dialer{KeepAlive: o.KeepAlive}).DialContext // it sets TCP_NODELAY
	}
	if u.Socket != "" {
		conn, err = dial(ctx, "unix", u.Socket)
		return described(conn, o.BusyPoll, o.Dialer == nil), "dialling", err
	}
	if o.Proxy != nil {
		proxy, err := o.Proxy(u.HostPort(), u.Secure())
		if err != nil {
			return nil, "choosing a proxy", err
		}
		if proxy != nil {
			conn, err = dialProxy(ctx, proxy, dial, u.HostPort())
			return conn, "proxy " + proxy.Redacted(), err
		}
	}
	conn, err = dial(ctx, "tcp", u.HostPort())
	return described(conn, o.BusyPoll, o.Dialer == nil), "dialling", err
}

// prepareClient makes of a client's options what open takes, once for all attempts to connect. Its errors do not heal by trying again.
func (c *Container) prepareClient(o *settings.Connection, urls []*connection.URL) error {
	if o.TLSConfig == nil {
		cfg, err := tlsconf.Client(append([]tlsconf.Option{tlsconf.Logger(c.log)}, o.TLS...)...)
		if err != nil {
			return fmt.Errorf("connection: to %s: %w", urls[0], err)
		}
		o.TLSConfig = cfg
	}
	for _, u := range urls {
		if o.Proxy == nil || u.Socket != "" {
			continue
		}
		if _, err := o.Proxy(u.HostPort(), u.Secure()); err != nil {
			return fmt.Errorf("connection: to %s: %w", u, err)
		}
	}
	return nil
}

// during runs what reads and writes conn, until ctx is done: then the reading and writing fail, and so does this.
func during(ctx context.Context, conn net.Conn, f func() error) error {
	stop := context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) }) // in the past: what is under way ends
	err := f()
	if !stop() {
		return context.Cause(ctx)
	}
	return err
}

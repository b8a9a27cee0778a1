package container

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"

	"golang.org/x/net/proxy"

	"github.com/hadron-mq/hadron/connection"
)

// maxAnswer bounds the head of what a proxy or a WebSocket's peer says, in bytes.
const maxAnswer = 64 << 10

// dialProxy connects to an address by way of a proxy, whose address is complete.
func dialProxy(ctx context.Context, u *url.URL, dial connection.DialFunc, address string) (net.Conn, error) {
	if u.Scheme != "http" {
		return dialSOCKS(ctx, u, dial, address)
	}
	conn, err := dial(ctx, "tcp", u.Host)
	if err != nil {
		return nil, err
	}
	if err := during(ctx, conn, func() error { return connectHTTP(conn, u.User, address) }); err != nil {
		_ = conn.Close()
		return nil, err
	}
	return conn, nil
}

// connectHTTP asks a proxy for a tunnel (RFC 9110 §9.3.6).
func connectHTTP(conn net.Conn, user *url.Userinfo, address string) error {
	r := &http.Request{Method: http.MethodConnect, URL: &url.URL{Opaque: address}, Host: address, Header: make(http.Header)}
	r.Header.Set("User-Agent", "") // none
	if user != nil {
		password, _ := user.Password()
		r.SetBasicAuth(user.Username(), password)
		r.Header["Proxy-Authorization"] = r.Header["Authorization"]
		delete(r.Header, "Authorization")
	}
	if err := r.Write(conn); err != nil {
		return err
	}
	in := bufio.NewReader(io.LimitReader(conn, maxAnswer))
	answer, err := http.ReadResponse(in, r)
	switch {
	case err != nil:
		return fmt.Errorf("no answer to CONNECT %s: %w", address, err)
	case answer.StatusCode/100 != 2:
		return fmt.Errorf("CONNECT %s was answered with %q", address, answer.Status)
	case in.Buffered() > 0: // whatever is behind the proxy, it waits for our word
		return errors.New("something spoke before it was spoken to")
	}
	return nil
}

// dialSOCKS asks a proxy for a tunnel (RFC 1928).
func dialSOCKS(ctx context.Context, u *url.URL, dial connection.DialFunc, address string) (net.Conn, error) {
	var auth *proxy.Auth
	if u.User != nil {
		password, _ := u.User.Password()
		auth = &proxy.Auth{User: u.User.Username(), Password: password}
	}
	first := &firstLeg{dial: dial}
	dialer, err := proxy.SOCKS5("tcp", u.Host, auth, first)
	if err != nil {
		return nil, err
	}
	if _, err := dialer.(proxy.ContextDialer).DialContext(ctx, "tcp", address); err != nil {
		return nil, err
	}
	return first.conn, nil
}

// firstLeg is the connection to the proxy. It is kept, because what the SOCKS dialer wraps it in cannot be half closed.
type firstLeg struct {
	dial connection.DialFunc
	conn net.Conn
}

// Dial is there for proxy.Dialer, and not called.
func (f *firstLeg) Dial(network, address string) (net.Conn, error) {
	return f.DialContext(context.Background(), network, address)
}

// DialContext connects to the proxy.
func (f *firstLeg) DialContext(ctx context.Context, network, address string) (conn net.Conn, err error) {
	f.conn, err = f.dial(ctx, network, address)
	return f.conn, err
}

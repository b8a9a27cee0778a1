package connection

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/url"
	"time"

	"golang.org/x/net/http/httpproxy"

	"github.com/hadron-mq/hadron/tlsconf"
)

// DialFunc makes the connection that all else goes over. Network is "tcp" or "unix"; address is host and port, or a path.
type DialFunc func(ctx context.Context, network, address string) (net.Conn, error)

// TLS configures TLS for amqps and amqpwss: what a client trusts and shows (see tlsconf.Client), or a listener's certificate (see
// tlsconf.Server), which it must have. A client with a certificate logs in by EXTERNAL where the server offers that. Files that cannot be
// used are errors of Connect and Listen, also where the scheme has no TLS and they are not needed yet; files that change are read again.
// Given several times, the options add up. Default: a client verifies the server's certificate, and the host name of the URL,
// against the roots of the system.
func TLS(opts ...tlsconf.Option) Option {
	return func(o *options) {
		o.TLSConfig = nil
		o.TLS = append(o.TLS[:len(o.TLS):len(o.TLS)], opts...)
	}
}

// TLSConfig uses a TLS configuration that was made elsewhere, in place of what TLS said. A client whose configuration has no
// ServerName asks for, and verifies, the host name of the URL. The configuration must not be changed afterwards.
func TLSConfig(cfg *tls.Config) Option {
	return func(o *options) {
		if cfg == nil {
			o.Refuse("TLSConfig", "the configuration is nil")
		}
		o.TLS, o.TLSConfig = nil, cfg
	}
}

// Dialer makes connections by a function of yours. Proxies are dialled with it too; TLS and WebSocket go on top of what it
// returns. It may block, until its context ends, and is called off the loop, for several connections at once. Default: a net.Dialer.
func Dialer(dial DialFunc) Option {
	return func(o *options) {
		if dial == nil {
			o.Refuse("Dialer", "the function is nil")
		}
		o.Dialer = dial
	}
}

// Proxy connects by way of a proxy: http://host:port for one that knows CONNECT, or socks5://host:port. Before the host, user:password@
// logs in there. The proxy is given the name of the host, and looks its address up. Unix sockets are dialled without it. Default: none.
func Proxy(proxy string) Option {
	u, err := parseProxy(proxy)
	return func(o *options) {
		if err != nil {
			o.Refuse("Proxy", "%v", err)
		}
		o.Proxy = func(string, bool) (*url.URL, error) { return u, nil }
	}
}

// ProxyFromEnvironment connects by way of the proxy that the environment names: HTTPS_PROXY for amqps and amqpwss and HTTP_PROXY for
// the others, except for loopback addresses and for what NO_PROXY lists; what is not a URL is passed over. The variables are
// read when this function is called.
func ProxyFromEnvironment() Option {
	choose := httpproxy.FromEnvironment().ProxyFunc()
	return func(o *options) {
		o.Proxy = func(hostPort string, secure bool) (*url.URL, error) {
			web := &url.URL{Scheme: "http", Host: hostPort}
			if secure {
				web.Scheme = "https"
			}
			proxy, err := choose(web)
			switch {
			case err != nil:
				return nil, fmt.Errorf("proxy of the environment: %w", err)
			case proxy == nil:
				return nil, nil
			}
			if proxy, err = checkProxy(proxy); err != nil {
				return nil, fmt.Errorf("proxy of the environment: %w", err)
			}
			return proxy, nil
		}
	}
}

func parseProxy(s string) (*url.URL, error) {
	u, err := url.Parse(s)
	if err != nil { // its text shows the password
		return nil, errors.New("it is not a URL")
	}
	return checkProxy(u)
}

// proxyPorts are the schemes of proxies, with their usual ports. SOCKS is told names in any case, so both its schemes are one.
var proxyPorts = map[string]string{"http": "80", "socks5": "1080", "socks5h": "1080"}

func checkProxy(u *url.URL) (*url.URL, error) {
	port, known := proxyPorts[u.Scheme]
	switch {
	case !known:
		return nil, fmt.Errorf("scheme %q is none of http, socks5 and socks5h", u.Scheme)
	case u.Hostname() == "":
		return nil, errors.New("the host is missing")
	}
	if u.Port() != "" {
		port = u.Port()
	}
	return &url.URL{Scheme: u.Scheme, User: u.User, Host: net.JoinHostPort(u.Hostname(), port)}, nil
}

// KeepAlive sets how often the kernel asks a silent TCP peer whether it is there; negative is never. It does not go with Dialer. Small
// writes are never held back to be sent together (TCP_NODELAY). Default: 15 seconds.
func KeepAlive(d time.Duration) Option { return func(o *options) { o.KeepAlive = d } }

// BusyPoll has a connection that has read all its input look for more for up to d before it sleeps, as long as the last wait was shorter than
// d: so it polls while it is busy, and not while it idles. Sleeping and waking takes longer than many messages do. It is for a
// process on one processor (GOMAXPROCS=1) that is all one busy connection, and may use the whole of that processor meanwhile: then
// a millisecond is a good d, and buys a third more messages a second and shorter round trips. One connection of a process polls at a
// time. While it does, Go looks at the other sockets of a process on one processor every ten milliseconds. It holds for TCP and Unix
// sockets on Unix systems, without a proxy, and does nothing elsewhere. Default: 0, never.
func BusyPoll(d time.Duration) Option {
	return func(o *options) {
		o.NotNegative("BusyPoll", d)
		o.BusyPoll = d
	}
}

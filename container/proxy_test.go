package container_test

import (
	"bufio"
	"context"
	"encoding/base64"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/hadron-mq/hadron/connection"
)

// to dials a station, whatever address is asked for.
func to(s *station) connection.DialFunc {
	return func(ctx context.Context, _, _ string) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, "tcp", s.listener.Addr().String())
	}
}

// tunnel is a proxy that knows one host, wherever that is asked for, and notes what it was asked.
type tunnel struct {
	journal
	address string
	host    string
	greet   func(tu *tunnel, c net.Conn, in *bufio.Reader) bool // false ends the connection
}

func dig(t testing.TB, s *station, greet func(*tunnel, net.Conn, *bufio.Reader) bool) *tunnel {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	tu := &tunnel{address: l.Addr().String(), host: s.listener.Addr().String(), greet: greet}
	var all sync.WaitGroup
	all.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			all.Go(func() { tu.serve(c) })
		}
	})
	t.Cleanup(func() {
		_ = l.Close()
		all.Wait()
	})
	return tu
}

func (tu *tunnel) serve(c net.Conn) {
	defer func() { _ = c.Close() }()
	in := bufio.NewReader(c)
	if !tu.greet(tu, c, in) {
		return
	}
	far, err := net.Dial("tcp", tu.host)
	if err != nil {
		return
	}
	defer func() { _ = far.Close() }()
	var back sync.WaitGroup
	back.Go(func() {
		_, _ = io.Copy(c, far)
		_ = c.(*net.TCPConn).CloseWrite()
	})
	_, _ = io.Copy(far, in)
	_ = far.(*net.TCPConn).CloseWrite()
	back.Wait()
}

// connectMethod is the proxy's part of HTTP CONNECT, for alice.
func connectMethod(tu *tunnel, c net.Conn, in *bufio.Reader) bool {
	r, err := http.ReadRequest(in)
	if err != nil {
		return false
	}
	tu.note(r.Method + " " + r.Host)
	if r.Header.Get("Proxy-Authorization") != "Basic "+base64.StdEncoding.EncodeToString([]byte("alice:secret")) {
		_, _ = io.WriteString(c, "HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n")
		return false
	}
	_, err = io.WriteString(c, "HTTP/1.1 200 Connection established\r\n\r\n")
	return err == nil
}

// socks5 is the proxy's part of SOCKS 5 (RFC 1928), for alice (RFC 1929).
func socks5(tu *tunnel, c net.Conn, in *bufio.Reader) bool {
	take := func(n int) []byte {
		b := make([]byte, n)
		if _, err := io.ReadFull(in, b); err != nil {
			return make([]byte, n)
		}
		return b
	}
	methods := take(int(take(2)[1]))
	if len(methods) < 2 {
		_, _ = c.Write([]byte{5, 0xff}) // no login is offered, and one is wanted
		return false
	}
	_, _ = c.Write([]byte{5, 2})
	user := string(take(int(take(2)[1])))
	password := string(take(int(take(1)[0])))
	if user != "alice" || password != "secret" {
		_, _ = c.Write([]byte{1, 1})
		return false
	}
	_, _ = c.Write([]byte{1, 0})
	head := take(5) // version, CONNECT, reserved, kind of address, length of a name
	name := take(int(head[4]))
	port := take(2)
	tu.note(fmt.Sprintf("SOCKS %d %s:%d", head[3], name, int(port[0])<<8|int(port[1])))
	_, err := c.Write([]byte{5, 0, 0, 1, 0, 0, 0, 0, 0, 0})
	return err == nil
}

func TestProxiesLeadToTheBroker(t *testing.T) {
	server, _ := pair(t)
	insecure := connection.TLSConfig(insecureTLS)
	for scheme, c := range map[string]struct {
		greet func(*tunnel, net.Conn, *bufio.Reader) bool
		asked string
	}{
		"http":    {connectMethod, "CONNECT far.example:1234"},
		"socks5":  {socks5, "SOCKS 3 far.example:1234"},
		"socks5h": {socks5, "SOCKS 3 far.example:1234"},
	} {
		for _, amqp := range []string{"amqp", "amqps", "amqpws", "amqpwss"} {
			t.Run(scheme+" to "+amqp, func(t *testing.T) {
				s := serve(t, amqp+"://127.0.0.1:0", server)
				p := dig(t, s, c.greet)
				require.NoError(t, deliver(t, amqp+"://far.example:1234", bulk, insecure, connection.Proxy(scheme+"://alice:secret@"+p.address)))
				assert.Equal(t, []string{c.asked}, p.all())
				assert.Len(t, s.all(), 2)

				for _, login := range []string{"", "alice:guess@"} {
					err := deliver(t, amqp+"://far.example:1234", nil, insecure, connection.Proxy(scheme+"://"+login+p.address))
					require.ErrorContains(t, err, ": proxy "+scheme+"://")
					assert.NotContains(t, err.Error(), "guess")
				}
			})
		}
	}
}

func TestAProxyIsDialledByTheDialer(t *testing.T) {
	s := serve(t, "amqp://127.0.0.1:0")
	p := dig(t, s, connectMethod)
	dial := func(ctx context.Context, network, address string) (net.Conn, error) {
		assert.Equal(t, "tcp proxy.example:80", network+" "+address)
		var d net.Dialer
		return d.DialContext(ctx, network, p.address)
	}
	require.NoError(t, deliver(t, "[2001:db8::1]", nil, connection.Dialer(dial), connection.Proxy("http://alice:secret@proxy.example")))
	assert.Equal(t, []string{"CONNECT [2001:db8::1]:5672"}, p.all())
}

func TestTheEnvironmentNamesAProxy(t *testing.T) {
	s := serve(t, "amqp://127.0.0.1:0")
	p := dig(t, s, connectMethod)
	t.Setenv("HTTP_PROXY", "http://alice:secret@"+p.address)
	t.Setenv("NO_PROXY", "")
	require.NoError(t, deliver(t, "far.example", nil, connection.ProxyFromEnvironment()))
	require.NoError(t, deliver(t, s.url, nil, connection.ProxyFromEnvironment()), "loopback is near")
	assert.Equal(t, []string{"CONNECT far.example:5672"}, p.all())
}

func TestAProxyThatDoesNotEnd(t *testing.T) {
	s := serve(t, "amqp://127.0.0.1:0")
	for says, answer := range map[string]string{
		"no answer to CONNECT":                    "HTTP/1.1 200 OK\r\nX: ", // and so on, for ever
		"something spoke before it was spoken to": "HTTP/1.1 200 OK\r\n\r\nAMQP",
	} {
		p := dig(t, s, func(_ *tunnel, c net.Conn, in *bufio.Reader) bool {
			_, _ = http.ReadRequest(in)
			_, err := io.WriteString(c, answer)
			for more := make([]byte, 4096); err == nil && answer[len(answer)-1] == ' '; {
				for i := range more {
					more[i] = 'x'
				}
				_, err = c.Write(more)
			}
			_, _ = io.Copy(io.Discard, in)
			return false
		})
		require.ErrorContains(t, deliver(t, "far.example", nil, connection.Proxy("http://"+p.address)), says)
	}
}

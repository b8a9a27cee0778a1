package container_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"io/fs"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/Azure/go-amqp"
	"github.com/coder/websocket"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/hadron-mq/hadron/connection"
	"github.com/hadron-mq/hadron/container"
	"github.com/hadron-mq/hadron/handler"
	"github.com/hadron-mq/hadron/internal/amqptest"
	"github.com/hadron-mq/hadron/tlsconf"
)

// station is a container beside the test that listens at a URL, and notes who came, how, and how long their messages were.
type station struct {
	journal
	log      logbook
	url      string // with the port that was found
	listener *connection.Listener
	stop     func()
}

func serve(t testing.TB, at string, opts ...connection.Option) *station {
	t.Helper()
	s := &station{}
	c := container.New(&handler.Funcs{
		ConnectionOpened: func(e *handler.Event) { s.note(e.Connection().Mechanism() + " " + e.Connection().User()) },
		Message:          func(e *handler.Event) { s.note(strconv.Itoa(len(e.Message().GetData()))) },
	}, container.Logger(s.log.logger()), container.Grace(time.Second))
	u, err := connection.ParseURL(at)
	require.NoError(t, err)
	s.listener, err = c.Listen(at, opts...)
	require.NoError(t, err)
	if s.url = at; u.Socket == "" {
		s.url = u.Scheme + "://" + s.listener.Addr().String()
	}
	ended := make(chan error, 1)
	go func() { ended <- c.Run(context.Background()) }()
	s.stop = sync.OnceFunc(func() {
		c.Stop()
		assert.NoError(t, within(t, ended, "the end of the container"))
	})
	t.Cleanup(s.stop)
	return s
}

// deliver sends one message to a URL with Hadron, and returns why that failed. There is one attempt.
func deliver(t testing.TB, at string, body []byte, opts ...connection.Option) error {
	t.Helper()
	sent := false
	h := &handler.Funcs{
		Start: func(e *handler.Event) {
			conn, err := e.Container().Connect(at, append([]connection.Option{connection.NoReconnect()}, opts...)...)
			if !assert.NoError(t, err) {
				return
			}
			_, err = e.Container().CreateSender(conn, "somewhere")
			assert.NoError(t, err)
		},
		Sendable: func(e *handler.Event) {
			if !sent {
				sent = true
				_, err := e.Sender().Send(amqp.NewMessage(body))
				assert.NoError(t, err)
			}
		},
		Accepted: func(e *handler.Event) { e.Connection().Close() },
	}
	return run(t, h)
}

// goAMQPSends sends one message with go-amqp over a connection that is there.
func goAMQPSends(t testing.TB, conn net.Conn, body []byte, opts *amqp.ConnOptions) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	client, err := amqp.NewConn(ctx, conn, opts)
	require.NoError(t, err)
	defer func() { _ = client.Close() }() // over a WebSocket it tells of its own closing
	session, err := client.NewSession(ctx, nil)
	require.NoError(t, err)
	sender, err := session.NewSender(ctx, "somewhere", nil)
	require.NoError(t, err)
	require.NoError(t, sender.Send(ctx, amqp.NewMessage(body), nil))
}

// pair returns the options of a listener with a certificate for 127.0.0.1, and of a client that trusts it.
func pair(t testing.TB) (server, client connection.Option) {
	t.Helper()
	ca := amqptest.NewCA(t)
	own := ca.Server("127.0.0.1")
	return connection.TLS(tlsconf.CertAndKeyPEM(own.CertPEM, own.KeyPEM)), connection.TLS(tlsconf.CAPEM(ca.PEM))
}

// bulk is more than fits into a read, a frame or a message of a WebSocket.
var bulk = bytes.Repeat([]byte("0123456789abcdef"), 40_000)

func TestEverySchemeCarriesMessages(t *testing.T) {
	server, client := pair(t)
	for _, at := range []string{
		"amqp://127.0.0.1:0", "amqps://127.0.0.1:0", "amqpws://127.0.0.1:0", "amqpwss://127.0.0.1:0",
		"unix://" + filepath.Join(t.TempDir(), "amqp.sock"),
	} {
		scheme, _, _ := strings.Cut(at, ":")
		t.Run(scheme, func(t *testing.T) {
			s := serve(t, at, server)
			require.NoError(t, deliver(t, s.url, []byte("x"), client))
			require.NoError(t, deliver(t, s.url, bulk, client, connection.MaxFrameSize(512)))
			require.NoError(t, deliver(t, s.url, []byte("xx"), client, connection.SASLEnabled(false)))
			assert.Equal(t, []string{"ANONYMOUS anonymous", "1", "ANONYMOUS anonymous", strconv.Itoa(len(bulk)), " ", "2"}, s.all())
			s.stop()
			assert.Empty(t, s.log.String())

			poll := connection.BusyPoll(time.Second)
			s = serve(t, at, server, poll)
			require.NoError(t, deliver(t, s.url, bulk, client, poll))
			require.NoError(t, deliver(t, s.url, bulk, client, poll, connection.MaxFrameSize(512)))
			s.stop() // amid a poll, perhaps
			assert.Empty(t, s.log.String())
		})
	}
}

func TestGoAMQPComesByEveryScheme(t *testing.T) {
	server, _ := pair(t)
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	dialTLS := func(address string) (net.Conn, error) {
		return tls.Dial("tcp", address, &tls.Config{InsecureSkipVerify: true})
	}
	for at, dial := range map[string]func(s *station) (net.Conn, error){
		"amqp://127.0.0.1:0":  func(s *station) (net.Conn, error) { return net.Dial("tcp", s.listener.Addr().String()) },
		"amqps://127.0.0.1:0": func(s *station) (net.Conn, error) { return dialTLS(s.listener.Addr().String()) },
		"amqpws://127.0.0.1:0": func(s *station) (net.Conn, error) {
			return dialWebSocket(ctx, "ws://"+s.listener.Addr().String()+"/any/path", nil)
		},
		"amqpwss://127.0.0.1:0": func(s *station) (net.Conn, error) {
			insecure := &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}
			return dialWebSocket(ctx, "wss://"+s.listener.Addr().String(), &http.Client{Transport: insecure})
		},
		"unix://" + filepath.Join(t.TempDir(), "amqp.sock"): func(s *station) (net.Conn, error) {
			return net.Dial("unix", s.listener.Addr().String())
		},
	} {
		s := serve(t, at, server)
		conn, err := dial(s)
		require.NoError(t, err, at)
		goAMQPSends(t, conn, bulk, &amqp.ConnOptions{SASLType: amqp.SASLTypeAnonymous()})
		assert.Equal(t, []string{"ANONYMOUS anonymous", strconv.Itoa(len(bulk))}, s.all(), at)
		s.stop()
		assert.Empty(t, s.log.String(), at)
	}
}

func dialWebSocket(ctx context.Context, at string, client *http.Client) (net.Conn, error) {
	c, _, err := websocket.Dial(ctx, at, &websocket.DialOptions{Subprotocols: []string{"amqp"}, HTTPClient: client})
	if err != nil {
		return nil, err
	}
	return websocket.NetConn(context.Background(), c, websocket.MessageBinary), nil
}

func TestASocketIsGoneWithItsListener(t *testing.T) {
	path := filepath.Join(t.TempDir(), "amqp.sock")
	s := serve(t, "unix://"+path)
	assert.Equal(t, path, s.listener.Addr().String())
	s.stop()
	_, err := os.Stat(path)
	require.ErrorIs(t, err, fs.ErrNotExist)
	require.ErrorIs(t, deliver(t, "unix://"+path, nil), fs.ErrNotExist)
}

func TestADialerMakesTheConnection(t *testing.T) {
	server, client := pair(t)
	s := serve(t, "amqpwss://127.0.0.1:0", server)
	var asked []string
	dial := func(ctx context.Context, network, address string) (net.Conn, error) {
		asked = append(asked, network+" "+address)
		var d net.Dialer
		return d.DialContext(ctx, "tcp", s.listener.Addr().String())
	}
	require.NoError(t, deliver(t, "amqpwss://127.0.0.1:1/jobs", []byte("x"), client, connection.Dialer(dial)))
	assert.Equal(t, []string{"tcp 127.0.0.1:1"}, asked)

	mine := errors.New("not today")
	refuse := func(context.Context, string, string) (net.Conn, error) { return nil, mine }
	err := deliver(t, "unix:///nowhere", nil, connection.Dialer(refuse))
	require.ErrorIs(t, err, mine)
	require.ErrorContains(t, err, "unix:///nowhere: dialling: not today")
}

func TestAnErrorNamesTheStep(t *testing.T) {
	plain := serve(t, "127.0.0.1:0")
	_, port, _ := strings.Cut(plain.listener.Addr().String(), ":")
	web := httptest.NewServer(http.NotFoundHandler())
	defer web.Close()
	mute := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c, err := websocket.Accept(w, r, &websocket.AcceptOptions{Subprotocols: []string{"mqtt"}})
		if err == nil {
			_ = c.CloseNow()
		}
	}))
	defer mute.Close()
	moved := httptest.NewServer(http.RedirectHandler("http://alice:secret@elsewhere.example/", http.StatusFound))
	defer moved.Close()
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	require.NoError(t, closed.Close())
	host := func(s string) string {
		u, err := url.Parse(s)
		require.NoError(t, err)
		return u.Host
	}
	for name, c := range map[string]struct {
		at   string
		opts []connection.Option
		says string
	}{
		"nobody is there":        {"amqp://" + closed.Addr().String(), nil, ": dialling: dial tcp "},
		"no proxy is there":      {"amqp://far.example", []connection.Option{connection.Proxy("http://alice:secret@" + closed.Addr().String())}, ": proxy http://alice:xxxxx@" + closed.Addr().String() + ": dial tcp "},
		"no TLS is there":        {"amqps://127.0.0.1:" + port, nil, ": TLS handshake: tls: first record does not look like a TLS handshake"},
		"HTTP without WebSocket": {"amqpws://" + host(web.URL), nil, ": WebSocket handshake: "},
		"WebSocket without AMQP": {"amqpws://" + host(mute.URL), nil, `: WebSocket handshake: the server speaks subprotocol "", not "amqp"`},
		"a redirect of HTTP":     {"amqpws://" + host(moved.URL), nil, ": WebSocket handshake: "},
		"a name that nobody has": {"amqp://nobody.invalid", []connection.Option{connection.Dialer(func(context.Context, string, string) (net.Conn, error) {
			return nil, &net.DNSError{Err: "no such host"}
		})}, ": dialling: lookup : no such host"},
		"a proxy that is no proxy":  {"amqp://far.example", []connection.Option{connection.Proxy("http://" + host(web.URL))}, ": CONNECT far.example:5672 was answered with \"404 Not Found\""},
		"a proxy that speaks AMQP":  {"amqp://far.example", []connection.Option{connection.Proxy("http://127.0.0.1:" + port)}, ": no answer to CONNECT far.example:5672: "},
		"the time that there is up": {"amqp://far.example", []connection.Option{connection.ConnectTimeout(1), connection.Dialer(func(ctx context.Context, _, _ string) (net.Conn, error) { <-ctx.Done(); return nil, ctx.Err() })}, "not open within 1ns"},
	} {
		t.Run(name, func(t *testing.T) {
			err := deliver(t, c.at, nil, c.opts...)
			require.ErrorContains(t, err, c.says)
			assert.NotContains(t, err.Error(), "secret")
		})
	}
}

func TestOptionsThatCannotWorkAreErrorsOfConnect(t *testing.T) {
	c := container.New(nil)
	for name, opt := range map[string]connection.Option{
		"tlsconf: ": connection.TLS(tlsconf.CA("nowhere.pem")),
		"Proxy: ":   connection.Proxy("ftp://proxy"),
	} {
		_, err := c.Connect("amqp://127.0.0.1", opt)
		require.ErrorContains(t, err, name)
	}
	_, err := c.Listen("amqps://127.0.0.1:0")
	require.ErrorContains(t, err, "a server needs a certificate")
	_, err = c.Listen("amqp://192.0.2.1:0") // an address that nobody has
	require.ErrorContains(t, err, "connection: listen at amqp://192.0.2.1:0: ")
}

func TestConnectReadsTheConfiguration(t *testing.T) {
	server, _ := pair(t)
	s := serve(t, "amqps://127.0.0.1:0", server)
	_, port, _ := strings.Cut(s.listener.Addr().String(), ":")
	path := filepath.Join(t.TempDir(), "connect.json")
	require.NoError(t, os.WriteFile(path, []byte(`{"host":"127.0.0.1","port":`+port+`,"tls":{"verify":false}}`), 0o600))
	t.Setenv("MESSAGING_CONNECT_FILE", path)
	require.NoError(t, deliver(t, "", []byte("x")))
	assert.Equal(t, []string{"ANONYMOUS anonymous", "1"}, s.all())

	require.ErrorContains(t, deliver(t, "", nil, connection.URLs("amqp://nobody.invalid")), "nobody.invalid", "a list of the program's is what it means")
	t.Setenv("MESSAGING_CONNECT_FILE", path+".none")
	_, err := container.New(nil).Connect("")
	require.ErrorIs(t, err, fs.ErrNotExist)
}

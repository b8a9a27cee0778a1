package container_test

import (
	"net"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/hadron-mq/hadron/connection"
	"github.com/hadron-mq/hadron/container"
	"github.com/hadron-mq/hadron/handler"
	"github.com/hadron-mq/hadron/internal/amqptest"
	"github.com/hadron-mq/hadron/tlsconf"
)

// repliesWith is a server that says one thing to whoever says something, and goes. It returns its address.
func repliesWith(t *testing.T, with string) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			_, _ = conn.Read(make([]byte, 1000))
			_, _ = conn.Write([]byte(with))
			_ = conn.(*net.TCPConn).CloseWrite()
			_, _ = conn.Read(make([]byte, 1000))
			_ = conn.Close()
		}
	}()
	return l.Addr().String()
}

// What people read when they have made a mistake: what is wrong, the URL once, and what can be done about it. None of it is tried again,
// but where it says so.
func TestWhatMistakesRead(t *testing.T) {
	ca, other := amqptest.NewCA(t), amqptest.NewCA(t)
	trust := connection.TLS(tlsconf.CAPEM(ca.PEM))
	plain, _, _ := alice(t)
	inTheClear := serve(t, "amqp://127.0.0.1:0", connection.Authenticate(plain))
	secure := serve(t, "amqps://127.0.0.1:0", own(ca.Server("127.0.0.1")))
	expired := serve(t, "amqps://127.0.0.1:0", own(ca.Expired("127.0.0.1")))
	misnamed := serve(t, "amqps://127.0.0.1:0", own(ca.Server("broker.example")))
	web := repliesWith(t, "HTTP/1.1 400 Bad Request\r\n\r\n")
	once, off := connection.NoReconnect(), connection.SASLEnabled(false)
	wrong := connection.User("alice", "guess")
	for name, c := range map[string]struct {
		url  string
		opts []connection.Option
		says string // after the URL
	}{
		"nobody listens": {"amqp://" + deserted(t), []connection.Option{once},
			"connect: connection refused: does the broker run, and is it the right port? (attempt 1, the last)"},
		"a web server": {"amqp://" + web, nil,
			`log in: sasl: protocol header "HTTP/1.1", not that of SASL: the peer speaks HTTP, and no AMQP 1.0: is it the right port? (attempt 1, the last)`},
		"a web server, without SASL": {"amqp://" + web, []connection.Option{off},
			`protocol header "HTTP/1.1": not an AMQP 1.0 peer, but one that speaks HTTP: is it the right port? (attempt 1, the last)`},
		"an older AMQP": {"amqp://" + repliesWith(t, "AMQP\x00\x00\x09\x01"), nil,
			`protocol header "AMQP\x00\x00\t\x01", not that of SASL: the peer speaks AMQP 0-9-1, and no AMQP 1.0: is it the right port? (attempt 1, the last)`},
		"AMQP without SASL": {"amqp://" + repliesWith(t, string(amqptest.HeaderAMQP)), nil,
			`the peer speaks AMQP 1.0 without SASL: connection.SASLEnabled(false) is for such peers (attempt 1, the last)`},
		"SASL, where it is off": {inTheClear.url, []connection.Option{off},
			`the peer speaks SASL, which is off on this side: connection.SASLEnabled turns it on (attempt 1, the last)`},
		"TLS, by amqp": {strings.Replace(secure.url, "amqps", "amqp", 1), nil,
			`not that of SASL: the peer speaks TLS: amqps is the scheme, not amqp (attempt 1, the last)`},
		"TLS, by amqp without SASL": {strings.Replace(secure.url, "amqps", "amqp", 1), []connection.Option{off},
			`not an AMQP 1.0 peer, but one that speaks TLS: amqps is the scheme, not amqp (attempt 1, the last)`},
		"no TLS, by amqps": {strings.Replace(inTheClear.url, "amqp", "amqps", 1), []connection.Option{trust},
			`TLS handshake: tls: first record does not look like a TLS handshake: the peer speaks AMQP without TLS: amqp is the scheme, not amqps (attempt 1, the last)`},
		"HTTP, by amqps": {"amqps://" + web, []connection.Option{trust},
			`the peer speaks HTTP without TLS: are scheme and port right? (attempt 1, the last)`},
		"AMQP, by amqpws": {strings.Replace(inTheClear.url, "amqp", "amqpws", 1), []connection.Option{once},
			`the server does not speak HTTP, as WebSockets begin: are scheme and port right? (attempt 1, the last)`},
		"a wrong password": {inTheClear.url, []connection.Option{wrong},
			`log in: sasl: logging in by PLAIN: login refused: are user and password right? (attempt 1, the last)`},
		"no user": {inTheClear.url, nil,
			`no mechanism in common; the server offers "PLAIN": a user may be missing: connection.User, or user:password@ in the URL (attempt 1, the last)`},
		"another mechanism": {inTheClear.url, []connection.Option{wrong, connection.AllowedMechs("SCRAM-SHA-256")},
			`the server offers "PLAIN": connection.AllowedMechs allows only "SCRAM-SHA-256" (attempt 1, the last)`},
		"a password in the clear": {inTheClear.url, []connection.Option{wrong, connection.AllowInsecureMechs(false)},
			`the server offers "PLAIN": PLAIN would show the password in the clear: use amqps, or connection.AllowInsecureMechs(true) (attempt 1, the last)`},
		"an unknown authority": {secure.url, []connection.Option{connection.TLS(tlsconf.CAPEM(other.PEM))},
			`connection.TLS(tlsconf.CA(...)) says whom to trust (attempt 1, the last)`},
		"an expired certificate": {expired.url, []connection.Option{trust},
			`the server needs a new one, or this machine the right time (attempt 1, the last)`},
		"another name": {misnamed.url, []connection.Option{trust},
			`connection.TLS(tlsconf.ServerName(...)) is for a certificate with another name (attempt 1, the last)`},
		"silence": {"amqp://" + saysNothing(t), []connection.Option{once, connection.ConnectTimeout(20 * time.Millisecond)},
			`not open within 20ms, with no answer of an AMQP peer: context deadline exceeded (attempt 1, the last)`},
	} {
		t.Run(name, func(t *testing.T) {
			err := run(t, &handler.Funcs{Start: func(e *handler.Event) {
				_, err := e.Container().Connect(c.url, c.opts...)
				require.NoError(t, err)
			}})
			require.ErrorContains(t, err, "connection: "+c.url+": ")
			assert.Equal(t, 1, strings.Count(err.Error(), "://"), err.Error())
			assert.Contains(t, err.Error(), c.says)
			assert.NotContains(t, err.Error(), "guess")
			assert.False(t, strings.Contains(err.Error(), "\n"), "one line")
		})
	}
}

// saysNothing is a server that the system answers for, and nobody else.
func saysNothing(t *testing.T) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = l.Close() })
	return l.Addr().String()
}

// What Connect itself says.
func TestWhatMistakesOfACallRead(t *testing.T) {
	for says, c := range map[string]struct {
		url  string
		opts []connection.Option
	}{
		`connection: url "http://h": scheme: "http" is none of amqp, amqps, amqpws, amqpwss, ws, wss and unix`: {"http://h", nil},
		`connection: url "amqp://h:xxxxx": port: is not a number from 0 to 65535`:                              {"amqp://h:port", nil},
		`connection: to "amqp://h:5672": a list of URLs is given too`:                                          {"amqp://h", []connection.Option{connection.URLs("amqp://i")}},
		`connection: to amqp://h:5672: sasl: logging in: no mechanism in common: PLAIN would show its secret in the clear: PLAIN would show the password in the clear: use amqps, or connection.AllowInsecureMechs(true)`: {
			"amqp://h", []connection.Option{connection.User("alice", "secret"), connection.AllowedMechs("PLAIN")}},
	} {
		_, err := container.New(nil).Connect(c.url, c.opts...)
		assert.EqualError(t, err, says)
	}
}

// A policy and RetryIf are the application's: they may use the connection that they are asked about.
func TestWhoIsAskedAboutAnotherAttemptMayUseTheConnection(t *testing.T) {
	var conn *connection.Connection
	err := run(t, &handler.Funcs{Start: func(e *handler.Event) {
		var err error
		conn, err = e.Container().Connect("amqp://"+deserted(t), connection.RetryIf(func(error) bool {
			assert.False(t, conn.Active())
			return false
		}))
		require.NoError(t, err)
	}})
	require.ErrorContains(t, err, "connection refused")
}

package container_test

import (
	"bufio"
	"context"
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/coder/websocket"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// insecureTLS takes whatever certificate there is.
var insecureTLS = &tls.Config{InsecureSkipVerify: true}

// ask sends a request over a connection of its own, and returns the status that came back.
func ask(t testing.TB, s *station, request string) string {
	t.Helper()
	conn, err := net.Dial("tcp", s.listener.Addr().String())
	require.NoError(t, err)
	defer func() { _ = conn.Close() }()
	_, _ = io.WriteString(conn, request) // which may be more than the other end reads
	in := bufio.NewReader(conn)
	r, err := http.ReadResponse(in, nil)
	if err != nil {
		return "none"
	}
	_, _ = io.Copy(io.Discard, in)
	return r.Status
}

func TestWhatIsNoWebSocketIsRefused(t *testing.T) {
	s := serve(t, "amqpws://127.0.0.1:0")
	const opening = "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Protocol: amqp\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
	for request, status := range map[string]string{
		"GET / HTTP/1.1\r\nHost: h\r\n\r\n":                                                           "426 Upgrade Required",
		"POST / HTTP/1.1\r\nHost: h\r\n" + opening + "\r\n":                                           "405 Method Not Allowed",
		"GET / HTTP/1.1\r\nHost: h\r\nOrigin: http://elsewhere.example\r\n" + opening + "\r\n":        "403 Forbidden",
		"GET / HTTP/1.1\r\nHost: h\r\n" + opening + "X: " + strings.Repeat("x", 100_000) + "\r\n\r\n": "none",
		"AMQP\x00\x01\x00\x00\r\n\r\n":                                                                "none",
	} {
		assert.Equal(t, status, ask(t, s, request), request[:min(len(request), 60)])
	}
	assert.True(t, s.log.until(func() bool { return strings.Count(s.log.text.String(), "a peer was not taken") == 5 }))
}

// The subprotocol is AMQP's (AMQP WebSocket Binding §2.1), by the name of the standard or that of its drafts. Who asks for no such thing
// hears so before the connection is a WebSocket (RFC 6455 §4.2.2).
func TestAWebSocketIsForAMQP(t *testing.T) {
	s := serve(t, "amqpws://127.0.0.1:0")
	url := "ws://" + s.listener.Addr().String()
	for _, protocols := range [][]string{nil, {"mqtt"}, {"amqp10", "AMQPWSB1"}} {
		_, answer, err := websocket.Dial(t.Context(), url, &websocket.DialOptions{Subprotocols: protocols})
		require.Error(t, err)
		require.NotNil(t, answer, "an answer of HTTP")
		require.Equal(t, http.StatusBadRequest, answer.StatusCode)
		why, err := io.ReadAll(answer.Body)
		require.NoError(t, err)
		require.Contains(t, string(why), "amqp or AMQPWSB10", "it says what is missing")
	}
	for _, c := range []struct {
		asked []string
		want  string
	}{
		{[]string{"mqtt", "amqp"}, "amqp"},
		{[]string{"AMQPWSB10"}, "AMQPWSB10"},
		{[]string{"AMQPWSB10", "amqp"}, "amqp"},
	} {
		c1, _, err := websocket.Dial(t.Context(), url, &websocket.DialOptions{Subprotocols: c.asked})
		require.NoError(t, err)
		require.Equal(t, c.want, c1.Subprotocol())
		require.NoError(t, c1.Write(t.Context(), websocket.MessageBinary, []byte("AMQP\x00\x01\x00\x00")))
		_, header, err := c1.Read(t.Context())
		require.NoError(t, err)
		require.Equal(t, "AMQP\x00\x01\x00\x00", string(header))
		require.NoError(t, c1.Write(t.Context(), websocket.MessageText, []byte("AMQP")))
		_, _, err = c1.Read(t.Context())
		require.Equal(t, websocket.StatusUnsupportedData, websocket.CloseStatus(err))
	}
}

func TestTheMessagesOfAWebSocketAreOfBoundedSize(t *testing.T) {
	s := serve(t, "amqp://127.0.0.1:0")
	largest := 0
	paths := make(chan string, 1)
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		paths <- r.URL.Path
		c, err := websocket.Accept(w, r, &websocket.AcceptOptions{Subprotocols: []string{"amqp"}})
		if !assert.NoError(t, err) {
			return
		}
		c.SetReadLimit(-1)
		far, err := net.Dial("tcp", s.listener.Addr().String())
		if !assert.NoError(t, err) {
			return
		}
		go func() {
			_, _ = io.Copy(websocket.NetConn(context.Background(), c, websocket.MessageBinary), far)
			_ = c.CloseNow()
		}()
		for {
			_, b, err := c.Read(context.Background())
			if err != nil {
				_ = far.Close()
				close(paths)
				return
			}
			largest = max(largest, len(b))
			_, _ = far.Write(b)
		}
	}))
	defer web.Close()
	require.NoError(t, deliver(t, "ws"+strings.TrimPrefix(web.URL, "http")+"/$servicebus/websocket", bulk))
	assert.Equal(t, "/$servicebus/websocket", within(t, paths, "the request"))
	within(t, paths, "the end of the WebSocket")
	assert.Equal(t, 64<<10-1, largest)
}

package container

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/coder/websocket"

	"github.com/hadron-mq/hadron/connection"
)

const (
	// subprotocol is AMQP's name among those of WebSocket (AMQP WebSocket Binding §2.1).
	subprotocol = "amqp"
	// draftSubprotocol is its name in drafts of the binding, and the only one that some clients ask for, such as Azure's for Python.
	draftSubprotocol = "AMQPWSB10"
	// maxMessage bounds the WebSocket messages that we send: their ends mean nothing to AMQP, and there are servers that take no larger ones.
	maxMessage = 64<<10 - 1
)

// subprotocols are what a listener takes, in the order in which it likes them.
var subprotocols = []string{subprotocol, draftSubprotocol}

// webSocket is AMQP's bytes within the binary messages of a WebSocket, which its loop can close: saying goodbye is writing, and no loop
// waits for that.
type webSocket struct {
	net.Conn // messages as a stream
	messages *websocket.Conn
	under    net.Conn
}

func newWebSocket(c *websocket.Conn, under net.Conn) webSocket {
	return webSocket{websocket.NetConn(context.Background(), c, websocket.MessageBinary), c, under}
}

// Write writes p as binary messages.
func (w webSocket) Write(p []byte) (written int, err error) {
	for written < len(p) && err == nil {
		var n int
		n, err = w.Conn.Write(p[written:min(written+maxMessage, len(p))])
		written += n
	}
	return written, err
}

// Close closes the connection under it, at once.
func (w webSocket) Close() error { return w.under.Close() }

// CloseWrite says goodbye by WebSocket, and waits for the peer to do the same, or for Close. What the peer still sends is lost.
func (w webSocket) CloseWrite() error {
	go func() { _ = w.messages.Close(websocket.StatusNormalClosure, "") }()
	return nil
}

// LocalAddr and RemoteAddr are those of the connection under it.
func (w webSocket) LocalAddr() net.Addr  { return w.under.LocalAddr() }
func (w webSocket) RemoteAddr() net.Addr { return w.under.RemoteAddr() }

// dialWebSocket asks for a WebSocket at the path of the URL.
func dialWebSocket(ctx context.Context, conn net.Conn, u *connection.URL) (net.Conn, error) {
	host := u.HostPort()
	if port := map[bool]string{false: "80", true: "443"}[u.Secure()]; u.Port == port {
		host = host[:len(host)-len(":"+port)] // as HTTP has it
	}
	at := url.URL{Scheme: "http", Host: host, Path: "/" + u.Address} // TLS is done with already
	c, _, err := websocket.Dial(ctx, at.String(), &websocket.DialOptions{
		Subprotocols: []string{subprotocol},
		HTTPClient: &http.Client{
			Transport: &http.Transport{
				DialContext:            func(context.Context, string, string) (net.Conn, error) { return conn, nil },
				MaxResponseHeaderBytes: maxAnswer,
			},
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	})
	if asked := (*url.Error)(nil); errors.As(err, &asked) {
		err = asked.Err // without the URL, as HTTP has it
	}
	if err != nil {
		return nil, err
	}
	if got := c.Subprotocol(); got != subprotocol {
		return nil, fmt.Errorf("the server speaks subprotocol %q, not %q", got, subprotocol)
	}
	return newWebSocket(c, conn), nil
}

// acceptWebSocket answers the HTTP request with which a WebSocket begins.
func acceptWebSocket(ctx context.Context, conn net.Conn) (net.Conn, error) {
	var c *websocket.Conn
	err := during(ctx, conn, func() error {
		limit := &io.LimitedReader{R: conn, N: maxAnswer}
		w := &response{conn: conn, in: bufio.NewReader(limit), header: make(http.Header)}
		r, err := http.ReadRequest(w.in)
		if err != nil {
			return err
		}
		limit.N = math.MaxInt64
		if r.Header.Get("Upgrade") != "" && !asksForAMQP(r.Header) {
			http.Error(w, "the WebSockets of this address are for subprotocol "+strings.Join(subprotocols, " or "), http.StatusBadRequest)
			return fmt.Errorf("the client did not ask for subprotocol %q", subprotocols)
		}
		c, err = websocket.Accept(w, r, &websocket.AcceptOptions{Subprotocols: subprotocols})
		if err == nil {
			err = w.err
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return newWebSocket(c, conn), nil
}

// asksForAMQP says whether a client asks for one of our subprotocols (RFC 6455 §11.3.4). One that does not is refused before the
// connection is a WebSocket: afterwards it could only be closed (RFC 6455 §4.2.2).
func asksForAMQP(h http.Header) bool {
	for _, list := range h.Values("Sec-WebSocket-Protocol") {
		for name := range strings.SplitSeq(list, ",") {
			name = strings.TrimSpace(name)
			if slices.ContainsFunc(subprotocols, func(ours string) bool { return strings.EqualFold(ours, name) }) {
				return true
			}
		}
	}
	return false
}

// response answers the one request of a connection, which is all of HTTP that a listener speaks.
type response struct {
	conn   net.Conn
	in     *bufio.Reader
	header http.Header
	sent   bool
	err    error
}

// Header returns the header to send.
func (w *response) Header() http.Header { return w.header }

// WriteHeader sends the status and the header. An answer other than the switch of protocols ends with the connection.
func (w *response) WriteHeader(status int) {
	if w.sent {
		return
	}
	w.sent = true
	if status != http.StatusSwitchingProtocols {
		w.header.Set("Connection", "close")
	}
	out := bufio.NewWriter(w.conn)
	fmt.Fprintf(out, "HTTP/1.1 %d %s\r\n", status, http.StatusText(status))
	_ = w.header.Write(out)
	_, _ = out.WriteString("\r\n")
	w.err = out.Flush()
}

// Write sends a part of the answer's body.
func (w *response) Write(p []byte) (int, error) {
	w.WriteHeader(http.StatusOK)
	return w.conn.Write(p)
}

// Hijack hands the connection over.
func (w *response) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	return w.conn, bufio.NewReadWriter(w.in, bufio.NewWriter(w.conn)), nil
}

package container_test

import (
	"context"
	"net"
	"syscall"
	"testing"
	"time"

	"github.com/Azure/go-amqp"
	"github.com/stretchr/testify/require"

	"github.com/hadron-mq/hadron/connection"
	"github.com/hadron-mq/hadron/handler"
	"github.com/hadron-mq/hadron/internal/amqptest"
)

// deserted returns an address that nobody listens at.
func deserted(t *testing.T) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer func() { _ = l.Close() }()
	return l.Addr().String()
}

// connectOnce is a Start that connects, one time.
func connectOnce(t *testing.T, url string, opts ...connection.Option) func(*handler.Event) {
	return func(e *handler.Event) {
		_, err := e.Container().Connect(url, append([]connection.Option{connection.NoReconnect(), connection.SASLEnabled(false)}, opts...)...)
		require.NoError(t, err)
	}
}

func TestNobodyListens(t *testing.T) {
	var j journal
	url := deserted(t)
	err := run(t, j.handler(handler.Funcs{
		Start: connectOnce(t, url),
		TransportError: func(e *handler.Event) {
			require.ErrorIs(t, e.Err(), syscall.ECONNREFUSED)
			require.NotNil(t, e.Connection())
			e.Pass()
		},
	}))
	require.Equal(t, []string{"Start", "TransportError", "Stop"}, j.all())
	require.ErrorIs(t, err, syscall.ECONNREFUSED)
	require.ErrorContains(t, err, url)

	require.ErrorIs(t, run(t, &handler.Funcs{
		Start:          connectOnce(t, url),
		TransportError: func(*handler.Event) {},
	}), syscall.ECONNREFUSED, "a handler that takes the error, to log it as like as not, does not hide it")
	require.NoError(t, run(t, &handler.Funcs{
		Start:          connectOnce(t, url),
		TransportError: func(e *handler.Event) { e.Resolve() },
	}), "unless it says that it has dealt with it")
}

func TestWhatWaitsForAConnectionThatFails(t *testing.T) {
	url := deserted(t)
	var released []any
	err := run(t, &handler.Funcs{
		Start: func(e *handler.Event) {
			conn, err := e.Container().Connect(url, connection.NoReconnect())
			require.NoError(t, err)
			s, err := e.Container().CreateSender(conn, "q")
			require.NoError(t, err)
			d, err := s.Send(text("x"))
			require.NoError(t, err)
			d.SetContext("x")
		},
		Released: func(e *handler.Event) { released = append(released, e.Delivery().Context()) },
	})
	require.ErrorIs(t, err, syscall.ECONNREFUSED)
	require.Equal(t, []any{"x"}, released, "it never left")
}

func TestConnectTimeout(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0") // the system takes the connection, and nobody answers
	require.NoError(t, err)
	defer func() { _ = l.Close() }()
	err = run(t, &handler.Funcs{Start: connectOnce(t, l.Addr().String(), connection.ConnectTimeout(20*time.Millisecond))})
	require.ErrorIs(t, err, context.DeadlineExceeded)
	require.ErrorContains(t, err, "not open within 20ms")
}

func TestAPeerThatConnectsAndSaysNothing(t *testing.T) {
	n := listen(t, &handler.Funcs{}, connection.ConnectTimeout(20*time.Millisecond))
	p := n.dial()
	p.ExpectEOF("the listener does not wait for ever")
	n.log.wait(t, "not open within 20ms")
	n.log.wait(t, p.Conn().LocalAddr().String())
}

func TestIdleTimeout(t *testing.T) {
	n := listen(t, &handler.Funcs{}, connection.IdleTimeout(50*time.Millisecond))
	p := n.dial()
	open := p.Open(nil)
	require.EqualValues(t, 25, open.Fields["idle-time-out"], "half of it is told, so that a peer that beats just in time is in time")
	p.Expect("silence is an error", f(0, "close", m{"error": amqptest.D{Name: "error", Fields: m{"condition": "amqp:resource-limit-exceeded"}}}))
	p.ExpectEOF("and the end")
	p.Close()
	n.log.wait(t, "nothing was received for the idle time-out of 50ms")
}

func TestThePeersIdleTimeout(t *testing.T) {
	n := listen(t, &handler.Funcs{})
	p := n.dial()
	p.Open(m{"idle-time-out": 100})
	for range 3 {
		beat := p.Next("the listener has nothing to say, and says so")
		require.Empty(t, beat.Name)
		require.Empty(t, beat.Fields)
	}
	p.Send(f(0, "close", nil))
	p.Expect("closed", f(0, "close", m{"error": nil}))
}

func TestHeartbeatsKeepAConnection(t *testing.T) {
	n := listen(t, &handler.Funcs{})
	beats := 0
	url := amqptest.Serve(t, func(p *amqptest.Peer) {
		p.AnswerOpen(m{"idle-time-out": 100})
		for range 5 {
			require.Empty(t, p.Next("a heartbeat").Name)
			p.Send(amqptest.Frame{})
			beats++
		}
		p.Send(f(0, "close", nil))
		p.Await("closed", f(0, "close", nil))
	})
	require.NoError(t, run(t, &handler.Funcs{Start: connectOnce(t, url, connection.IdleTimeout(time.Minute))}))
	require.Equal(t, 5, beats)
	require.Empty(t, n.log.String())
}

func TestThePeerHangsUp(t *testing.T) {
	url := amqptest.Serve(t, func(p *amqptest.Peer) { p.AnswerOpen(nil) })
	var j journal
	err := run(t, j.handler(handler.Funcs{
		Start:          connectOnce(t, url),
		TransportError: func(e *handler.Event) { e.Pass() },
	}))
	require.ErrorContains(t, err, "the peer closed the socket")
	require.Equal(t, []string{"Start", "ConnectionOpened", "TransportError", "Disconnected", "Stop"}, j.all())
}

func TestThePeerClosesWithAnError(t *testing.T) {
	url := amqptest.Serve(t, func(p *amqptest.Peer) {
		p.AnswerOpen(nil)
		p.Send(f(0, "close", m{"error": amqptest.D{Name: "error", Fields: m{"condition": "amqp:not-allowed", "description": "out"}}}))
		p.Expect("answered", f(0, "close", m{"error": nil}))
		p.ExpectEOF("and gone")
	})
	err := run(t, &handler.Funcs{Start: connectOnce(t, url)})
	var told *amqp.Error
	require.ErrorAs(t, err, &told)
	require.Equal(t, &amqp.Error{Condition: amqp.ErrCondNotAllowed, Description: "out"}, told)
}

func TestWhatTheOpensSay(t *testing.T) {
	type said struct {
		id, host         string
		product          any
		offered, desired []amqp.Symbol
		mechanism, user  string
		active           bool
	}
	hear := func(c *connection.Connection) said {
		return said{id: c.RemoteContainerID(), host: c.RemoteHostname(), product: c.RemoteProperties()["x-who"],
			offered: c.RemoteOfferedCapabilities(), desired: c.RemoteDesiredCapabilities(), mechanism: c.Mechanism(), user: c.User(), active: c.Active()}
	}
	there := make(chan said, 1)
	n := listen(t, &handler.Funcs{ConnectionOpened: func(e *handler.Event) { there <- hear(e.Connection()) }},
		connection.ContainerID("server"), connection.Properties(map[string]any{"x-who": "s"}), connection.OfferedCapabilities("a", "b"))
	var here said
	require.NoError(t, run(t, &handler.Funcs{
		Start: func(e *handler.Event) {
			_, err := e.Container().Connect(n.url, connection.ContainerID("client"), connection.VirtualHost("v.example"),
				connection.Properties(map[string]any{"x-who": "c"}), connection.DesiredCapabilities("b"))
			require.NoError(t, err)
		},
		ConnectionOpened: func(e *handler.Event) {
			here = hear(e.Connection())
			e.Connection().Close()
		},
	}))
	require.Equal(t, said{id: "server", product: "s", offered: []amqp.Symbol{"a", "b"}, mechanism: "ANONYMOUS", active: true}, here)
	require.Equal(t, said{id: "client", host: "v.example", product: "c", desired: []amqp.Symbol{"b"}, mechanism: "ANONYMOUS", user: "anonymous", active: true},
		within(t, there, "the listener's view"))
}

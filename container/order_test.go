package container_test

import (
	"testing"

	"github.com/Azure/go-amqp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/hadron-mq/hadron/handler"
	"github.com/hadron-mq/hadron/receiver"
	"github.com/hadron-mq/hadron/sender"
)

// meet runs a client against a listener, each noting what happens to it, and returns both journals.
func meet(t *testing.T, client, server handler.Funcs) (theirs, ours []string, err error) {
	t.Helper()
	var here, there journal
	n := listen(t, there.handler(server))
	start := client.Start
	client.Start = func(e *handler.Event) {
		conn, err := e.Container().Connect(n.url)
		require.NoError(t, err)
		_, err = e.Container().CreateSender(conn, "q")
		require.NoError(t, err)
		if start != nil {
			start(e)
		}
	}
	err = run(t, here.handler(client))
	there.wait(t, "Disconnected")
	require.NoError(t, n.stop())
	return there.all(), here.all(), err
}

func TestOrderWhenTheClientCloses(t *testing.T) {
	server, client, err := meet(t, handler.Funcs{
		Sendable:      func(e *handler.Event) { e.Sender().Close() },
		LinkClosed:    func(e *handler.Event) { e.Session().Close() },
		SessionClosed: func(e *handler.Event) { e.Connection().Close() },
	}, handler.Funcs{})
	require.NoError(t, err)
	require.Equal(t, []string{"Start",
		"ConnectionOpened", "SessionOpened", "LinkOpened", "Sendable",
		"LinkClosed", "SessionClosed", "ConnectionClosed", "Disconnected", "Stop"}, client)
	require.Equal(t, []string{"Start",
		"ConnectionOpening", "ConnectionOpened", "SessionOpening", "SessionOpened", "LinkOpening", "LinkOpened",
		"LinkClosing", "LinkClosed", "SessionClosing", "SessionClosed", "ConnectionClosing", "ConnectionClosed", "Disconnected",
		"Stop"}, server)
}

func TestOrderWhenTheListenerCloses(t *testing.T) {
	server, client, err := meet(t, handler.Funcs{
		LinkClosing:    func(e *handler.Event) { e.Resolve() }, // else it would be the end
		SessionClosing: func(e *handler.Event) { e.Resolve() },
	}, handler.Funcs{
		LinkOpened:    func(e *handler.Event) { e.Receiver().Close() },
		LinkClosed:    func(e *handler.Event) { e.Session().Close() },
		SessionClosed: func(e *handler.Event) { e.Connection().Close() },
	})
	require.NoError(t, err)
	require.Equal(t, []string{"Start",
		"ConnectionOpened", "SessionOpened", "LinkOpened", "Sendable",
		"LinkClosing", "LinkClosed", "SessionClosing", "SessionClosed", "ConnectionClosing", "ConnectionClosed", "Disconnected", "Stop"}, client)
	require.Equal(t, []string{"Start",
		"ConnectionOpening", "ConnectionOpened", "SessionOpening", "SessionOpened", "LinkOpening", "LinkOpened",
		"LinkClosed", "SessionClosed", "ConnectionClosed", "Disconnected",
		"Stop"}, server)
}

func TestOrderOfErrors(t *testing.T) {
	why := &amqp.Error{Condition: amqp.ErrCondNotAllowed, Description: "not today"}
	var seen []error
	see := func(e *handler.Event) {
		seen = append(seen, e.Err())
		e.Resolve()
	}
	_, client, err := meet(t, handler.Funcs{LinkError: see, SessionError: see, ConnectionError: see}, handler.Funcs{
		LinkOpened:    func(e *handler.Event) { e.Receiver().CloseWithError(why) },
		LinkClosed:    func(e *handler.Event) { e.Session().CloseWithError(why) },
		SessionClosed: func(e *handler.Event) { e.Connection().CloseWithError(why) },
	})
	require.NoError(t, err, "all errors were dealt with")
	require.Equal(t, []string{"Start",
		"ConnectionOpened", "SessionOpened", "LinkOpened", "Sendable",
		"LinkError", "LinkClosed", "SessionError", "SessionClosed", "ConnectionError", "ConnectionClosed", "Disconnected", "Stop"}, client)
	require.Len(t, seen, 3)
	for i, noun := range []string{"sender", "session", "connection"} {
		var told *amqp.Error
		require.ErrorAs(t, seen[i], &told)
		require.Equal(t, why, told)
		require.EqualError(t, seen[i], noun+": closed by the peer: not today (amqp:not-allowed)")
	}
}

func TestOrderWhenTheSocketBreaks(t *testing.T) {
	var server journal
	n := listen(t, server.handler(handler.Funcs{}))
	peer := n.dial()
	peer.Open(nil)
	peer.Close()
	server.wait(t, "Disconnected")
	require.Equal(t, []string{"Start", "ConnectionOpening", "ConnectionOpened", "TransportError", "Disconnected"}, server.all())
}

func TestALinkIsRefused(t *testing.T) {
	why := &amqp.Error{Condition: amqp.ErrCondNotFound, Description: "no such queue"}
	server, client, err := meet(t, handler.Funcs{
		Start: func(*handler.Event) {},
		LinkError: func(e *handler.Event) {
			require.False(t, e.Sender().Active())
			var told *amqp.Error
			require.ErrorAs(t, e.Err(), &told)
			require.Equal(t, why, told)
		},
		LinkClosed: func(e *handler.Event) { e.Connection().Close() },
	}, handler.Funcs{
		LinkOpening: func(e *handler.Event) { e.Receiver().CloseWithError(why) },
	})
	require.ErrorContains(t, err, "no such queue", "told, and not dealt with")
	require.Equal(t, []string{"Start", "ConnectionOpened", "SessionOpened", "LinkError", "LinkClosed", "ConnectionClosed", "Disconnected", "Stop"}, client,
		"a link that is refused never opens")
	require.Equal(t, []string{"Start", "ConnectionOpening", "ConnectionOpened", "SessionOpening", "SessionOpened",
		"LinkOpening", "LinkClosed", "ConnectionClosing", "ConnectionClosed", "Disconnected", "Stop"}, server)
}

func TestASessionIsRefused(t *testing.T) {
	server, client, err := meet(t, handler.Funcs{
		SessionClosed: func(e *handler.Event) { e.Connection().Close() },
	}, handler.Funcs{
		SessionOpening: func(e *handler.Event) {
			e.Session().CloseWithError(&amqp.Error{Condition: amqp.ErrCondNotAllowed, Description: "no more"})
		},
	})
	require.EqualError(t, err, "session: closed by the peer: no more (amqp:not-allowed)", "and not once more for the link")
	require.Equal(t, []string{"Start", "ConnectionOpened", "SessionOpened",
		"LinkError", "LinkClosed", "SessionError", "SessionClosed", "ConnectionClosed", "Disconnected", "Stop"}, client)
	require.Equal(t, []string{"Start", "ConnectionOpening", "ConnectionOpened", "SessionOpening",
		"SessionClosed", "ConnectionClosing", "ConnectionClosed", "Disconnected", "Stop"}, server)
}

func TestAConnectionIsRefused(t *testing.T) {
	server, client, err := meet(t, handler.Funcs{}, handler.Funcs{
		ConnectionOpening: func(e *handler.Event) {
			e.Connection().CloseWithError(&amqp.Error{Condition: amqp.ErrCondNotAllowed, Description: "go away"})
		},
	})
	require.ErrorContains(t, err, "go away")
	require.Equal(t, []string{"Start", "ConnectionOpened", "ConnectionError", "ConnectionClosed", "Disconnected", "Stop"}, client)
	require.Equal(t, []string{"Start", "ConnectionOpening", "ConnectionClosed", "Disconnected", "Stop"}, server)
}

func TestALinkIsSuspended(t *testing.T) {
	server, client, err := meet(t, handler.Funcs{
		LinkOpened: func(e *handler.Event) { e.Sender().Detach() },
		LinkClosed: func(e *handler.Event) { e.Connection().Close() },
	}, handler.Funcs{})
	require.NoError(t, err)
	require.Contains(t, client, "LinkClosed")
	require.Contains(t, server, "LinkClosing")
}

func TestADynamicAddress(t *testing.T) {
	n := listen(t, &handler.Funcs{
		LinkOpening: func(e *handler.Event) {
			s := e.Sender()
			if s == nil || !s.RemoteSource().Dynamic {
				return
			}
			assert.NoError(t, s.Open(sender.SourceAddress("made-up-1")))
		},
	})
	var address string
	require.NoError(t, run(t, &handler.Funcs{
		Start: func(e *handler.Event) {
			conn, err := e.Container().Connect(n.url)
			require.NoError(t, err)
			r, err := e.Container().CreateReceiver(conn, "", receiver.Dynamic())
			require.NoError(t, err)
			require.Empty(t, r.Address(), "nobody has named it yet")
		},
		LinkOpened: func(e *handler.Event) {
			address = e.Receiver().Address()
			require.True(t, e.Receiver().Active())
			require.True(t, e.Receiver().RemoteSource().Dynamic)
			e.Connection().Close()
		},
	}))
	require.Equal(t, "made-up-1", address)
}

package container_test

import (
	"context"
	"log/slog"
	"testing"

	"github.com/Azure/go-amqp"
	"github.com/stretchr/testify/require"

	"github.com/hadron-mq/hadron/connection"
	"github.com/hadron-mq/hadron/container"
	"github.com/hadron-mq/hadron/handler"
	"github.com/hadron-mq/hadron/internal/amqptest"
	"github.com/hadron-mq/hadron/receiver"
	"github.com/hadron-mq/hadron/sender"
)

// runLogged is run with a log to look into.
func runLogged(t testing.TB, log *logbook, h handler.MessagingHandler, opts ...container.Option) error {
	t.Helper()
	return run(t, h, append([]container.Option{container.Logger(log.logger())}, opts...)...)
}

func TestTheNearestHandlerGetsTheEvent(t *testing.T) {
	n := listen(t, produce([]string{"x"}, make(chan string, 1)))
	var who []string
	say := func(name string, pass bool) func(*handler.Event) {
		return func(e *handler.Event) {
			who = append(who, name)
			if pass {
				e.Pass()
			}
		}
	}
	link := &handler.Funcs{Message: func(e *handler.Event) {
		say("link: message", false)(e)
		e.Connection().Close()
	}}
	link.LinkOpened = say("link: link opened, passes it", true)
	conn := &handler.Funcs{
		ConnectionOpened: say("connection: opened", false),
		LinkOpened:       say("connection: link opened, passes it", true),
		Message:          say("connection: message", false),
	}
	all := &handler.Funcs{
		ConnectionOpened: say("container: opened", false),
		SessionOpened:    say("container: session opened", false),
		LinkOpened:       say("container: link opened", false),
		Message:          say("container: message", false),
		ConnectionClosed: say("container: closed", false),
	}
	all.Start = func(e *handler.Event) {
		c, err := e.Container().Connect(n.url, handler.ForConnection(conn))
		require.NoError(t, err)
		_, err = e.Container().CreateReceiver(c, "q", handler.ForReceiver(link))
		require.NoError(t, err)
	}
	require.NoError(t, run(t, all))
	require.Equal(t, []string{"connection: opened", "container: session opened",
		"link: link opened, passes it", "connection: link opened, passes it", "container: link opened",
		"link: message", "container: closed"}, who)
}

// silent takes nothing, by Base alone.
type silent struct{ handler.Base }

func TestBasePassesEverythingOn(t *testing.T) {
	n := listen(t, silent{})
	took := 0
	require.NoError(t, run(t, &handler.Funcs{
		Start: func(e *handler.Event) {
			c, err := e.Container().Connect(n.url, handler.ForConnection(&silent{}))
			require.NoError(t, err)
			_, err = e.Container().CreateSender(c, "q", handler.ForSender(silent{}))
			require.NoError(t, err)
		},
		Sendable: func(e *handler.Event) { sendOnce(t, e, text("x")) },
		Accepted: func(e *handler.Event) {
			took++
			e.Connection().Close()
		},
	}))
	require.Equal(t, 1, took)
}

func TestAContainerWithoutAHandler(t *testing.T) {
	n := listen(t, nil)
	opened := false
	c := container.New(nil, container.Logger(slog.New(slog.DiscardHandler)))
	_, err := c.Connect(n.url, handler.ForConnection(&handler.Funcs{ConnectionOpened: func(e *handler.Event) {
		opened = true
		e.Connection().Close()
	}}))
	require.NoError(t, err)
	require.NoError(t, runIt(t, c))
	require.True(t, opened)
}

func TestAccessorsHaveNoMeaningEverywhere(t *testing.T) {
	n := listen(t, produce([]string{"x"}, make(chan string, 1)))
	type has struct{ connection, session, sender, receiver, delivery, message, timer, err bool }
	look := func(e *handler.Event) has {
		require.NotNil(t, e.Container())
		return has{e.Connection() != nil, e.Session() != nil, e.Sender() != nil, e.Receiver() != nil, e.Delivery() != nil,
			e.Message() != nil, e.Timer() != nil, e.Err() != nil}
	}
	seen := map[string]has{}
	var all journal
	h := all.handler(handler.Funcs{})
	for name, f := range map[string]*func(*handler.Event){
		"ConnectionOpened": &h.ConnectionOpened, "SessionOpened": &h.SessionOpened, "LinkOpened": &h.LinkOpened,
		"Message": &h.Message, "ConnectionClosed": &h.ConnectionClosed, "Disconnected": &h.Disconnected, "Stop": &h.Stop,
	} {
		*f = func(e *handler.Event) { seen[name] = look(e) }
	}
	h.Start = func(e *handler.Event) {
		seen["Start"] = look(e)
		receiving(t, n)(e)
	}
	h.Message = func(e *handler.Event) {
		seen["Message"] = look(e)
		conn := e.Connection()
		_, _ = e.Container().Schedule(0, &handler.Funcs{Timer: func(e *handler.Event) {
			seen["Timer"] = look(e)
			conn.Close()
		}})
	}
	require.NoError(t, run(t, h))
	require.Equal(t, map[string]has{
		"Start":            {},
		"Stop":             {},
		"ConnectionOpened": {connection: true},
		"SessionOpened":    {connection: true, session: true},
		"LinkOpened":       {connection: true, session: true, receiver: true},
		"Message":          {connection: true, session: true, receiver: true, delivery: true, message: true},
		"Timer":            {timer: true},
		"ConnectionClosed": {connection: true},
		"Disconnected":     {connection: true},
	}, seen)
}

func TestErrorsThatNobodyTakes(t *testing.T) {
	why := &amqp.Error{Condition: amqp.ErrCondNotFound, Description: "no such node"}
	refuse := &handler.Funcs{LinkOpening: func(e *handler.Event) { e.Receiver().CloseWithError(why) }}
	t.Run("of a connection made here: logged, and returned by Run", func(t *testing.T) {
		n := listen(t, refuse)
		log := new(logbook)
		err := runLogged(t, log, &handler.Funcs{
			Start:      sending(t, n),
			LinkError:  func(e *handler.Event) { e.Pass() },
			LinkClosed: func(e *handler.Event) { e.Connection().Close() },
		})
		var told *amqp.Error
		require.ErrorAs(t, err, &told)
		require.Equal(t, why, told)
		require.Contains(t, log.String(), "no such node")
		require.Contains(t, log.String(), "level=ERROR")
		require.Contains(t, log.String(), n.url)
		require.NoError(t, n.stop())
		require.Empty(t, n.log.String(), "the end that refuses has no error")
	})
	t.Run("of a connection taken: only logged", func(t *testing.T) {
		n := listen(t, nil)
		require.NoError(t, run(t, &handler.Funcs{
			Start:      sending(t, n),
			LinkOpened: func(e *handler.Event) { e.Sender().CloseWithError(why) },
			LinkClosed: func(e *handler.Event) { e.Connection().CloseWithError(why) },
		}))
		n.log.wait(t, "connection: closed by the peer: no such node")
		require.NoError(t, n.stop())
		require.Contains(t, n.log.String(), "receiver: closed by the peer: no such node (amqp:not-found)")
	})
	t.Run("there is an end to what is kept", func(t *testing.T) {
		n := listen(t, refuse)
		links := 0
		err := run(t, &handler.Funcs{
			Start: connect(t, n, func(e *handler.Event, conn *connection.Connection) {
				for range 100 {
					_, err := e.Container().CreateSender(conn, "q")
					require.NoError(t, err)
				}
			}),
			LinkClosed: func(e *handler.Event) {
				if links++; links == 100 {
					e.Connection().Close()
				}
			},
		})
		joined, ok := err.(interface{ Unwrap() []error })
		require.True(t, ok)
		require.Len(t, joined.Unwrap(), 16)
	})
}

func TestTheLoggerIsTheHandlers(t *testing.T) {
	log := new(logbook)
	require.NoError(t, runLogged(t, log, &handler.Funcs{Start: func(e *handler.Event) { e.Container().Logger().Info("hello from a handler") }}))
	require.Contains(t, log.String(), "hello from a handler")
}

func TestOpenTwiceDoesNothing(t *testing.T) {
	n := listen(t, &handler.Funcs{
		ConnectionOpening: func(e *handler.Event) { e.Connection().Open(); e.Connection().Open() },
		SessionOpening:    func(e *handler.Event) { _ = e.Session().Open(); _ = e.Session().Open() },
		LinkOpening: func(e *handler.Event) {
			_ = e.Receiver().Open(receiver.Credit(1))
			_ = e.Receiver().Open(receiver.Credit(2))
		},
	})
	p := n.dial()
	p.Open(nil)
	p.Send(f(0, "begin", m{"next-outgoing-id": 0, "incoming-window": 10, "outgoing-window": 10}),
		f(0, "attach", m{"name": "l", "handle": 0, "role": false, "initial-delivery-count": 0, "target": amqptest.D{Name: "target", Fields: m{"address": "q"}}}))
	p.Expect("begun", f(0, "begin", m{"remote-channel": 0}))
	p.Expect("attached once", f(0, "attach", m{"name": "l", "role": true, "target": amqptest.D{Name: "target", Fields: m{"address": "q"}}}))
	p.Expect("the credit of the first", f(0, "flow", m{"link-credit": 1}))
	p.Send(f(0, "close", nil))
	p.Expect("closed", f(0, "close", nil))
	p.ExpectEOF("and gone")
}

func TestContextsAreTheApplications(t *testing.T) {
	n := listen(t, produce([]string{"x"}, make(chan string, 1)))
	require.NoError(t, run(t, &handler.Funcs{
		Start: connect(t, n, func(e *handler.Event, conn *connection.Connection) {
			conn.SetContext("a connection")
			r, err := e.Container().CreateReceiver(conn, "q")
			require.NoError(t, err)
			r.SetContext("a receiver")
			s, err := e.Container().CreateSender(conn, "q")
			require.NoError(t, err)
			require.Nil(t, s.Context())
			s.SetContext("a sender")
			require.Same(t, conn, s.Connection())
			require.Same(t, s.Session(), r.Session(), "links share the connection's default session")
		}),
		Message: func(e *handler.Event) {
			require.Equal(t, "a connection", e.Connection().Context())
			require.Equal(t, "a receiver", e.Receiver().Context())
			e.Delivery().SetContext(7)
			require.Equal(t, 7, e.Delivery().Context())
			e.Connection().Close()
		},
	}))
}

func TestWhatCannotBeCreated(t *testing.T) {
	n := listen(t, nil)
	require.NoError(t, run(t, &handler.Funcs{
		Start: connect(t, n, func(e *handler.Event, conn *connection.Connection) {
			c := e.Container()
			_, err := c.CreateSender(conn, "q", sender.Name("one"))
			require.NoError(t, err)
			_, err = c.CreateSender(conn, "q", sender.Name("one"))
			require.EqualError(t, err, `sender: to "q": sender: attach "one": name is in use on this connection`)
			_, err = c.CreateReceiver(conn, "q", receiver.Name("one"))
			require.NoError(t, err, "each direction has its names")
			_, err = c.CreateReceiver(conn, "q", receiver.Filter("f", 0, make(chan int)))
			require.ErrorContains(t, err, `receiver: from "q"`)
			_, err = c.CreateReceiver(conn, "q", receiver.Name("\xff"))
			require.ErrorContains(t, err, "UTF-8")
			conn.Close()
			_, err = c.CreateSender(conn, "q")
			require.ErrorIs(t, err, connection.ErrClosed)
			_, err = conn.OpenSession()
			require.ErrorIs(t, err, connection.ErrClosed)
		}),
	}))
	c := container.New(nil)
	_, err := c.Connect("amqp://")
	var bad *connection.URLError
	require.ErrorAs(t, err, &bad)
	require.Equal(t, "host", bad.Part)
	_, err = c.Listen("127.0.0.1:99999")
	require.ErrorAs(t, err, &bad)
	require.Equal(t, "port", bad.Part)
	c.Stop()
	_, err = c.Connect("127.0.0.1")
	require.ErrorIs(t, err, connection.ErrClosed)
	_, err = c.Listen("127.0.0.1:0")
	require.ErrorIs(t, err, connection.ErrClosed)
	require.NoError(t, c.Run(context.Background()))
}

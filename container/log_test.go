package container_test

import (
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/hadron-mq/hadron/connection"
	"github.com/hadron-mq/hadron/container"
	"github.com/hadron-mq/hadron/handler"
	"github.com/hadron-mq/hadron/internal/amqptest"
	"github.com/hadron-mq/hadron/receiver"
	"github.com/hadron-mq/hadron/sender"
)

// debugger logs all that there is, without times.
func (b *logbook) debugger() *slog.Logger {
	return slog.New(slog.NewTextHandler(b, &slog.HandlerOptions{Level: slog.LevelDebug, ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
		if a.Key == slog.TimeKey {
			return slog.Attr{}
		}
		return a
	}}))
}

// What a connection goes through can be read in the log at night: what went wrong, and that it is well again, at INFO; the rest at DEBUG.
func TestTheLifeOfAConnectionIsInTheLog(t *testing.T) {
	bubble(t, func(t *testing.T, x *exchange) {
		x.plays(func(p *amqptest.Peer) {
			begins(p)
			answers(p, "the sender", m{"name": "out"}, nil, 0)
			p.Send(f(0, "detach", m{"handle": 0, "closed": true, "error": told("amqp:link:detach-forced", nil)}))
			p.Expect("answered", f(0, "detach", nil))
			answers(p, "again", m{"name": "out"}, nil, 0)
		}, func(p *amqptest.Peer) {
			begins(p)
			answers(p, "back with the connection", m{"name": "out"}, nil, 0)
			p.Expect("done with", f(0, "detach", nil))
			p.Send(f(0, "detach", m{"handle": 0, "closed": true}))
			answers(p, "another", m{"name": "in"}, m{"address": "q2"}, 0)
			ends(p)
		})
		log := new(logbook)
		var out *sender.Sender
		require.NoError(t, x.runIt(x.container(&handler.Funcs{
			Start: func(e *handler.Event) {
				conn, err := e.Container().Connect("amqp://a")
				require.NoError(t, err)
				out, err = e.Container().CreateSender(conn, "q", sender.Name("out"))
				require.NoError(t, err)
			},
			Reconnected: func(e *handler.Event) {
				if e.Sender() == nil {
					out.Close()
				}
			},
			LinkClosed: func(e *handler.Event) {
				if e.Sender() != nil {
					_, err := e.Container().CreateReceiver(e.Connection(), "q2", receiver.Name("in"))
					require.NoError(t, err)
				}
			},
			LinkOpened: func(e *handler.Event) {
				if e.Receiver() != nil {
					e.Connection().Close()
				}
			},
		}, container.Logger(log.debugger()))))
		at := " connection=amqp://a:5672 peer=peer"
		require.Equal(t, []string{
			"level=DEBUG msg=connected" + at,
			"level=DEBUG msg=\"link opened\"" + at + " link=out role=sender address=q",
			"level=INFO msg=\"link detached by the peer, attaching again\"" + at +
				" link=out role=sender address=q error=\"sender: closed by the peer: so it is (amqp:link:detach-forced)\" delay=0s",
			"level=DEBUG msg=\"link opened\"" + at + " link=out role=sender address=q",
			"level=INFO msg=\"connection lost, connecting again\" connection=amqp://a:5672 error=\"connection: the peer closed the socket: EOF\" delay=100ms",
			"level=DEBUG msg=connected" + at,
			"level=DEBUG msg=\"link opened\"" + at + " link=out role=sender address=q",
			"level=INFO msg=\"connected again\"" + at,
			"level=DEBUG msg=\"link closed\"" + at + " link=out role=sender address=q",
			"level=DEBUG msg=\"link opened\"" + at + " link=in role=receiver address=q2",
			"level=DEBUG msg=\"connection closed\"" + at,
		}, strings.Split(strings.TrimSpace(log.String()), "\n"))
	})
}

// A peer that wants to fill the log fills a page of it.
func TestAPeerCannotFillTheLog(t *testing.T) {
	n := listen(t, &handler.Funcs{LinkOpening: func(e *handler.Event) { e.Receiver().CloseWithError(noSuchNode) }})
	long := strings.Repeat("x", 60_000)
	p := n.dial()
	p.Open(m{"container-id": long[:15_000]}) // an open has a bound of its own
	p.Send(f(0, "begin", m{"next-outgoing-id": 0, "incoming-window": 10, "outgoing-window": 10}))
	p.Expect("begun", f(0, "begin", nil))
	const links = 200
	for i := range links {
		name := fmt.Sprint(long, i)
		p.Send(f(0, "attach", m{"name": name, "handle": 0, "role": false, "initial-delivery-count": 0, "target": target(m{"address": long})}))
		p.Expect("refused", f(0, "attach", nil))
		p.Expect("refused", f(0, "detach", nil))
		p.Send(f(0, "detach", m{"handle": 0, "closed": true, "error": amqptest.D{Name: "error", Fields: m{"condition": "amqp:internal-error", "description": long}}}))
	}
	p.Send(f(0, "close", nil))
	p.Await("closed", f(0, "close", nil))
	p.Close()
	n.log.wait(t, "lines about a connection were left out of the log")
	require.NoError(t, n.stop())
	said := n.log.String()
	require.Less(t, len(said), 64<<10, "bytes of log for 36 MB of it")
	require.Less(t, strings.Count(said, "\n"), links/2)
	require.Contains(t, said, "level=ERROR msg=\"link closed by the peer\" connection=127.0.0.1:")
	require.Contains(t, said, " lines=")
}

// A user's password is nowhere in the log.
func TestAPasswordIsNotLogged(t *testing.T) {
	log := new(logbook)
	require.Error(t, run(t, &handler.Funcs{Start: connects(t, "amqp://me:secret@"+deserted(t), connection.NoReconnect())}, container.Logger(log.debugger())))
	require.Contains(t, log.String(), "amqp://me@127.0.0.1")
	require.NotContains(t, log.String(), "secret")
}

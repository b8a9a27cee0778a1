package container_test

import (
	"net"
	"strings"
	"testing"
	"time"

	"github.com/Azure/go-amqp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/hadron-mq/hadron/connection"
	"github.com/hadron-mq/hadron/container"
	"github.com/hadron-mq/hadron/handler"
	"github.com/hadron-mq/hadron/internal/amqptest"
	"github.com/hadron-mq/hadron/tlsconf"
)

// Sockets that never finish a handshake do not make anybody wait.
func TestSocketsThatSayNothingDoNotKeepOthersOut(t *testing.T) {
	ca := amqptest.NewCA(t)
	server, trust := own(ca.Server("127.0.0.1")), connection.TLS(tlsconf.CAPEM(ca.PEM))
	for _, scheme := range []string{"amqp", "amqps", "amqpws"} {
		t.Run(scheme, func(t *testing.T) {
			s := serve(t, scheme+"://127.0.0.1:0", server, connection.ConnectTimeout(time.Hour))
			var mute []net.Conn
			t.Cleanup(func() {
				for _, c := range mute {
					_ = c.Close()
				}
			})
			for range 1100 {
				c, err := net.Dial("tcp", s.listener.Addr().String())
				require.NoError(t, err)
				mute = append(mute, c)
			}
			require.NoError(t, deliver(t, s.url, []byte("x"), trust))
			s.wait(t, "1")
			assert.Less(t, strings.Count(s.log.String(), "\n"), 100, "nor does each of them have a line of its own in the log")
		})
	}
}

// entered opens a connection by hand, and says with which error it was closed.
func entered(t *testing.T, n *node) (p *amqptest.Peer, refusal any) {
	t.Helper()
	p = n.dial()
	p.Open(nil)
	p.Send(f(0, "begin", m{"next-outgoing-id": 0, "incoming-window": 10, "outgoing-window": 10}))
	next := p.Next("let in, or not")
	if next.Name == "close" {
		p.Send(f(0, "close", nil))
		p.ExpectEOF("it is over")
		return p, next.Fields["error"]
	}
	require.Equal(t, "begin", next.Name)
	return p, nil
}

func TestConnectionsAreBounded(t *testing.T) {
	for name, limit := range map[string]container.Option{
		"all together": container.MaxConnections(3), "from one address": container.MaxConnectionsPerAddress(3),
	} {
		t.Run(name, func(t *testing.T) {
			var j journal
			n := listenIn(t, []container.Option{limit}, j.handler(handler.Funcs{}))
			var in []*amqptest.Peer
			for range 3 {
				p, refusal := entered(t, n)
				require.Nil(t, refusal)
				in = append(in, p)
			}
			_, refusal := entered(t, n)
			why, ok := refusal.(amqptest.D)
			require.True(t, ok)
			require.EqualValues(t, amqp.ErrCondResourceLimitExceeded, why.Fields["condition"])
			require.Contains(t, why.Fields["description"], "connection beyond the limit of 3")
			n.log.wait(t, `level=WARN msg="listener: a connection is refused"`)

			in[0].Send(f(0, "close", nil))
			in[0].Await("closed", f(0, "close", nil))
			in[0].Close()
			j.wait(t, "Disconnected")
			_, refusal = entered(t, n)
			require.Nil(t, refusal, "there is room again")
			require.NoError(t, n.stop())
			require.Equal(t, 4, j.count("ConnectionOpening"), "no handler hears of who is not let in")
			require.Equal(t, 4, j.count("Disconnected"))
			require.Zero(t, j.count("TransportError"))
		})
	}
}

// Who is refused so is not told for good: it comes back later.
func TestARefusalForWantOfRoomPasses(t *testing.T) {
	n := listenIn(t, []container.Option{container.MaxConnections(1)}, &handler.Base{})
	p, refusal := entered(t, n)
	require.Nil(t, refusal)
	waited := 0
	require.NoError(t, run(t, &handler.Funcs{
		Start: func(e *handler.Event) {
			_, err := e.Container().Connect(n.url)
			require.NoError(t, err)
		},
		Disconnected: func(e *handler.Event) {
			if waited++; waited == 2 {
				p.Close()
			}
		},
		Reconnected: func(e *handler.Event) {
			if waited > 2 || e.Connection().Active() {
				_, err := e.Container().CreateSender(e.Connection(), "q")
				require.NoError(t, err)
			}
		},
		LinkOpened: func(e *handler.Event) { e.Connection().Close() },
	}))
	require.GreaterOrEqual(t, waited, 2)
}

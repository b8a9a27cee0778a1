package container_test

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/hadron-mq/hadron/connection"
	"github.com/hadron-mq/hadron/container"
	"github.com/hadron-mq/hadron/handler"
	"github.com/hadron-mq/hadron/internal/amqptest"
	"github.com/hadron-mq/hadron/sasl"
)

// directory is a verifier that takes its time: it tells whom it is asked for, and answers when it is let.
type directory struct {
	asked  chan string
	answer chan error
}

func newDirectory() *directory { return &directory{make(chan string, 100), make(chan error)} }

func (d *directory) check(user, _ string) error {
	d.asked <- user
	return <-d.answer
}

// plain plays a client's side of a login by PLAIN, up to the answer.
func plain(n *node, user string) *amqptest.Peer {
	n.t.Helper()
	p := n.dial()
	offered(p)
	p.Send(f(0, "sasl-init", m{"mechanism": "PLAIN", "initial-response": []byte("\x00" + user + "\x00secret")}))
	return p
}

func TestAVerifierThatWaitsHoldsNobodyUp(t *testing.T) {
	d := newDirectory()
	n := listenIn(t, []container.Option{container.Logins(2)}, &handler.Funcs{},
		connection.Authenticate(sasl.PlainServer(d.check), sasl.AnonymousServer()))
	slow := plain(n, "slow")
	require.Equal(t, "slow", within(t, d.asked, "the first question"))
	require.NoError(t, deliver(t, n.url, []byte("hello")), "another connection of the same loop")

	also, third := plain(n, "also slow"), plain(n, "third")
	within(t, d.asked, "the second question")
	require.NoError(t, deliver(t, n.url, []byte("hello")))
	require.Empty(t, d.asked, "no more than two at a time")
	d.answer <- nil
	within(t, d.asked, "the third question, once there is room")
	d.answer <- nil
	d.answer <- nil
	for _, p := range []*amqptest.Peer{slow, also, third} {
		p.Expect("logged in", f(0, "sasl-outcome", m{"code": 0}))
		p.Open(nil)
	}
}

func TestAClientNeedNotWaitForTheAnswer(t *testing.T) {
	d := newDirectory()
	n := listen(t, &handler.Funcs{}, connection.Authenticate(sasl.PlainServer(d.check)))
	// §2.2 lets a client go on before it has heard how its login ended.
	p := n.dial()
	p.SendHeader(amqptest.HeaderSASL)
	p.Send(f(0, "sasl-init", m{"mechanism": "PLAIN", "initial-response": []byte("\x00alice\x00secret")}))
	p.SendHeader(amqptest.HeaderAMQP)
	p.Send(f(0, "open", m{"container-id": "eager"}))
	within(t, d.asked, "the question")
	d.answer <- nil
	p.ExpectHeader(amqptest.HeaderSASL)
	p.Expect("the offer", f(0, "sasl-mechanisms", nil))
	p.Expect("logged in", f(0, "sasl-outcome", m{"code": 0}))
	p.ExpectHeader(amqptest.HeaderAMQP)
	p.Expect("what came meanwhile is taken now", f(0, "open", nil))
}

func TestAClientThatGoesWhileItsPasswordIsLookedAt(t *testing.T) {
	d := newDirectory()
	gone := make(chan struct{}, 2)
	n := listen(t, &handler.Funcs{Disconnected: func(*handler.Event) { gone <- struct{}{} }}, connection.Authenticate(sasl.PlainServer(d.check)))
	p := plain(n, "hasty")
	within(t, d.asked, "the question")
	p.Close()
	within(t, gone, "the end of the connection")
	d.answer <- nil // nobody listens

	p = plain(n, "left behind")
	within(t, d.asked, "the question")
	require.NoError(t, n.stop(), "a container does not wait for its verifiers")
	d.answer <- nil
	p.ExpectEOF("the end")
}

func TestAVerifierInTroubleIsNotARefusal(t *testing.T) {
	d := newDirectory()
	n := listen(t, &handler.Funcs{}, connection.Authenticate(sasl.PlainServer(d.check)))
	p := plain(n, "alice")
	within(t, d.asked, "the question")
	d.answer <- errors.Join(errors.New("the directory is away"), sasl.ErrTemporary)
	p.Expect("sys-temp (§5.3.3.6)", f(0, "sasl-outcome", m{"code": 4}))
	n.log.wait(t, "the directory is away")
}

// pensive is a way to log in whose one answer takes its time.
type pensive struct{ asked, answer chan struct{} }

func (p pensive) Name() string                                           { return "PENSIVE" }
func (p pensive) Client(context.Context, sasl.Peer) (sasl.Client, error) { return p, nil }
func (p pensive) Start() ([]byte, error)                                 { return []byte{}, nil }
func (p pensive) Finish([]byte) error                                    { return nil }
func (p pensive) Next([]byte) ([]byte, error) {
	close(p.asked)
	<-p.answer
	return []byte("well"), nil
}

func TestALoginThatTakesLongHoldsNoOtherConnectionUp(t *testing.T) {
	p := pensive{make(chan struct{}), make(chan struct{})}
	url := amqptest.Serve(t, func(peer *amqptest.Peer) {
		peer.ExpectHeader(amqptest.HeaderSASL)
		peer.SendHeader(amqptest.HeaderSASL)
		peer.Send(f(0, "sasl-mechanisms", m{"sasl-server-mechanisms": []string{"PENSIVE"}}))
		peer.Expect("chosen", f(0, "sasl-init", m{"mechanism": "PENSIVE"}))
		peer.Send(f(0, "sasl-challenge", m{"challenge": []byte("?")}))
		peer.Expect("an answer in the end", f(0, "sasl-response", m{"response": []byte("well")}))
		peer.Send(f(0, "sasl-outcome", m{"code": 0}))
		peer.AnswerOpen(nil)
		peer.Expect("closed", f(0, "close", nil))
		peer.Send(f(0, "close", nil))
	})
	n := listen(t, &handler.Funcs{})
	var slow *connection.Connection
	require.NoError(t, run(t, &handler.Funcs{
		Start: func(e *handler.Event) {
			var err error
			slow, err = e.Container().Connect(url, connection.Mechanisms(p))
			require.NoError(t, err)
			go func() {
				<-p.asked
				_, err := e.Container().Connect(n.url)
				assert.NoError(t, err)
			}()
		},
		ConnectionOpened: func(e *handler.Event) {
			if e.Connection() != slow {
				close(p.answer) // the other one is open, all the same
			}
			e.Connection().Close()
		},
	}))
}

// A server may have the client hash its password (RFC 5802 §5.1), but not for as long as it likes.
func TestAServerThatWantsTooMuchWork(t *testing.T) {
	url := amqptest.Serve(t, func(p *amqptest.Peer) {
		p.ExpectHeader(amqptest.HeaderSASL)
		p.SendHeader(amqptest.HeaderSASL)
		p.Send(f(0, "sasl-mechanisms", m{"sasl-server-mechanisms": []string{"SCRAM-SHA-256"}}))
		p.Expect("chosen", f(0, "sasl-init", m{"mechanism": "SCRAM-SHA-256"}))
		p.Send(f(0, "sasl-challenge", m{"challenge": []byte("r=x,s=QSXCR+Q6sek8bf92,i=1000001")}))
		p.ExpectEOF("that is too much")
	})
	err := run(t, &handler.Funcs{Start: func(e *handler.Event) {
		_, err := e.Container().Connect(url, connection.User("alice", "secret"))
		require.NoError(t, err)
	}})
	require.ErrorIs(t, err, sasl.ErrProtocol, "and it is not tried again")
	require.ErrorContains(t, err, `it asks for "1000001" iterations of the hash, more than 1000000`)
}

func TestAVerifierThatPanics(t *testing.T) {
	n := container.New(&handler.Funcs{}, container.Logger(slog.New(slog.DiscardHandler)))
	l, err := n.Listen("127.0.0.1:0", connection.Authenticate(sasl.PlainServer(func(user, _ string) error { panic("no " + user) })))
	require.NoError(t, err)
	ended := make(chan any, 1)
	go func() {
		defer func() { ended <- recover() }()
		_ = n.Run(context.Background())
	}()
	conn, err := net.Dial("tcp", l.Addr().String())
	require.NoError(t, err)
	p := amqptest.NewPeer(t, conn)
	offered(p)
	p.Send(f(0, "sasl-init", m{"mechanism": "PLAIN", "initial-response": []byte("\x00alice\x00secret")}))
	var what *container.PanicError
	require.ErrorAs(t, within(t, ended, "the panic").(error), &what)
	require.Equal(t, "no alice", what.Value)
	require.Contains(t, string(what.Stack), "TestAVerifierThatPanics", "where it happened")
	p.ExpectEOF("all connections are dropped")
}

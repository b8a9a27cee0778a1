package container_test

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"

	"github.com/Azure/go-amqp"
	"github.com/stretchr/testify/require"

	"github.com/hadron-mq/hadron/connection"
	"github.com/hadron-mq/hadron/handler"
	"github.com/hadron-mq/hadron/sasl"
)

// large is a body of 10 MB that does not repeat.
func large() []byte {
	body := make([]byte, 10_000_000)
	_, _ = rand.NewChaCha8([32]byte{1}).Read(body)
	return body
}

// echo returns a handler that sends each message that comes back on the connection's other link.
func echo() *handler.Funcs {
	var kept []*amqp.Message
	return &handler.Funcs{
		Message: func(e *handler.Event) { kept = append(kept, e.Message()) },
		Sendable: func(e *handler.Event) {
			for len(kept) > 0 && e.Sender().Credit() > 0 {
				if _, err := e.Sender().Send(kept[0]); err != nil {
					return
				}
				kept = kept[1:]
			}
		},
	}
}

func TestGoAMQPLargeMessages(t *testing.T) {
	body := large()
	for _, frame := range []uint32{512, 4096, 65536, 1 << 20} {
		t.Run(fmt.Sprintf("frames of %d", frame), func(t *testing.T) {
			body := body
			if frame == 512 {
				body = body[:1_000_000]
			}
			n := listen(t, echo(), connection.MaxFrameSize(frame))
			ctx, session := goamqpSession(t, n, &amqp.ConnOptions{MaxFrameSize: frame})
			sender, err := session.NewSender(ctx, "q", nil)
			require.NoError(t, err)
			message := amqp.NewMessage(body)
			message.ApplicationProperties = map[string]any{"n": int64(7)}
			require.NoError(t, sender.Send(ctx, message, nil))
			receiver, err := session.NewReceiver(ctx, "q", nil)
			require.NoError(t, err)
			back, err := receiver.Receive(ctx, nil)
			require.NoError(t, err)
			require.Equal(t, map[string]any{"n": int64(7)}, back.ApplicationProperties)
			require.True(t, bytes.Equal(body, back.GetData()))
			require.NoError(t, receiver.AcceptMessage(ctx, back))
			require.NoError(t, receiver.Close(ctx))
			require.NoError(t, sender.Close(ctx))
		})
	}
}

func TestGoAMQPManyLinks(t *testing.T) {
	n := listen(t, &handler.Funcs{})
	ctx, session := goamqpSession(t, n, nil)
	const links = 100
	senders := make([]*amqp.Sender, links)
	for i := range senders {
		var err error
		senders[i], err = session.NewSender(ctx, fmt.Sprintf("q%d", i), nil)
		require.NoError(t, err)
	}
	var all sync.WaitGroup
	errs := make(chan error, links)
	for i, s := range senders {
		all.Go(func() {
			for range 5 {
				errs <- s.Send(ctx, amqp.NewMessage([]byte{byte(i)}), nil)
			}
		})
	}
	for range links * 5 {
		require.NoError(t, within(t, errs, "an outcome"))
	}
	all.Wait()
	for _, s := range senders {
		require.NoError(t, s.Close(ctx))
	}
}

func TestGoAMQPManySessions(t *testing.T) {
	got := make(chan [32]byte, 100)
	n := listen(t, &handler.Funcs{
		Message: func(e *handler.Event) { got <- sha256.Sum256(e.Message().GetData()) },
	})
	ctx, conn := goamqp(t, n, nil)
	const sessions = 50
	want := make(map[[32]byte]bool)
	for round := range 2 { // the second on channels that were used before
		var open []*amqp.Session
		for i := range sessions {
			s, err := conn.NewSession(ctx, nil)
			require.NoError(t, err)
			open = append(open, s)
			sender, err := s.NewSender(ctx, "q", nil)
			require.NoError(t, err)
			body := fmt.Appendf(nil, "round %d session %d", round, i)
			want[sha256.Sum256(body)] = true
			require.NoError(t, sender.Send(ctx, amqp.NewMessage(body), nil))
		}
		for _, s := range open {
			require.NoError(t, s.Close(ctx))
		}
	}
	for range 2 * sessions {
		sum := within(t, got, "a message")
		require.True(t, want[sum])
		delete(want, sum)
	}
	require.Empty(t, want)
}

func TestGoAMQPLogsIn(t *testing.T) {
	errWrong := errors.New("wrong password")
	plain := sasl.PlainServer(func(user, password string) error {
		if user == "alice" && password == "secret" {
			return nil
		}
		return errWrong
	})
	for name, c := range map[string]struct {
		listener  []connection.Option
		client    amqp.SASLType
		mechanism string
		user      string
		refused   bool
	}{
		"no SASL":                          {client: nil},
		"ANONYMOUS":                        {client: amqp.SASLTypeAnonymous(), mechanism: "ANONYMOUS", user: "anonymous"},
		"PLAIN":                            {[]connection.Option{connection.Authenticate(plain)}, amqp.SASLTypePlain("alice", "secret"), "PLAIN", "alice", false},
		"PLAIN, wrong":                     {[]connection.Option{connection.Authenticate(plain)}, amqp.SASLTypePlain("alice", "guess"), "", "", true},
		"no SASL where a login is wanted":  {[]connection.Option{connection.Authenticate(plain)}, nil, "", "", true},
		"ANONYMOUS where it is not had":    {[]connection.Option{connection.Authenticate(plain)}, amqp.SASLTypeAnonymous(), "", "", true},
		"no SASL where the listener is so": {listener: []connection.Option{connection.SASLEnabled(false)}},
		"SASL where it is off":             {[]connection.Option{connection.SASLEnabled(false)}, amqp.SASLTypeAnonymous(), "", "", true},
	} {
		t.Run(name, func(t *testing.T) {
			login := make(chan [2]string, 1)
			n := listen(t, &handler.Funcs{
				ConnectionOpened: func(e *handler.Event) { login <- [2]string{e.Connection().Mechanism(), e.Connection().User()} },
			}, c.listener...)
			if c.refused {
				_, err := amqp.Dial(t.Context(), n.url, &amqp.ConnOptions{SASLType: c.client})
				require.Error(t, err)
				n.log.wait(t, "level=ERROR")
				require.NotContains(t, n.log.String(), "guess", "no password is logged")
				return
			}
			_, conn := goamqp(t, n, &amqp.ConnOptions{SASLType: c.client})
			require.Equal(t, [2]string{c.mechanism, c.user}, within(t, login, "the login"))
			require.NoError(t, conn.Close())
		})
	}
}

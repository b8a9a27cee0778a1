package broker_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/Azure/go-amqp"
	"github.com/stretchr/testify/require"

	"github.com/hadron-mq/hadron/broker"
	"github.com/hadron-mq/hadron/connection"
	"github.com/hadron-mq/hadron/handler"
	"github.com/hadron-mq/hadron/receiver"
	"github.com/hadron-mq/hadron/sender"
)

// pump sends messages on a connection of its own, as fast as it is given credit, while a consumer takes them; it returns the most credit
// that it has had.
func pump(t *testing.T, b *broker.Broker, messages int) (most int) {
	sent, accepted := 0, 0
	run(t, b, &handler.Funcs{
		ConnectionOpened: func(e *handler.Event) {
			_, err := e.Container().CreateReceiver(e.Connection(), "q", receiver.Credit(1000))
			require.NoError(t, err)
			_, err = e.Container().CreateSender(e.Connection(), "q")
			require.NoError(t, err)
		},
		Sendable: func(e *handler.Event) {
			most = max(most, e.Sender().Credit())
			for ; sent < messages && e.Sender().Credit() > 0; sent++ {
				_, err := e.Sender().Send(amqp.NewMessage([]byte("one")))
				require.NoError(t, err)
			}
		},
		Accepted: func(e *handler.Event) {
			if accepted++; accepted == messages {
				e.Connection().Close()
			}
		},
	})
	return most
}

// Producers that never send hold next to nothing, so one that does has all the credit that it can use.
func TestCreditGoesToThoseWhoUseIt(t *testing.T) {
	onLoops(t, func(t *testing.T, loops broker.Option) {
		b := start(t, loops, broker.QueueLimit(4000))
		c := connect(t, b)
		for range 500 {
			c.sender("q", nil)
		}
		require.GreaterOrEqual(t, pump(t, b, 8000), 500)
	})
}

// Nor do producers hold credit for ever that have used some once: it is asked back for who uses it (§2.6.7).
func TestCreditThatIsNotUsedAnyMoreIsAskedBack(t *testing.T) {
	const silent, limit = 5, 1500
	b := start(t, broker.QueueLimit(limit))
	sent, accepted, most, held := 0, 0, 0, 0
	var senders []*sender.Sender
	run(t, b, &handler.Funcs{
		ConnectionOpened: func(e *handler.Event) {
			_, err := e.Container().CreateReceiver(e.Connection(), "q", receiver.Credit(1000))
			require.NoError(t, err)
			s, err := e.Container().CreateSender(e.Connection(), "q")
			require.NoError(t, err)
			senders = append(senders, s)
		},
		Sendable: func(e *handler.Event) { // each sends some, falls silent with all the credit that it has then, and another one comes
			s := senders[len(senders)-1]
			if e.Sender() != s {
				return
			}
			if len(senders) == silent {
				most = max(most, s.Credit())
			}
			for ; sent < 5000 && s.Credit() > 0; sent++ {
				_, err := s.Send(amqp.NewMessage([]byte("one")))
				require.NoError(t, err)
			}
		},
		Accepted: func(e *handler.Event) {
			accepted++
			switch {
			case accepted%5000 > 0:
			case len(senders) == silent:
				for _, s := range senders[:silent-1] {
					held += s.Credit()
				}
				e.Connection().Close()
			default:
				sent = 0
				s, err := e.Container().CreateSender(e.Connection(), "q")
				require.NoError(t, err)
				senders = append(senders, s)
			}
		},
	})
	require.Less(t, held, limit/2, "the silent ones have given back what was missing")
	require.GreaterOrEqual(t, most, limit/3)
}

// filler is a connection that fills a queue until it has no more credit, and then calls full, each time.
type filler struct {
	handler.Base
	t              *testing.T
	url, queue     string
	body           []byte
	sent, accepted int
	full           func(e *handler.Event)
}

func (f *filler) OnStart(e *handler.Event) {
	conn, err := e.Container().Connect(f.url)
	require.NoError(f.t, err)
	_, err = e.Container().CreateSender(conn, f.queue)
	require.NoError(f.t, err)
}

func (f *filler) OnSendable(e *handler.Event) {
	for ; e.Sender().Credit() > 0; f.sent++ {
		_, err := e.Sender().Send(amqp.NewMessage(f.body))
		require.NoError(f.t, err)
	}
}

func (f *filler) OnAccepted(e *handler.Event) {
	if f.accepted++; f.accepted == f.sent && e.Sender().Credit() == 0 {
		f.full(e)
	}
}

func (f *filler) OnRejected(e *handler.Event) {
	f.t.Errorf("a message is rejected: %v", e.Delivery().RemoteState())
	e.Connection().Close()
}

// An account that fills the memory is slowed: it gets no more credit, nothing is refused, and half of the memory stays for others. What is
// taken makes room for more.
func TestMemoryIsShared(t *testing.T) {
	onLoops(t, func(t *testing.T, loops broker.Option) {
		const limit, others = 2 << 20, 300
		b := start(t, loops, broker.MemoryLimit(limit))
		f := &filler{t: t, url: b.URL(), queue: "hog", body: make([]byte, 1000)}
		var other *connection.Connection
		accepted, received := 0, 0
		h := &handler.Funcs{
			Sendable: func(e *handler.Event) {
				if e.Connection() != other {
					f.OnSendable(e)
					return
				}
				for range others {
					_, err := e.Sender().Send(amqp.NewMessage(f.body))
					require.NoError(t, err)
				}
			},
			Accepted: func(e *handler.Event) {
				if e.Connection() != other {
					f.OnAccepted(e)
				} else if accepted++; accepted == others { // now for the first one's
					_, err := e.Container().CreateReceiver(other, "hog", receiver.Credit(100))
					require.NoError(t, err)
				}
			},
			Rejected: f.OnRejected,
			Message: func(e *handler.Event) {
				if received++; received == 2*limit/len(f.body) {
					e.Container().Stop()
				}
			},
		}
		f.full = func(e *handler.Event) {
			if other != nil || f.sent*len(f.body) < limit/4 {
				return
			}
			require.Less(t, f.sent*len(f.body), limit/2)
			var err error
			other, err = e.Container().Connect(b.URL())
			require.NoError(t, err)
			_, err = e.Container().CreateSender(other, "another")
			require.NoError(t, err)
		}
		h.Start = f.OnStart
		run(t, b, h)
	})
}

// A message that has its credit and does not fit is refused, and its sender is told what the bound is.
func TestAMessageBeyondTheMemoryIsRejected(t *testing.T) {
	b := start(t, broker.MemoryLimit(1<<20))
	large := make([]byte, 400_000)
	rejected := false
	run(t, b, &handler.Funcs{
		ConnectionOpened: func(e *handler.Event) {
			s, err := e.Container().CreateSender(e.Connection(), "q")
			require.NoError(t, err)
			for range 3 { // there is credit for that many, as nobody knows how large they are
				_, err := s.Send(amqp.NewMessage(large))
				require.NoError(t, err)
			}
		},
		Rejected: func(e *handler.Event) {
			state := e.Delivery().RemoteState().(*amqp.StateRejected)
			require.Equal(t, amqp.ErrCondResourceLimitExceeded, state.Error.Condition)
			require.Contains(t, state.Error.Description, "memory of 1048576 bytes")
			rejected = true
			e.Connection().Close()
		},
	})
	require.True(t, rejected)
}

// Names are shared as memory is: a peer that makes all the queues that it can leaves some for others.
func TestNobodyHasAllTheNames(t *testing.T) {
	const names = 100
	b := start(t, broker.NodeLimit(names))
	hog := connect(t, b)
	made := 0
	for {
		_, err := hog.session.NewSender(hog.ctx, fmt.Sprint("hog's ", made), nil)
		if err != nil {
			requireCondition(t, amqp.ErrCondResourceLimitExceeded, err)
			require.ErrorContains(t, err, "at most 100")
			break
		}
		made++
	}
	require.Equal(t, names/2, made)
	other := connect(t, b)
	for n := range names / 4 {
		other.sender(fmt.Sprint("other's ", n), nil)
	}
	_, err := other.session.NewSender(other.ctx, "one more", nil)
	requireCondition(t, amqp.ErrCondResourceLimitExceeded, err)
	require.NoError(t, hog.conn.Close()) // all of its queues are empty
	require.Eventually(t, func() bool {
		_, err := other.session.NewSender(other.ctx, "one more", nil)
		return err == nil
	}, limit, time.Millisecond)
}

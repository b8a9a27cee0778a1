package container_test

import (
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/Azure/go-amqp"
	"github.com/stretchr/testify/require"

	"github.com/hadron-mq/hadron/delivery"
	"github.com/hadron-mq/hadron/handler"
	"github.com/hadron-mq/hadron/internal/amqptest"
	"github.com/hadron-mq/hadron/sender"
)

// squeamish is a peer that accepts messages, and drops the connection over those that it cannot bear.
type squeamish struct {
	credit int
	drop   func(p *amqptest.Peer)
	got    []string // on all connections
}

func (s *squeamish) plays(p *amqptest.Peer) {
	begins(p)
	answers(p, "the sender", m{"name": "out"}, nil, s.credit)
	for {
		frame := p.Next("a message, or the end")
		if frame.Name == "close" {
			p.Send(f(0, "close", nil))
			return
		}
		body := string(frame.Payload[5:])
		s.got = append(s.got, body)
		if strings.HasPrefix(body, "poison") {
			if s.drop != nil {
				s.drop(p)
			}
			return
		}
		acceptTo(p, int(frame.Fields["delivery-id"].(uint32)), frame.Fields["delivery-id"])
		p.Send(f(0, "flow", m{"next-incoming-id": frame.Fields["delivery-id"].(uint32) + 1, "incoming-window": 100, "next-outgoing-id": 0, "outgoing-window": 100,
			"handle": 0, "delivery-count": frame.Fields["delivery-id"].(uint32) + 1, "link-credit": s.credit}))
	}
}

// outcomes sends messages, and returns what is told of them.
func outcomesOf(t *testing.T, x *exchange, bodies ...string) (told []string, errs []error) {
	t.Helper()
	tell := func(what string) func(e *handler.Event) {
		return func(e *handler.Event) {
			told = append(told, what+" "+e.Delivery().Context().(string))
			if e.Err() != nil {
				errs = append(errs, e.Err())
			}
		}
	}
	settled := 0
	require.NoError(t, x.run(&handler.Funcs{
		Start: func(e *handler.Event) {
			conn, err := e.Container().Connect("amqp://a")
			require.NoError(t, err)
			s, err := e.Container().CreateSender(conn, "q", sender.Name("out"))
			require.NoError(t, err)
			for _, body := range bodies {
				d, err := s.Send(text(body))
				require.NoError(t, err)
				d.SetContext(body)
			}
		},
		Accepted: tell("accepted"),
		Rejected: tell("rejected"),
		Released: tell("released"),
		Settled: func(e *handler.Event) {
			if settled++; settled == len(bodies) {
				e.Connection().Close()
			}
		},
	}))
	return told, errs
}

// A message that makes the peer drop the connection is not sent for ever, and what waits behind it is not lost.
func TestAMessageThatThePeerCannotBear(t *testing.T) {
	for _, c := range []struct {
		name   string
		credit int
		sent   []string
		want   []string
	}{
		{"alone", 1, []string{"poison"}, []string{"rejected poison"}},
		{"with others behind it", 1, []string{"poison", "a", "b"}, []string{"rejected poison", "accepted a", "accepted b"}},
		{"with others on their way", 10, []string{"a", "b", "poison", "c", "d"},
			[]string{"accepted a", "accepted b", "rejected poison", "accepted c", "accepted d"}},
		{"two of them", 10, []string{"poison 1", "a", "poison 2", "b"}, []string{"rejected poison 1", "accepted a", "rejected poison 2", "accepted b"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			bubble(t, func(t *testing.T, x *exchange) {
				peer := &squeamish{credit: c.credit}
				x.answer = peersAnswer(x, peer)
				told, errs := outcomesOf(t, x, c.sent...)
				require.Equal(t, c.want, told, "each has its outcome")
				for _, err := range errs {
					require.ErrorIs(t, err, delivery.ErrGivenUp)
					require.ErrorIs(t, err, io.EOF, "what happened each time")
				}
				times := make(map[string]int)
				for _, body := range peer.got {
					times[body]++
				}
				for body, n := range times {
					if strings.HasPrefix(body, "poison") {
						require.LessOrEqual(t, n, 6, "it was not sent for ever")
						require.GreaterOrEqual(t, n, 4, "nor given up at once")
					}
				}
			})
		})
	}
}

// The peer says why, and so do we.
func TestAMessageThatThePeerHasAnErrorFor(t *testing.T) {
	bubble(t, func(t *testing.T, x *exchange) {
		peer := &squeamish{credit: 1, drop: func(p *amqptest.Peer) {
			p.Send(f(0, "close", m{"error": told("amqp:internal-error", nil)}))
			p.Await("answered", f(0, "close", nil))
		}}
		x.answer = peersAnswer(x, peer)
		_, errs := outcomesOf(t, x, "poison")
		require.Len(t, errs, 1)
		var why *amqp.Error
		require.ErrorIs(t, errs[0], delivery.ErrGivenUp)
		require.ErrorAs(t, errs[0], &why)
		require.EqualValues(t, "amqp:internal-error", why.Condition)
		require.ErrorContains(t, errs[0], "so it is")
		require.Len(t, peer.got, 4)
	})
}

// Connections that are lost over something else leave a message as it is, however often.
func TestAMessageThatIsInnocent(t *testing.T) {
	for name, drop := range map[string]func(p *amqptest.Peer){
		"a broker that is taken down": func(p *amqptest.Peer) {
			p.Send(f(0, "close", m{"error": told("amqp:connection:forced", nil)}))
			p.Await("answered", f(0, "close", nil))
		},
		"a broker that is full": func(p *amqptest.Peer) {
			p.Send(f(0, "close", m{"error": told("amqp:resource-limit-exceeded", nil)}))
			p.Await("answered", f(0, "close", nil))
		},
		"a receiver that takes its time": func(*amqptest.Peer) {
			<-time.After(2 * time.Minute)
		},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T, x *exchange) {
				peer := &squeamish{credit: 1}
				peer.drop = func(p *amqptest.Peer) {
					if len(peer.got) < 20 {
						drop(p)
						return
					}
					acceptTo(p, 0, uint32(0))
					ends(p)
				}
				x.answer = peersAnswer(x, peer)
				told, _ := outcomesOf(t, x, "poison, they say")
				require.Equal(t, []string{"accepted poison, they say"}, told)
				require.Len(t, peer.got, 20)
			})
		})
	}
}

// A receiver that wants several messages before it settles any gets them in the end, though a connection was lost twice.
func TestMessagesGoOneByOneForAWhile(t *testing.T) {
	bubble(t, func(t *testing.T, x *exchange) {
		var scripts []func(p *amqptest.Peer)
		for range 2 {
			scripts = append(scripts, func(p *amqptest.Peer) {
				begins(p)
				answers(p, "the sender", m{"name": "out"}, nil, 10)
				bodies(p, "a", "b", "c")
			})
		}
		x.plays(append(scripts, func(p *amqptest.Peer) {
			begins(p)
			answers(p, "the sender", m{"name": "out"}, nil, 10)
			began := time.Now()
			bodies(p, "a")
			require.Zero(t, time.Since(began))
			last := bodies(p, "b", "c")
			require.Equal(t, 5*time.Second, time.Since(began))
			acceptTo(p, 0, last)
			ends(p)
		})...)
		told, _ := outcomesOf(t, x, "a", "b", "c")
		require.Equal(t, []string{"accepted a", "accepted b", "accepted c"}, told)
	})
}

// peersAnswer makes each attempt meet the peer.
func peersAnswer(x *exchange, s *squeamish) func(int, string) (net.Conn, error) {
	return func(n int, _ string) (net.Conn, error) {
		if n > 100 {
			x.over()
			return nil, fmt.Errorf("attempt %d", n)
		}
		return x.peer(s.plays)
	}
}

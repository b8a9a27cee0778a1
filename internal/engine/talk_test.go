package engine

import (
	"testing"
	"time"

	"github.com/Azure/go-amqp"
	"github.com/stretchr/testify/require"

	"github.com/hadron-mq/hadron/internal/amqptest"
)

type m = amqptest.M

var f = amqptest.F

// talk is a conversation between an engine and a scripted peer, which has an encoding of its own.
type talk struct {
	t      *testing.T
	c      *Connection
	now    time.Time
	rest   []byte
	frames []amqptest.Frame // that the engine wrote and nobody has looked at
	events []Event          // that nobody has looked at
	on     func(Event)      // what the application does about an event, at once
}

// newTalk returns a conversation that has not begun.
func newTalk(t *testing.T, cfg Config) *talk {
	if cfg.ContainerID == "" {
		cfg.ContainerID = "hadron"
	}
	return &talk{t: t, c: NewConnection(cfg), now: time.Unix(1000, 0)}
}

// clientTalk returns one in which a client has opened and the peer has too.
func clientTalk(t *testing.T, cfg Config, peer m) *talk {
	k := newTalk(t, cfg)
	k.c.Open()
	k.c.StartClient(k.now, nil)
	k.settle()
	k.wantHeader(amqptest.HeaderAMQP)
	k.want("the client opens", "open", m{"container-id": k.c.cfg.ContainerID})
	open := m{"container-id": "peer"}
	for name, v := range peer {
		open[name] = v
	}
	k.hear(amqptest.HeaderAMQP.Frame(), f(0, "open", open))
	k.wantEvent("the peer has opened", ConnectionRemoteOpen)
	return k
}

// serverTalk returns one in which a client has come to a listener, and both have opened.
func serverTalk(t *testing.T, cfg Config) *talk {
	k := newTalk(t, cfg)
	k.c.StartServer(k.now, nil, false)
	k.hear(amqptest.HeaderAMQP.Frame(), f(0, "open", m{"container-id": "peer"}))
	k.wantEvent("the peer has opened", ConnectionRemoteOpen)
	k.c.Open()
	k.settle()
	k.wantHeader(amqptest.HeaderAMQP)
	k.want("the listener opens too", "open", nil)
	return k
}

// session has the engine begin a session, and the peer answer.
func (k *talk) session(peer m) *Session {
	s := k.c.NewSession()
	require.NoError(k.t, s.Begin())
	k.settle()
	k.want("a session is begun", "begin", m{"remote-channel": nil})
	begin := m{"remote-channel": s.channel, "next-outgoing-id": 0, "incoming-window": 1000, "outgoing-window": 1000}
	for name, v := range peer {
		begin[name] = v
	}
	k.hear(f(s.channel, "begin", begin))
	k.wantEvent("the session is there", SessionRemoteBegin)
	return s
}

// sender has the engine attach a sender, and the peer answer and give credit.
func (k *talk) sender(s *Session, credit int, peer m) *Link {
	l := s.NewLink("out", RoleSender)
	require.NoError(k.t, l.Attach())
	k.settle()
	k.want("the sender attaches", "attach", m{"name": "out", "role": false, "handle": l.handle, "initial-delivery-count": 0})
	attach := m{"name": "out", "role": true, "handle": 7}
	for name, v := range peer {
		attach[name] = v
	}
	k.hear(f(s.channel, "attach", attach))
	k.wantEvent("the sender is there", LinkRemoteAttach)
	if credit > 0 {
		k.credit(s, credit)
		k.wantEvent("there is credit", LinkSendable)
	}
	return l
}

// credit has the peer give credit for n messages from the first on.
func (k *talk) credit(s *Session, n int) {
	k.hear(f(s.channel, "flow", m{"next-incoming-id": 0, "incoming-window": 1000, "next-outgoing-id": 0, "outgoing-window": 1000,
		"handle": 7, "delivery-count": 0, "link-credit": n}))
}

// receiver has the engine attach a receiver with a window, and the peer answer.
func (k *talk) receiver(s *Session, window uint32) *Link {
	l := s.NewLink("in", RoleReceiver)
	l.cfg.Window = window
	require.NoError(k.t, l.Attach())
	k.settle()
	k.want("the receiver attaches", "attach", m{"name": "in", "role": true, "handle": l.handle})
	k.hear(f(s.channel, "attach", m{"name": "in", "role": false, "handle": 9, "initial-delivery-count": 0}))
	k.wantEvent("the receiver is there", LinkRemoteAttach)
	if window > 0 {
		k.want("and gives credit", "flow", m{"handle": l.handle, "link-credit": window, "delivery-count": 0})
	}
	return l
}

// transfer has the peer send a message in one frame.
func (k *talk) transfer(id int, more m, payload string) {
	fields := m{"handle": 9, "delivery-id": id, "delivery-tag": []byte{byte(id)}, "message-format": 0}
	for name, v := range more {
		fields[name] = v
	}
	k.hear(f(0, "transfer", fields, []byte(payload)))
}

// hear has the peer send frames.
func (k *talk) hear(frames ...amqptest.Frame) {
	k.t.Helper()
	k.hearBytes(amqptest.Bytes(frames...))
}

func (k *talk) hearBytes(b []byte) {
	k.t.Helper()
	k.c.Feed(k.now, b)
	k.settle()
}

// settle runs turns until the engine has nothing more to do, and takes what it wrote.
func (k *talk) settle() {
	k.t.Helper()
	for {
		if k.c.budget.granted > 0 { // by a test, which has had its turns
			k.c.Grant(1 << 20)
		}
		for e := k.c.Next(); e != nil; e = k.c.Next() {
			k.events = append(k.events, *e)
			if k.on != nil {
				k.on(*e)
			}
		}
		k.c.Flush()
		k.rest = append(k.rest, k.c.TakeOutput(k.now, nil).Join()...)
		if !k.c.Pending() && !k.c.Starved() {
			break
		}
	}
	frames, rest, err := amqptest.Parse(k.rest)
	require.NoError(k.t, err, "what the engine wrote")
	k.frames, k.rest = append(k.frames, frames...), rest
}

// want takes the next frame that the engine wrote.
func (k *talk) want(why, name string, fields m) amqptest.Frame {
	k.t.Helper()
	require.NotEmpty(k.t, k.frames, "%s: want %s, but nothing was written", why, name)
	got := k.frames[0]
	k.frames = k.frames[1:]
	if diff := amqptest.Matches(amqptest.Frame{Name: name, Fields: fields, Channel: got.Channel}, amqptest.Frame{Name: got.Name, Fields: got.Fields, Channel: got.Channel}); diff != "" {
		require.FailNow(k.t, why, "%s\ngot %s", diff, got)
	}
	return got
}

func (k *talk) wantHeader(h amqptest.Header) {
	k.t.Helper()
	require.NotEmpty(k.t, k.frames, "want a protocol header, but nothing was written")
	require.Equal(k.t, h.Frame().Payload, k.frames[0].Payload, "protocol header")
	k.frames = k.frames[1:]
}

// wantNothing says that the engine has written no more, and that nothing more has happened.
func (k *talk) wantNothing(why string) {
	k.t.Helper()
	k.settle()
	require.Empty(k.t, k.frames, why)
	require.Empty(k.t, k.events, why)
}

// wantEvent takes the next event.
func (k *talk) wantEvent(why string, kind EventKind) Event {
	k.t.Helper()
	require.NotEmpty(k.t, k.events, "%s: want event %d, but nothing happened", why, kind)
	e := k.events[0]
	k.events = k.events[1:]
	require.Equal(k.t, kind, e.Kind, why)
	return e
}

// wantViolation says that the connection was closed with the condition, and that the application hears why.
func (k *talk) wantViolation(condition amqp.ErrCond, says string) {
	k.t.Helper()
	for len(k.frames) > 0 && k.frames[0].Name != "close" {
		k.frames = k.frames[1:]
	}
	k.want("the peer is told", "close", m{"error": amqptest.D{Name: "error", Fields: m{"condition": string(condition)}}})
	require.NotEmpty(k.t, k.events)
	e := k.events[len(k.events)-1]
	k.events = nil
	require.Equal(k.t, TransportFailed, e.Kind)
	var v *Violation
	require.ErrorAs(k.t, e.Err, &v)
	var told *amqp.Error
	require.ErrorAs(k.t, e.Err, &told)
	require.Equal(k.t, condition, told.Condition)
	require.Contains(k.t, e.Err.Error(), says)
	require.True(k.t, k.c.Finished())
	k.hear(f(0, "open", m{"container-id": "again"}))
	k.wantNothing("nothing more is looked at")
}

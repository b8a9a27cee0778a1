package container_test

import (
	"bytes"
	"testing"
	"time"

	"github.com/Azure/go-amqp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/hadron-mq/hadron/connection"
	"github.com/hadron-mq/hadron/delivery"
	"github.com/hadron-mq/hadron/handler"
	"github.com/hadron-mq/hadron/internal/amqptest"
	"github.com/hadron-mq/hadron/receiver"
	"github.com/hadron-mq/hadron/sender"
)

// full is a message with something in each of its sections.
func full() *amqp.Message {
	id, to, subject := "id-1", "q", "all of it"
	created := time.UnixMilli(1_700_000_000_123)
	return &amqp.Message{
		Header:                &amqp.MessageHeader{Durable: true, Priority: 7, TTL: time.Minute, DeliveryCount: 3},
		DeliveryAnnotations:   amqp.Annotations{"x-d": int32(1)},
		Annotations:           amqp.Annotations{"x-a": "two"},
		Properties:            &amqp.MessageProperties{MessageID: id, To: &to, Subject: &subject, CreationTime: &created},
		ApplicationProperties: map[string]any{"n": int64(5), "ok": true},
		Value:                 map[string]any{"k": []any{int8(1), "x"}},
		Footer:                amqp.Annotations{"x-f": uint64(9)},
	}
}

func TestMessagesArriveAsTheyWereSent(t *testing.T) {
	got := make(chan *amqp.Message, 1)
	n := listen(t, &handler.Funcs{Message: func(e *handler.Event) { got <- e.Message() }})
	want := full()
	require.NoError(t, run(t, &handler.Funcs{
		Start:    sending(t, n),
		Sendable: func(e *handler.Event) { sendOnce(t, e, want) },
		Accepted: func(e *handler.Event) { e.Connection().Close() },
	}))
	m := within(t, got, "the message")
	require.NotEmpty(t, m.DeliveryTag)
	m.DeliveryTag = nil
	require.Equal(t, want, m)
}

// sendOnce sends a message on a link that has sent none.
func sendOnce(t testing.TB, e *handler.Event, m *amqp.Message) {
	if e.Sender().Context() == nil {
		e.Sender().SetContext("sent")
		_, err := e.Sender().Send(m)
		require.NoError(t, err)
	}
}

func TestEncodedMessagesArePassedOn(t *testing.T) {
	encoded, err := full().MarshalBinary()
	require.NoError(t, err)
	got := make(chan []byte, 1)
	n := listen(t, &handler.Funcs{
		LinkOpening: func(e *handler.Event) { assert.NoError(t, e.Receiver().Open(receiver.Encoded())) },
		Message: func(e *handler.Event) {
			assert.Nil(t, e.Message(), "it is left encoded")
			assert.EqualValues(t, 5, e.Delivery().Format())
			got <- bytes.Clone(e.Delivery().Encoded())
			assert.NoError(t, e.Delivery().Accept())
		},
	})
	require.NoError(t, run(t, &handler.Funcs{
		Start: sending(t, n),
		LinkOpened: func(e *handler.Event) {
			d, err := e.Sender().SendEncoded(encoded, 5)
			require.NoError(t, err)
			require.Nil(t, d.Encoded(), "a sender has let go of it")
		},
		Accepted: func(e *handler.Event) { e.Connection().Close() },
	}))
	require.Equal(t, encoded, within(t, got, "the message"))
}

func TestAMessageThatCannotBeDecoded(t *testing.T) {
	shown := 0
	rejected := func(id int) amqptest.Frame {
		return f(0, "disposition", m{"role": true, "first": id, "settled": true,
			"state": amqptest.D{Name: "rejected", Fields: m{"error": amqptest.D{Name: "error", Fields: m{"condition": "amqp:decode-error"}}}}})
	}
	log := new(logbook)
	url := amqptest.Serve(t, func(p *amqptest.Peer) {
		answerReceiver(p)
		p.Expect("the window", f(0, "flow", m{"link-credit": 10}))
		p.Send(transfer(0, nil, amqptest.Raw("\x00\x53\x75\xb0\xff\xff\xff\xff")))
		p.Expect("a size that lies", rejected(0))
		p.Send(transfer(1, nil, amqptest.Raw("\x00\x53\x66\x45")))
		p.Await("no section of a message", rejected(1))
		p.Send(transfer(2, nil, value("good")))
		p.Await("the next is well", f(0, "disposition", m{"first": 2, "role": true, "settled": true, "state": accepted()}))
		expectEnd(p)
	})
	require.NoError(t, runLogged(t, log, &handler.Funcs{
		Start: func(e *handler.Event) {
			conn, err := e.Container().Connect(url, connection.SASLEnabled(false))
			require.NoError(t, err)
			receive(t)(e, conn)
		},
		Message: func(e *handler.Event) {
			shown++
			require.Equal(t, "good", e.Message().Value)
			e.Connection().Close()
		},
	}))
	require.Equal(t, 1, shown)
	require.Contains(t, log.String(), "a message that cannot be decoded is rejected")
}

func TestAMessageThatCannotBeEncoded(t *testing.T) {
	n := listen(t, &handler.Funcs{})
	require.NoError(t, run(t, &handler.Funcs{
		Start: sending(t, n),
		Sendable: func(e *handler.Event) {
			if e.Sender().Unsettled() > 0 {
				return
			}
			_, err := e.Sender().Send(&amqp.Message{Value: make(chan int)})
			require.ErrorContains(t, err, "chan int")
			_, err = e.Sender().Send(&amqp.Message{DeliveryTag: make([]byte, 33), Value: 1})
			require.ErrorContains(t, err, "delivery tag of 33 bytes")
			_, err = e.Sender().Send(text("well"))
			require.NoError(t, err, "the link is none the worse for it")
		},
		Accepted: func(e *handler.Event) { e.Connection().Close() },
	}))
}

func TestAMessageThatIsTooLarge(t *testing.T) {
	n := listen(t, &handler.Funcs{
		LinkOpening: func(e *handler.Event) { assert.NoError(t, e.Receiver().Open(receiver.MaxMessageSize(1000))) },
	})
	require.NoError(t, run(t, &handler.Funcs{
		Start: sending(t, n),
		Sendable: func(e *handler.Event) {
			_, err := e.Sender().Send(amqp.NewMessage(make([]byte, 1000)))
			require.ErrorIs(t, err, sender.ErrMessageSize)
			e.Connection().Close()
		},
	}))
}

func TestAbort(t *testing.T) {
	var waiting, begun *delivery.Delivery
	require.NoError(t, play(t, func(p *amqptest.Peer) {
		p.AnswerOpen(m{"max-frame-size": 512})
		p.Expect("the client begins", f(0, "begin", nil))
		p.Send(f(0, "begin", m{"remote-channel": 0, "next-outgoing-id": 0, "incoming-window": 1, "outgoing-window": 10}))
		attach := p.Expect("the sender", f(0, "attach", nil))
		p.Send(f(0, "attach", m{"name": attach.Fields["name"], "handle": 0, "role": true, "target": attach.Fields["target"]}))
		p.Send(f(0, "flow", m{"next-incoming-id": 0, "incoming-window": 1, "next-outgoing-id": 0, "outgoing-window": 10,
			"handle": 0, "delivery-count": 0, "link-credit": 10}))
		p.Expect("as much as the window takes", f(0, "transfer", m{"delivery-id": 0, "more": true}))
		p.Send(f(0, "flow", m{"next-incoming-id": 1, "incoming-window": 10, "next-outgoing-id": 0, "outgoing-window": 10,
			"handle": 0, "delivery-count": 1, "link-credit": 10}))
		p.Expect("given up", f(0, "transfer", m{"aborted": true}))
		p.Expect("the last one", f(0, "transfer", m{"delivery-id": 1, "more": false}))
		p.Send(f(0, "disposition", m{"role": true, "first": 1, "settled": true, "state": accepted()}))
		expectEnd(p)
	}, send(t), &handler.Funcs{
		Sendable: func(e *handler.Event) {
			if begun != nil {
				return
			}
			var err error
			begun, err = e.Sender().Send(amqp.NewMessage(make([]byte, 2000)))
			require.NoError(t, err)
			waiting, err = e.Sender().Send(text("waits"))
			require.NoError(t, err)
			last, err := e.Sender().Send(text("last"))
			require.NoError(t, err)
			s := e.Sender()
			require.NoError(t, s.Abort(begun))
			require.NoError(t, s.Abort(waiting), "it has not begun")
			require.True(t, begun.Aborted())
			require.ErrorContains(t, s.Abort(begun), "is sent", "once is enough")
			last.SetContext("last")
		},
		Accepted: func(e *handler.Event) {
			require.Equal(t, "last", e.Delivery().Context())
			require.Error(t, e.Sender().Abort(e.Delivery()), "it has left whole")
			e.Connection().Close()
		},
	}))
}

func TestTheSenderAborts(t *testing.T) {
	var aborted []*delivery.Delivery
	require.NoError(t, play(t, func(p *amqptest.Peer) {
		answerReceiver(p)
		p.Expect("the window", f(0, "flow", m{"link-credit": 2}))
		p.Send(transfer(0, m{"more": true}, value("never whole")), f(0, "transfer", m{"handle": 0, "aborted": true}))
		p.Expect("what was aborted is settled, and makes way", f(0, "flow", m{"delivery-count": 1, "link-credit": 2}))
		p.Send(transfer(1, nil, value("whole")))
		p.Expect("accepted", f(0, "disposition", m{"first": 1, "role": true, "settled": true, "state": accepted()}))
		expectEnd(p)
	}, receive(t, receiver.Credit(2)), &handler.Funcs{
		Aborted: func(e *handler.Event) {
			require.True(t, e.Delivery().Aborted())
			require.NotNil(t, e.Receiver())
			aborted = append(aborted, e.Delivery())
		},
		Message: func(e *handler.Event) {
			require.Equal(t, "whole", e.Message().Value)
			e.Connection().Close()
		},
	}))
	require.Len(t, aborted, 1)
}

func TestLargeMessagesBetweenHadrons(t *testing.T) {
	body := large()
	got := make(chan bool, 3)
	n := listen(t, &handler.Funcs{
		Message: func(e *handler.Event) { got <- bytes.Equal(body, e.Message().GetData()) },
	}, connection.MaxFrameSize(4096))
	accepted := 0
	require.NoError(t, run(t, &handler.Funcs{
		Start: sending(t, n),
		LinkOpened: func(e *handler.Event) {
			for range 3 {
				_, err := e.Sender().Send(amqp.NewMessage(body))
				require.NoError(t, err)
			}
		},
		Accepted: func(e *handler.Event) {
			if accepted++; accepted == 3 {
				e.Connection().Close()
			}
		},
	}))
	for range 3 {
		require.True(t, within(t, got, "a message"))
	}
}

package main

import (
	"bytes"
	"fmt"
	"time"

	"github.com/Azure/go-amqp"

	"github.com/hadron-mq/hadron/connection"
	"github.com/hadron-mq/hadron/handler"
	"github.com/hadron-mq/hadron/sender"
)

// sending is the handler of the role send.
type sending struct {
	pump
	message  *amqp.Message    // one for all: Send encodes it at once
	ready    []*sender.Sender // before the first is sent
	sent     int
	accepted int
}

func newSending(j *job) *sending {
	return &sending{
		pump: pump{job: j},
		message: &amqp.Message{
			Properties: new(amqp.MessageProperties),
			Data:       [][]byte{bytes.Repeat([]byte{'x'}, j.body)},
		},
	}
}

// mode is how the sender settles.
func (s *sending) mode() sender.Option {
	if s.settled {
		return sender.AtMostOnce()
	}
	return sender.AtLeastOnce()
}

// OnStart connects with senders, or waits for receivers.
func (s *sending) OnStart(e *handler.Event) {
	s.start(e, func(conn *connection.Connection, name string) error {
		_, err := e.Container().CreateSender(conn, s.address, sender.Name(name), s.mode())
		return err
	})
}

// OnLinkOpening takes the receiver's link.
func (s *sending) OnLinkOpening(e *handler.Event) {
	if e.Sender() == nil {
		e.Pass()
		return
	}
	if err := e.Sender().Open(s.mode()); err != nil {
		s.fail(e, err)
	}
}

// OnSendable uses the credit, once all links have some.
func (s *sending) OnSendable(e *handler.Event) {
	if s.sent > 0 {
		s.use(e, e.Sender())
		return
	}
	if s.ready = append(s.ready, e.Sender()); len(s.ready) < s.connections*s.links {
		return
	}
	s.began = time.Now()
	for _, link := range s.ready {
		s.use(e, link)
	}
}

func (s *sending) use(e *handler.Event, link *sender.Sender) {
	for s.sent < s.count && link.Credit() > 0 {
		s.sent++
		s.message.Properties.MessageID = uint64(s.sent)
		if _, err := link.Send(s.message); err != nil {
			s.fail(e, err)
			return
		}
	}
	if s.settled && s.sent == s.count && !s.finished {
		s.finish() // and the receiver closes: what is on its way must not be cut off
	}
}

// OnAccepted counts, and closes after the last.
func (s *sending) OnAccepted(e *handler.Event) {
	if s.accepted++; s.accepted == s.count {
		s.finish()
		e.Container().Stop()
	}
}

// OnRejected is not what was asked for.
func (s *sending) OnRejected(e *handler.Event) { s.refused(e) }

// OnReleased is not what was asked for, unless the connection closes.
func (s *sending) OnReleased(e *handler.Event) { s.refused(e) }

// OnModified is not what was asked for.
func (s *sending) OnModified(e *handler.Event) { s.refused(e) }

func (s *sending) refused(e *handler.Event) {
	s.fail(e, fmt.Errorf("send: after %d accepted, one is %v", s.accepted, e.Delivery().RemoteState()))
}

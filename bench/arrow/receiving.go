package main

import (
	"fmt"
	"time"

	"github.com/hadron-mq/hadron/connection"
	"github.com/hadron-mq/hadron/handler"
	"github.com/hadron-mq/hadron/receiver"
)

// receiving is the handler of the role receive.
type receiving struct {
	pump
	received int
}

func newReceiving(j *job) *receiving { return &receiving{pump: pump{job: j}} }

// keeping says whether messages are the handler's to keep.
func (r *receiving) keeping() receiver.Option {
	if r.borrow {
		return receiver.Borrowed()
	}
	return nil
}

// OnStart connects with receivers, or waits for senders.
func (r *receiving) OnStart(e *handler.Event) {
	r.start(e, func(conn *connection.Connection, name string) error {
		_, err := e.Container().CreateReceiver(conn, r.address, receiver.Name(name), receiver.Credit(r.credit), r.keeping())
		return err
	})
}

// OnLinkOpening takes the sender's link, with the credit that was asked for.
func (r *receiving) OnLinkOpening(e *handler.Event) {
	if e.Receiver() == nil {
		e.Pass()
		return
	}
	if err := e.Receiver().Open(receiver.Credit(r.credit), r.keeping()); err != nil {
		r.fail(e, err)
	}
}

// OnMessage checks and counts a message. It is accepted as the method returns, so the connections close after the last one's outcome.
func (r *receiving) OnMessage(e *handler.Event) {
	if r.received == 0 {
		r.began = time.Now()
	}
	m := e.Message()
	if len(m.Data) != 1 || len(m.Data[0]) != r.body {
		r.fail(e, fmt.Errorf("receive: message %d has %d data sections, the first of %d bytes, in place of one of %d",
			r.received+1, len(m.Data), len(m.GetData()), r.body))
		return
	}
	if r.received++; r.received < r.count {
		return
	}
	if !e.Delivery().Settled() {
		if err := e.Delivery().Accept(); err != nil {
			r.fail(e, err)
			return
		}
	}
	r.finish()
	e.Container().Stop()
}

package handler

import (
	"github.com/Azure/go-amqp"

	"github.com/hadron-mq/hadron/connection"
	"github.com/hadron-mq/hadron/delivery"
	"github.com/hadron-mq/hadron/receiver"
	"github.com/hadron-mq/hadron/sender"
)

// Event is what a handler's method gets: what it is about, as far as that has a meaning. It is valid during the call.
type Event struct {
	subject Subject
	passed  bool
	held    bool
}

// Subject is what an event is about. It is for containers.
type Subject struct {
	Container  Container
	Connection *connection.Connection
	Session    *connection.Session
	Sender     *sender.Sender
	Receiver   *receiver.Receiver
	Delivery   *delivery.Delivery
	Message    *amqp.Message
	Timer      *Timer
	Err        error
}

// Reset makes the event one about s. It is for containers, which use one event for all calls.
func (e *Event) Reset(s *Subject) { e.subject, e.passed, e.held = *s, false, false }

// Offer calls a handler's method with the event, and says whether the handler took it. It is for containers.
func (e *Event) Offer(h MessagingHandler, method func(MessagingHandler, *Event)) (taken bool) {
	e.passed = false
	method(h, e)
	return !e.passed
}

// Pass hands the event on, as if the handler had no method for it: to the connection's handler, the container's, and then to what
// Hadron does by itself. An error that all have passed on is logged, and Run returns it.
func (e *Event) Pass() { e.passed = true }

// Container returns the container that makes the call. It is never nil.
func (e *Event) Container() Container { return e.subject.Container }

// Connection returns the connection, nil for events of the container itself.
func (e *Event) Connection() *connection.Connection { return e.subject.Connection }

// Session returns the session, nil for events of connections and the container.
func (e *Event) Session() *connection.Session { return e.subject.Session }

// Sender returns the link where this end sends, nil for other events.
func (e *Event) Sender() *sender.Sender { return e.subject.Sender }

// Receiver returns the link where this end receives, nil for other events.
func (e *Event) Receiver() *receiver.Receiver { return e.subject.Receiver }

// Delivery returns the delivery of OnMessage and of the outcomes, nil for other events.
func (e *Event) Delivery() *delivery.Delivery {
	e.held = true
	return e.subject.Delivery
}

// Held tells whether somebody has asked for the delivery, and may still have it. It is for containers.
func (e *Event) Held() bool { return e.held }

// Message returns the message of OnMessage, nil for other events, and where the receiver leaves messages encoded. It is the handler's to keep;
// one that is kept holds on to the memory of a few others that came with it, some 5 KB at most. With receiver.Borrowed it is valid during the
// call only.
func (e *Event) Message() *amqp.Message { return e.subject.Message }

// Timer returns the timer of OnTimer, nil for other events.
func (e *Event) Timer() *Timer { return e.subject.Timer }

// Err returns the error of the error events, nil for others. For what a peer said it unwraps to an *amqp.Error.
func (e *Event) Err() error { return e.subject.Err }

package handler

import (
	"github.com/Azure/go-amqp"

	"github.com/hadron-mq/hadron/connection"
	"github.com/hadron-mq/hadron/delivery"
	"github.com/hadron-mq/hadron/internal/event"
	"github.com/hadron-mq/hadron/receiver"
	"github.com/hadron-mq/hadron/sender"
)

// Event is what a handler's method gets: what it is about, as far as that has a meaning. It is valid during the call.
type Event event.Event

// is returns what the event is about.
func (e *Event) is() *event.Subject { return (*event.Event)(e).Subject() }

// Pass hands the event on, as if the handler had no method for it: to the connection's handler, the container's, and then to what
// Hadron does by itself. An error that all have passed on is logged, or Run returns it at once.
func (e *Event) Pass() { (*event.Event)(e).Pass() }

// Resolve says that an error, or the peer's closing of a link, is dealt with. Without it Run returns the error in the end, also where a handler
// has taken the event, to log it as like as not; and a program that has nothing else ends with its last link.
func (e *Event) Resolve() { (*event.Event)(e).Resolve() }

// Container returns the container that makes the call. It is never nil.
func (e *Event) Container() Container {
	c, _ := e.is().Container.(Container)
	return c
}

// Connection returns the connection, nil for events of the container itself.
func (e *Event) Connection() *connection.Connection { return e.is().Connection }

// Session returns the session, nil for events of connections and the container.
func (e *Event) Session() *connection.Session { return e.is().Session }

// Sender returns the link where this end sends, nil for other events.
func (e *Event) Sender() *sender.Sender { return e.is().Sender }

// Receiver returns the link where this end receives, nil for other events.
func (e *Event) Receiver() *receiver.Receiver { return e.is().Receiver }

// Delivery returns the delivery of OnMessage and of the outcomes, nil for other events.
func (e *Event) Delivery() *delivery.Delivery { return (*event.Event)(e).Delivery() }

// Message returns the message of OnMessage, nil for other events, and where the receiver leaves messages encoded. It is the handler's to keep;
// one that is kept holds on to the memory of a few others that came with it, some 5 KB at most. With receiver.Borrowed it is valid during the
// call only.
func (e *Event) Message() *amqp.Message { return e.is().Message }

// Timer returns the timer of OnTimer, nil for other events.
func (e *Event) Timer() *Timer { return (*Timer)(e.is().Timer) }

// Err returns the error of the error events, nil for others. For what a peer said it unwraps to an *amqp.Error.
func (e *Event) Err() error { return e.is().Err }

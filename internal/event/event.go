// Package event is what a container tells a handler.
//
// What lives here: [Event], which handlers see as handler.Event, with its [Subject] and with what becomes of it. What does not: the handlers, and the
// loop that calls them.
package event

import (
	"github.com/Azure/go-amqp"

	"github.com/hadron-mq/hadron/connection"
	"github.com/hadron-mq/hadron/delivery"
	"github.com/hadron-mq/hadron/internal/handle"
	"github.com/hadron-mq/hadron/receiver"
	"github.com/hadron-mq/hadron/sender"
)

// Subject is what an event is about.
type Subject struct {
	Container  any // a handler.Container
	Connection *connection.Connection
	Session    *connection.Session
	Sender     *sender.Sender
	Receiver   *receiver.Receiver
	Delivery   *delivery.Delivery
	Message    *amqp.Message
	Timer      *handle.Timer
	Err        error
}

// Event is one event. A loop uses one for all of its calls.
type Event struct {
	subject  Subject
	passed   bool
	held     bool
	resolved bool
}

// Reset makes the event one about s.
func (e *Event) Reset(s *Subject) { *e = Event{subject: *s} }

// Subject returns what the event is about.
func (e *Event) Subject() *Subject { return &e.subject }

// Offer makes the event the next handler's, which may pass it on.
func (e *Event) Offer() { e.passed = false }

// Pass hands the event on, and Passed tells whether the handler that had it did.
func (e *Event) Pass()        { e.passed = true }
func (e *Event) Passed() bool { return e.passed }

// Resolve notes that a handler has dealt with the error, and Resolved tells whether one did.
func (e *Event) Resolve()       { e.resolved = true }
func (e *Event) Resolved() bool { return e.resolved }

// Delivery returns the delivery to somebody who may keep it, and Held tells whether there is somebody.
func (e *Event) Delivery() *delivery.Delivery {
	e.held = true
	return e.subject.Delivery
}
func (e *Event) Held() bool { return e.held }

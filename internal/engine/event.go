package engine

// EventKind tells what happened.
type EventKind uint8

// The events, in the terms of the frames that cause them.
const (
	ConnectionRemoteOpen  EventKind = iota + 1 // the peer's open arrived
	ConnectionRemoteClose                      // the peer's close arrived; Err is its error, if it gave one
	SessionRemoteBegin                         // the peer's begin arrived
	SessionRemoteEnd                           // the peer's end arrived; Err is its error, if it gave one
	LinkRemoteAttach                           // the peer's attach arrived
	LinkRemoteDetach                           // the peer's detach arrived; Err is its error, if it gave one
	LinkSendable                               // a sender has credit and room in the output buffer
	LinkDrained                                // a receiver's drain has ended: no credit is left
	DeliveryReceived                           // a whole message arrived
	DeliveryAborted                            // the sender gave up a message that it had begun to send
	DeliveryUpdated                            // the peer gave a delivery a state, settled it, or both
	ConnectionRestored                         // after a Reset, the peer has answered for all that was open
	TransportFailed                            // the connection cannot go on; Err says why
)

// Event is one thing that happened on a connection. The fields that have no meaning for its kind are nil.
type Event struct {
	Kind     EventKind
	Session  *Session
	Link     *Link
	Delivery *Delivery
	Err      error
}

// queue is the list of events that the driver has not taken yet.
type queue struct {
	events []Event
	head   int
}

func (q *queue) push(e Event) { q.events = append(q.events, e) }

func (q *queue) empty() bool { return q.head == len(q.events) }

func (q *queue) pop() Event {
	e := q.events[q.head]
	q.events[q.head] = Event{} // so that the queue does not keep what the application has let go
	q.head++
	if q.head == len(q.events) {
		q.events, q.head = q.events[:0], 0
		if cap(q.events) > 4096 { // one disposition of many deliveries must not cost memory for ever
			q.events = nil
		}
	}
	return e
}

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
	LinkFailed                                 // the peer broke the protocol on a link, which we have closed; Err says how
	SessionFailed                              // the peer broke the protocol on a session, which we have ended; Err says how
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

// queue is the list of events that the driver has not taken yet. Those that it took are still in it, until all are taken.
type queue struct {
	events []Event
	head   int
	used   int // how many of the slice's places may hold something
}

func (q *queue) push(e Event) { q.events = append(q.events, e) }

func (q *queue) empty() bool { return q.head == len(q.events) }

// pop returns the next event where it lies: it is valid until pop is called again. Nil means that there is none.
func (q *queue) pop() *Event {
	if q.head == len(q.events) {
		q.used = max(q.used, q.head)
		q.events, q.head = q.events[:0], 0
		return nil
	}
	e := &q.events[q.head]
	q.head++
	return e
}

// shed lets go of what an empty queue still holds: the application may have let go of it.
func (q *queue) shed() {
	clear(q.events[:q.used])
	if q.used = 0; cap(q.events) > 4096 { // one disposition of many deliveries must not cost memory for ever
		q.events = nil
	}
}

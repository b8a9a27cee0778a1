// Package turn is the lock of a loop: whose turn it is to use the loop's connections and all that is on them.
//
// What lives here: [Lock]. What does not: who takes it. A loop holds it while it works, and lets go of it while application code runs; the public
// views of endpoints (packages connection, sender, receiver and delivery) take it for each call. So they can be used from any goroutine, and
// the engine below them knows of one goroutine at a time.
package turn

import "sync"

// Lock is a mutex that may be absent: an engine without a loop has one goroutine, and no lock.
type Lock struct{ mu sync.Mutex }

// Lock takes the turn. It does nothing on nil.
func (l *Lock) Lock() {
	if l != nil {
		l.mu.Lock()
	}
}

// Unlock lets go of it.
func (l *Lock) Unlock() {
	if l != nil {
		l.mu.Unlock()
	}
}

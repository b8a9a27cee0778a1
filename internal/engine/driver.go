package engine

import (
	"github.com/hadron-mq/hadron/internal/turn"
	"github.com/hadron-mq/hadron/sasl"
)

// Driver is what a connection's driver keeps with it. The engine never looks at it.
type Driver struct {
	Turn    *turn.Lock         // of the connection's loop; set before anything is made on the connection, and for good
	Inject  func(func()) error // runs a function on the connection's loop
	Wake    func()             // asks for a turn: called once when there is something to do, until the next Flush
	Early   func()             // there is output worth writing before the turn ends, if the writer is idle
	Buffer  func() []byte      // a buffer for output, where there is one to spare
	SetURLs func([]string) error
	Peer    func() string // names the other end, for people: a URL without its password, or an address

	// Elsewhere runs a step of the login on another goroutine, and resumes it on the connection's own; a turn follows. Until then the
	// connection need not be fed. nil is for here and now.
	Elsewhere func(*sasl.Work)

	Account Account // is told of the memory that the connection holds; nil for nobody

	UserContext any // the application's
}

// output returns what the next frame is appended to.
func (c *Connection) output() []byte {
	if cap(c.out) == 0 && c.driver.Buffer != nil {
		c.out = c.driver.Buffer()
	}
	return c.out
}

// touch asks the driver for a turn, because an endpoint was used, as like as not from another connection's callback.
func (c *Connection) touch() {
	if !c.touched {
		c.touched = true
		if wake := c.driver.Wake; wake != nil {
			wake()
		}
	}
}

// emit queues an event for the driver.
func (c *Connection) emit(e Event) {
	c.events.push(e)
	c.touch()
}

package container

import (
	"fmt"
	"runtime/debug"

	"github.com/hadron-mq/hadron/internal/engine"
)

// PanicError is what Run panics with where a handler has, or a function that a login calls: the value, and the stack of the goroutine that it
// ran on.
type PanicError struct {
	Value any // nil where the handler ended its goroutine, as runtime.Goexit does
	Stack []byte
}

func (p *PanicError) Error() string {
	if p.Value == nil {
		return fmt.Sprintf("container: a handler ended its goroutine\n\n%s", p.Stack)
	}
	return fmt.Sprintf("container: a handler panicked: %v\n\n%s", p.Value, p.Stack)
}

// Unwrap returns the value, if it is an error.
func (p *PanicError) Unwrap() error {
	err, _ := p.Value.(error)
	return err
}

// drive runs the loop. Where a handler panics, or ends the goroutine, all of the container is dropped.
func (l *loop) drive() {
	whole := false
	defer l.closePoller() // after all sockets
	defer func() {
		if whole {
			return
		}
		l.container.crash(recover())
	}()
	l.run()
	whole = true
}

// crash ends the container because application code has panicked, on the goroutine that it panicked on.
func (c *Container) crash(value any) {
	c.panicked.CompareAndSwap(nil, &PanicError{Value: value, Stack: debug.Stack()})
	c.drop()
}

// drop ends a container without calling a handler.
func (c *Container) drop() {
	c.stopping.Store(true)
	c.wound.Store(true)
	c.closeListeners()
	for _, l := range c.loops {
		l.drop()
	}
}

// drop lets go of all that the loop has, from any goroutine. It does nothing to one that has ended.
func (l *loop) drop() {
	l.lock.Lock()
	defer l.lock.Unlock()
	l.ended = true
	for d := range l.drivers {
		d.abandon()
	}
	for _, d := range l.born {
		d.abandon()
	}
	l.born, l.timers = nil, nil
	for _, i := range l.box.close() {
		switch {
		case i.stream != nil:
			i.stream.close()
		case i.driver != nil:
			i.driver.abandon()
		}
	}
	l.box.rouse()
}

// abandon drops a connection: whoever uses it is told that it is closed.
func (d *driver) abandon() {
	d.gone = true
	d.stopTimers()
	if d.engine.LocalState() != engine.Closed {
		d.engine.Abandon()
	}
	if d.socket != nil {
		d.socket.close() // but its loop may be amid the chunk
	}
}

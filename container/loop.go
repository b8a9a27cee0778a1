package container

import (
	"runtime"
	"time"

	"github.com/hadron-mq/hadron/connection"
	"github.com/hadron-mq/hadron/handler"
	"github.com/hadron-mq/hadron/internal/engine"
	"github.com/hadron-mq/hadron/internal/turn"
	"github.com/hadron-mq/hadron/internal/wire"
)

// loop is one goroutine and the connections that it drives. Its lock is held while it works, and by whoever else uses what is on its
// connections; it is free while application code runs, and while the loop sleeps. What application code locks is locked before it, never after.
type loop struct {
	container *Container
	lock      turn.Lock
	box       mailbox
	timers    timers
	drivers   map[*driver]struct{}
	ready     []*driver // that want a turn without any item
	born      []*driver // that this turn made, for their own loops to start
	buffers   [][]byte  // for output, that no connection has
	spared    int       // bytes of those
	event     handler.Event
	view      *view
	slabs     wire.Slabs // for the messages that handlers are shown
	lent      wire.Lent  // for those that they give back
	now       time.Time
	handed    bool // a writer was given something since writers could run
	asleep    bool // the loop waits, and has to be woken for what is not in its mailbox
	ended     bool
}

func newLoop(c *Container) *loop {
	l := &loop{
		container: c,
		box:       mailbox{wake: make(chan struct{}, 1)},
		drivers:   make(map[*driver]struct{}),
		now:       time.Now(),
	}
	l.view = &view{c, l}
	return l
}

func (l *loop) post(i item) bool { return l.box.put(i) }

// Output buffers go round among a loop's connections, so that only those that write hold one.
const (
	maxBuffers = 1024     // how many wait for use: as many as there are busy connections
	maxBuffer  = 1 << 20  // bytes of the largest that does
	maxSpare   = 16 << 20 // and of all together
)

// buffer takes a buffer for output.
func (l *loop) buffer() []byte {
	n := len(l.buffers)
	if n == 0 {
		return nil
	}
	buf := l.buffers[n-1]
	l.buffers = l.buffers[:n-1]
	l.spared -= cap(buf)
	return buf
}

// spare takes one back.
func (l *loop) spare(buf []byte) {
	if cap(buf) <= maxBuffer && len(l.buffers) < maxBuffers && l.spared+cap(buf) <= maxSpare {
		l.buffers = append(l.buffers, buf[:0])
		l.spared += cap(buf)
	}
}

func (l *loop) inject(f func()) error {
	if !l.post(item{kind: itemInject, call: f}) {
		return l.container.errStopping("inject")
	}
	return nil
}

func (l *loop) quit() { l.post(item{kind: itemCall, call: func() { l.ended = true }}) }

// run turns the loop until it is told to quit.
func (l *loop) run() {
	alarm := time.NewTimer(time.Hour)
	defer alarm.Stop()
	var items []item
	var ready []*driver
	l.lock.Lock()
	defer l.lock.Unlock()
	for !l.ended {
		if items = l.box.take(items); len(items) > 0 {
			l.yield()
		}
		l.now = time.Now()
		l.handleAll(items)
		for t := l.timers.due(l.now); t != nil; t = l.timers.due(l.now) {
			t.call()
		}
		ready, l.ready = l.ready, ready[:0]
		for i, d := range ready {
			ready[i] = nil
			d.queued = false
			d.turn()
		}
		l.deliver()
		if len(items) == 0 && len(l.ready) == 0 && !l.ended {
			l.wait(alarm)
		}
	}
	for _, i := range l.box.close() {
		i.discard(l)
	}
	l.deliver()
}

// yield lets writers write what they were handed, before the loop goes on. On one processor the loop and a reader would otherwise wake each
// other ahead of them for as long as bytes come, while the peer waits for its outcomes and its credit: it is worth a sixth of what one
// connection carries. But readers run, too, so it is not for each of many connections: their chunks would pile up.
func (l *loop) yield() {
	if l.handed {
		l.handed = false
		runtime.Gosched()
	}
}

// wait sleeps until there is an item, a timer is due, or rouse is called.
func (l *loop) wait(alarm *time.Timer) {
	l.handed = false // they write now
	l.asleep = true
	timed := len(l.timers) > 0
	if timed {
		alarm.Reset(time.Until(l.timers[0].at))
	}
	l.lock.Unlock()
	defer func() {
		l.lock.Lock()
		l.asleep = false
	}()
	if !timed {
		<-l.box.wake
		return
	}
	select {
	case <-l.box.wake:
	case <-alarm.C:
	}
}

// rouse wakes the loop for what another goroutine has left with it, other than in its mailbox. The caller has the lock.
func (l *loop) rouse() {
	if l.asleep {
		l.asleep = false
		l.box.signal()
	}
}

// outside calls application code, which may use what is on any connection: the lock is free meanwhile.
func (l *loop) outside(f func()) {
	l.lock.Unlock()
	defer l.lock.Lock()
	f()
}

// handleAll handles items in order. A connection that has more than one has its first one's answer written before the next.
func (l *loop) handleAll(items []item) {
	var last *socket
	for i := range items {
		if s := items[i].socket; s != nil && s == last {
			l.yield()
		} else {
			last = s
		}
		l.handle(&items[i])
		items[i] = item{}
	}
}

func (l *loop) handle(i *item) {
	switch i.kind {
	case itemCall:
		i.call()
	case itemInject:
		l.outside(i.call)
	case itemStart:
		i.driver.start()
	case itemChunk:
		i.socket.driver.chunk(i.socket, i.buf)
	case itemEnd:
		i.socket.driver.inputEnded(i.socket, i.err)
	case itemWritten:
		i.socket.driver.written(i.socket, i.buf, i.err)
	}
}

// discard lets go of what an item of a loop that has ended holds. What the application was promised to be called is.
func (i *item) discard(l *loop) {
	switch {
	case i.socket != nil:
		i.socket.close()
	case i.driver != nil:
		l.outside(i.driver.stillborn)
	case i.kind == itemInject:
		l.outside(i.call)
	}
}

// deliver hands the connections that a callback made to their loops. They are started only now, so that the callback could
// set them up in peace, whatever loop it runs on.
func (l *loop) deliver() {
	for i, d := range l.born {
		l.born[i] = nil
		if !d.loop.post(item{kind: itemStart, driver: d}) {
			l.outside(d.stillborn)
		}
	}
	l.born = l.born[:0]
}

// closeAll closes what the loop drives.
func (l *loop) closeAll() {
	for _, t := range append(timers(nil), l.timers...) {
		if t.drop != nil && l.timers.stop(t) {
			t.drop()
		}
	}
	for d := range l.drivers {
		d.engine.Close(nil)
		d.turn()
	}
}

// offer calls the nearest handler that takes the event: the link's, the connection's, the container's. It completes s. The lock is free during the
// calls.
func (l *loop) offer(d *driver, link *engine.Link, s *handler.Subject, method method) bool {
	var nearest handler.MessagingHandler
	if link != nil {
		nearest, _ = link.Config().Handler.(handler.MessagingHandler)
	}
	if d != nil && d.origin != nil { // the application knows of its links, and of its own connection
		if link == nil {
			return true
		}
		d = d.origin
	}
	return l.offerTo(nearest, d, s, method)
}

// offerTo is offer for a handler that is nearer than the connection's; nil for none.
func (l *loop) offerTo(nearest handler.MessagingHandler, d *driver, s *handler.Subject, method method) bool {
	s.Container = l.view
	if d != nil {
		s.Connection = (*connection.Connection)(d.engine)
	}
	e := &l.event
	e.Reset(s)
	l.lock.Unlock()
	defer l.lock.Lock()
	if nearest != nil && e.Offer(nearest, method) {
		return true
	}
	if d != nil && d.handler != nil && e.Offer(d.handler, method) {
		return true
	}
	return l.container.handler != nil && e.Offer(l.container.handler, method)
}

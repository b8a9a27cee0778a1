package container

import (
	"runtime"
	"time"

	"github.com/hadron-mq/hadron/connection"
	"github.com/hadron-mq/hadron/handler"
	"github.com/hadron-mq/hadron/internal/engine"
	"github.com/hadron-mq/hadron/internal/event"
	"github.com/hadron-mq/hadron/internal/poll"
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
	ready     line      // connections that want a turn
	busy      line      // and those of them that have much to do
	leftOut   bool      // these had no turn the last time
	born      []*driver // that this turn made, for their own loops to start
	buffers   [][]byte  // for output, that no connection has
	spared    int       // bytes of those
	segments  [][]byte  // of what is being written
	event     event.Event
	view      *view
	slabs     wire.Slabs // for the messages that handlers are shown
	lent      wire.Lent  // for those that they give back
	now       time.Time
	handed    bool // a writer was given something since writers could run
	ended     bool

	items      []item        // that are being handled
	poller     *poll.Poller  // of the sockets that the loop reads and writes itself, nil while there are none
	pollerless bool          // there can be none
	busyPoll   time.Duration // how long it looks for input before it sleeps
}

func newLoop(c *Container) *loop {
	l := &loop{
		container: c,
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

// roundTime is how long turns are had before the loop looks again for what has come meanwhile, for whomever it is.
const roundTime = time.Millisecond

// run turns the loop until it is told to quit.
func (l *loop) run() {
	l.lock.Lock()
	defer l.lock.Unlock()
	s := newSleeper(l)
	defer s.end()
	for !l.ended {
		l.collect()
		l.turns()
		l.deliver()
		if !l.wanted() && !l.ended {
			s.sleep()
		}
	}
	for _, i := range l.box.close() {
		i.discard(l)
	}
	l.deliver()
}

// collect takes what has come: input, items and timers. What they are for gets its turn behind those that wait for theirs already.
func (l *loop) collect() {
	l.yield()
	if l.poller != nil && l.poller.Look() {
		l.poller.Tell()
	}
	l.items = l.box.take(l.items)
	l.now = time.Now()
	for i := range l.items {
		l.handle(&l.items[i])
		l.items[i] = item{}
	}
	for t := l.timers.due(l.now); t != nil; t = l.timers.due(l.now) {
		t.call()
	}
}

// wanted says whether there are connections that want a turn.
func (l *loop) wanted() bool { return l.ready.len() > 0 || l.busy.len() > 0 }

// turns gives connections that want one their turns, in the order in which they asked: those that need little time before those that need much or
// always have more to do, however many these are. Those that ask meanwhile wait for the next time, and where it takes long, so do those that are
// left. The busy ones are not left out twice.
func (l *loop) turns() {
	busy := l.busy.len()
	if l.have(&l.ready, l.ready.len()) || l.leftOut {
		l.have(&l.busy, busy)
		busy = 0
	}
	l.leftOut = busy > 0
}

// have gives so many connections their turns, and says whether there was time for all.
func (l *loop) have(q *line, left int) bool {
	for began := time.Now(); left > 0; left-- {
		d := q.pop()
		d.queued = false
		d.turn()
		now := time.Now()
		d.busy = now.Sub(began) > busyTime
		if began = now; now.Sub(l.now) > roundTime {
			return left == 1
		}
	}
	return true
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

// outside calls application code, which may use what is on any connection: the lock is free meanwhile.
func (l *loop) outside(f func()) {
	l.lock.Unlock()
	defer l.lock.Lock()
	f()
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
		i.stream.fetched(i.buf, i.err)
	case itemWritten:
		i.stream.written(i.buf, i.err)
	}
}

// discard lets go of what an item of a loop that has ended holds. What the application was promised to be called is.
func (i *item) discard(l *loop) {
	switch {
	case i.stream != nil:
		i.stream.close()
	case i.driver != nil:
		l.outside(i.driver.stillborn)
	case i.kind == itemInject:
		l.outside(i.call)
	}
}

// deliver hands the connections that a callback made to their loops. They are started only now, so that the callback could
// set them up in peace, whatever loop it runs on.
func (l *loop) deliver() {
	if len(l.born) == 0 {
		return
	}
	born := l.born
	l.born = nil // there may be more while the lock is free
	for _, d := range born {
		if !d.loop.post(item{kind: itemStart, driver: d}) {
			l.outside(d.stillborn)
		}
	}
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
		d.wake()
	}
}

// offer calls the nearest handler that takes the event: the link's, the connection's, the container's. It completes s. The lock is free during the
// calls.
func (l *loop) offer(d *driver, link *engine.Link, s *event.Subject, method method) bool {
	var nearest handler.MessagingHandler
	if link != nil {
		nearest, _ = link.Config().Handler.(handler.MessagingHandler)
	}
	if d != nil && d.refused {
		l.event.Reset(&event.Subject{})
		return true
	}
	if d != nil && d.origin != nil { // the application knows of its links, and of its own connection
		if link == nil {
			l.event.Reset(&event.Subject{})
			return true
		}
		d = d.origin
	}
	return l.offerTo(nearest, d, s, method)
}

// offerTo is offer for a handler that is nearer than the connection's; nil for none.
func (l *loop) offerTo(nearest handler.MessagingHandler, d *driver, s *event.Subject, method method) bool {
	s.Container = l.view
	if d != nil {
		s.Connection = (*connection.Connection)(d.engine)
	}
	e := &l.event
	e.Reset(s)
	l.lock.Unlock()
	defer l.lock.Lock()
	if nearest != nil && offered(e, nearest, method) {
		return true
	}
	if d != nil && d.handler != nil && offered(e, d.handler, method) {
		return true
	}
	return l.container.handler != nil && offered(e, l.container.handler, method)
}

// offered calls a handler's method with the event, and says whether the handler took it.
func offered(e *event.Event, h handler.MessagingHandler, method method) bool {
	e.Offer()
	method(h, (*handler.Event)(e))
	return !e.Passed()
}

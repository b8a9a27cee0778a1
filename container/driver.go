package container

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"time"

	"github.com/hadron-mq/hadron/connection"
	"github.com/hadron-mq/hadron/handler"
	"github.com/hadron-mq/hadron/internal/engine"
	"github.com/hadron-mq/hadron/internal/event"
	"github.com/hadron-mq/hadron/internal/settings"
)

// driver drives one connection: it is the engine's driver, as the engine's documentation has it.
type driver struct {
	loop    *loop
	engine  *engine.Connection
	handler handler.MessagingHandler
	options *settings.Connection
	route   *route          // of a connection that was asked for, nil for one that was taken
	url     *connection.URL // where the attempt of now goes

	socket  socket  // nil while there is none
	traced  *traced // nil where frames are not shown
	cancel  context.CancelFunc
	dials   int // how many attempts were begun
	started bool
	gone    bool

	guest     *guest    // of one that was taken
	from      *acceptor // and who took it
	refused   bool      // it was not let in: no handler hears of it
	known     bool      // the application knows that the connection is open
	restoring bool      // it was lost, and is not back yet with all that was on it
	bereft    bool      // the peer has ended a link or session of ours, unasked
	deserted  bool      // and no link is left
	lines     quota     // of the log

	chunk   []byte    // that the engine works on
	writing bool      // the socket has output that it could not write at once
	early   int       // bytes that this turn has written before its end
	open    bool      // the peer has opened
	since   time.Time // when it did
	halved  bool      // our side of the socket is closed
	lost    error     // why the input ended, once it has
	broken  error     // why nothing can be written, once that is so
	failure error     // why the connection cannot go on, once it cannot
	queued  bool      // the driver is in one of its loop's lists
	busy    bool      // its last turn took long
	turning bool
	login   *login // the step of the login that is under way elsewhere

	suspended []*engine.Link          // that the peer detached, and that are attached again
	origin    *driver                 // of a connection for links that a peer redirected: the one that the application made
	branches  map[string]*driver      // the connections that its own redirected links are on, by URL
	strays    map[*engine.Link]*stray // those links

	resuming   *timer // until suspended links are attached again
	retry      *timer // until the next attempt
	connecting *timer // until the peer has opened
	refusal    *timer // until the peer is told that its login has failed
	closing    *timer // until the peer has closed, or the socket is
	idle       *timer // for the engine's Tick
}

// newDriver makes the driver of a connection, and the connection.
func newDriver(l *loop, o *settings.Connection) *driver {
	cfg := o.Engine
	if cfg.ContainerID == "" {
		cfg.ContainerID = l.container.id
	}
	cfg.Properties = identify(cfg.Properties)
	d := &driver{loop: l, options: o, engine: engine.NewConnection(cfg)}
	d.handler, _ = o.Handler.(handler.MessagingHandler)
	*d.engine.Driver() = engine.Driver{Turn: &l.lock, Inject: l.inject, Wake: d.wake, SetURLs: d.setURLs, Buffer: l.buffer, Early: d.writeEarly, Elsewhere: d.elsewhere, Peer: d.peer}
	return d
}

// start begins a connection that was asked for.
func (d *driver) start() {
	if d.gone { // with the connection that it was a branch of
		return
	}
	d.started = true
	d.loop.drivers[d] = struct{}{}
	if d.loop.container.stopping.Load() {
		d.engine.Close(nil)
	}
	d.dial()
	d.wake()
}

// stillborn ends a connection whose loop has ended before it could start it.
func (d *driver) stillborn() {
	d.loop.lock.Lock()
	defer d.loop.lock.Unlock()
	d.gone = true
	d.engine.Abandon()
	d.loop.container.letGo()
}

// attach begins to use a connection to the peer.
func (d *driver) attach(conn net.Conn) {
	d.socket = newSocket(d, conn)
	d.trace(conn)
	d.socket.start()
}

// conclude ends the transport when nothing is left for it to do.
func (d *driver) conclude() {
	if d.gone {
		return
	}
	d.prune()
	if d.origin == nil {
		d.resettle()
	}
	switch e := d.engine; {
	case d.socket == nil:
		if e.LocalState() == engine.Closed { // closed while there was no transport
			d.end(nil)
		}
	case d.lost != nil && !d.engine.Pending():
		d.over()
	case e.Finished() && !d.halved && !d.writing && e.Output() == 0:
		if d.failure != nil && d.route != nil {
			d.over()
			return
		}
		// All is said. The socket is closed on our side, and on the other by the peer, who has that long for it.
		d.halved = true
		d.limit(d.loop.container.grace)
		if !d.socket.closeWrite() {
			d.lost = net.ErrClosed
			d.over()
		}
	case e.LocalState() == engine.Closed && !e.Finished():
		if e.RemoteState() == engine.Uninitialized && !d.headed() {
			d.end(nil) // closed in the middle of connecting
			return
		}
		d.limit(d.loop.container.grace)
	}
}

// over ends a transport, for the reason that there is.
func (d *driver) over() {
	switch {
	case d.failure != nil:
		d.lose(d.failure)
	case d.engine.Finished() || d.engine.LocalState() == engine.Closed:
		d.end(nil)
	default:
		d.lose(d.lostError())
	}
}

// headed says whether the protocol has begun, so that a close can be told.
func (d *driver) headed() bool { return d.engine.Output() > 0 || d.engine.Began() || d.writing }

// limit bounds how long the rest may take.
func (d *driver) limit(grace time.Duration) {
	if d.closing == nil {
		d.closing = d.loop.timers.start(d.loop.now.Add(grace), func() {
			d.closing = nil
			if d.lost == nil {
				d.lost = d.broken
			}
			d.over()
		})
	}
}

func (d *driver) lostError() error {
	err := d.lost
	if errors.Is(err, io.EOF) {
		err = fmt.Errorf("the peer closed the socket: %w", err)
	}
	if d.route != nil { // a TransportError says which connection it was
		return fmt.Errorf("connection: %w", err)
	}
	return fmt.Errorf("connection: %s: lost: %w", d.peer(), err)
}

// peer names the other end, for errors and logs.
func (d *driver) peer() string {
	switch {
	case d.url != nil:
		return d.url.String()
	case d.socket != nil:
		return d.socket.peer().String()
	default:
		return "no peer"
	}
}

// report tells the handlers why there is no transport any more.
func (d *driver) report(err error) {
	told := d.loop.offer(d, nil, &event.Subject{Err: err}, handler.MessagingHandler.OnTransportError)
	if !d.loop.event.Resolved() {
		d.account(err, told, d.last(), "connection lost", nil)
	}
}

// end lets go of the socket and of the connection. err is why, nil after a close.
func (d *driver) end(err error) {
	if d.gone {
		return
	}
	d.gone = true
	d.stopTimers()
	d.engine.Abandon()
	d.dispatchAll() // what was waiting is reported
	d.fell(err)
	if d.socket != nil {
		d.drop()
		d.loop.offer(d, nil, &event.Subject{Err: err}, handler.MessagingHandler.OnDisconnected)
	}
	if d.guest != nil {
		d.loop.container.entrance.leave(d.guest)
	}
	d.ownUp()
	d.resettle()
	delete(d.loop.drivers, d)
	d.loop.container.letGo()
}

// drop closes the socket. What was read and not worked on is forgotten.
func (d *driver) drop() {
	d.socket.close()
	if d.chunk != nil {
		freeChunk(d.chunk)
		d.chunk = nil
	}
}

// stopTimers stops all that is arranged for this transport, dialling and logging in too.
func (d *driver) stopTimers() {
	if d.cancel != nil {
		d.cancel()
		d.cancel = nil
	}
	if d.login != nil {
		d.loop.container.logins.cancel(d.login)
		d.login = nil
	}
	for _, t := range []**timer{&d.resuming, &d.retry, &d.connecting, &d.refusal, &d.closing, &d.idle} {
		d.loop.timers.stop(*t)
		*t = nil
	}
}

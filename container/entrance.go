package container

import (
	"container/list"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"sync"
	"time"

	"github.com/Azure/go-amqp"
)

// Peers that have not opened cost a socket, and have shown nothing for it. So many may be at a container's listeners at a time: when there is one more,
// the one that has been there for longest is given up, and nobody waits.
const (
	maxWaiting            = 1024
	maxWaitingFromAddress = 256
)

const defaultMaxConnections = 32768

var errCrowded = errors.New("given up for others, as the one that took longest to open")

// entrance counts the peers at a container's listeners: those that are in, and those that have not opened yet.
type entrance struct {
	mu           sync.Mutex
	max, maxFrom int // connections, and those from one address; 0 for no bound
	in           int
	waiting      list.List // of *guest, the first to come in front
	addresses    map[string]*origin
}

// origin is one address that peers come from.
type origin struct {
	in      int
	waiting list.List
}

// guest is one connection that a listener has taken.
type guest struct {
	address  string
	place    *list.Element // among all that wait, nil once it is in
	among    *list.Element // and among those of its address
	turnAway func()
	crowded  bool // it was given up
	admitted bool
}

// originOf returns whom a peer is counted with: its address, or of IPv6 the network of a house, which has addresses without end. It is empty for peers
// of this machine that have none.
func originOf(a net.Addr) string {
	tcp, ok := a.(*net.TCPAddr)
	if !ok {
		return ""
	}
	ip := tcp.AddrPort().Addr().Unmap()
	if ip.Is6() {
		if house, err := ip.WithZone("").Prefix(64); err == nil {
			return house.String()
		}
	}
	return ip.WithZone("").String()
}

// arrive takes a peer in that has not opened. turnAway is called if it has to make way for another, from any goroutine.
func (e *entrance) arrive(from net.Addr, turnAway func()) *guest {
	g := &guest{address: originOf(from), turnAway: turnAway}
	e.mu.Lock()
	if e.addresses == nil {
		e.addresses = make(map[string]*origin)
	}
	o := e.addresses[g.address]
	if o == nil {
		o = new(origin)
		e.addresses[g.address] = o
	}
	g.place, g.among = e.waiting.PushBack(g), o.waiting.PushBack(g)
	var oldest *guest
	switch {
	case g.address != "" && o.waiting.Len() > maxWaitingFromAddress:
		oldest = o.waiting.Front().Value.(*guest)
	case e.waiting.Len() > maxWaiting:
		oldest = e.waiting.Front().Value.(*guest)
	}
	var away func()
	if oldest != nil {
		e.forget(oldest)
		oldest.crowded = true
		away = oldest.turnAway
	}
	e.mu.Unlock()
	if away != nil {
		away()
	}
	return g
}

// reach changes how a peer is turned away. It says whether that has happened already.
func (e *entrance) reach(g *guest, turnAway func()) (gone bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	g.turnAway = turnAway
	return g.crowded
}

// admit lets a peer in that has opened, or says why not.
func (e *entrance) admit(g *guest) *amqp.Error {
	e.mu.Lock()
	defer e.mu.Unlock()
	o := e.addresses[g.address]
	refuse := func(format string, args ...any) *amqp.Error {
		return &amqp.Error{Condition: amqp.ErrCondResourceLimitExceeded, Description: fmt.Sprintf(format, args...)}
	}
	switch {
	case g.crowded || o == nil:
		return refuse("connection: %v", errCrowded)
	case e.max > 0 && e.in >= e.max:
		return refuse("connection beyond the limit of %d", e.max)
	case e.maxFrom > 0 && g.address != "" && o.in >= e.maxFrom:
		return refuse("connection beyond the limit of %d from %s", e.maxFrom, g.address)
	}
	e.forgetPlaces(g, o)
	g.admitted = true
	e.in++
	o.in++
	return nil
}

// leave takes note that a peer is gone.
func (e *entrance) leave(g *guest) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.forget(g)
}

func (e *entrance) forget(g *guest) {
	o := e.addresses[g.address]
	if o == nil {
		return
	}
	e.forgetPlaces(g, o)
	if g.admitted {
		g.admitted = false
		e.in--
		o.in--
	}
	if o.in == 0 && o.waiting.Len() == 0 {
		delete(e.addresses, g.address)
	}
}

func (e *entrance) forgetPlaces(g *guest, o *origin) {
	if g.place == nil {
		return
	}
	e.waiting.Remove(g.place)
	o.waiting.Remove(g.among)
	g.place, g.among = nil, nil
}

// log writes a line about a listener, unless there were enough of them.
func (a *acceptor) log(level slog.Level, msg string, attrs ...any) {
	log := a.container.log
	if !log.Enabled(context.Background(), level) {
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if !a.lines.take(time.Now()) {
		return
	}
	address := a.listener.Addr().String()
	if n := a.lines.unsaid; n > 0 {
		a.lines.unsaid = 0
		log.Warn("listener: lines were left out of the log", "address", address, "lines", n)
	}
	log.Log(context.Background(), level, msg, append([]any{"address", address}, attrs...)...)
}

package container

import (
	"container/list"
	"fmt"
	"net"
	"net/netip"
	"runtime"
	"sync"

	"github.com/hadron-mq/hadron/sasl"
)

// How many logins may wait for their turn: of peers together, and of those at one address. Half of the room is left for others then.
const (
	maxLogins     = 2048
	maxLoginsEach = maxLogins / 2
)

// logins takes the costly steps of logins, which hash passwords or ask a directory: on goroutines of their own, so that no loop waits for them,
// and a few at a time, so that the processors are left to messages. Those who wait have turns by their address: who tries one password
// after the other waits for itself.
type logins struct {
	mu      sync.Mutex
	crash   func(value any) // for a step that panics
	limit   int             // how many goroutines there may be
	running int
	waiting int                   // of peers
	turns   list.List             // of the addresses in queues, whose turn is next in front
	queues  map[string]*list.List // of *login, by address
}

// login is one step on its way.
type login struct {
	step    func()
	done    func(error) // with nil once the step is taken, with an error where there was no room for it
	from    string      // the address, empty for this container's own
	queue   *list.List
	element *list.Element // while it waits
}

func newLogins(crash func(any)) *logins {
	return &logins{crash: crash, limit: max(runtime.GOMAXPROCS(0)/2, 1), queues: make(map[string]*list.List)}
}

// begin has the step taken. done is called once, on any goroutine, unless the step is cancelled before.
func (w *logins) begin(i *login) {
	if err := w.enqueue(i); err != nil {
		i.done(err)
	}
}

func (w *logins) enqueue(i *login) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	q := w.queues[i.from]
	switch {
	case i.from == "": // the application knows how many connections it makes
	case w.waiting >= maxLogins:
		return fmt.Errorf("%w: %d logins wait already", sasl.ErrTemporary, w.waiting)
	case q != nil && q.Len() >= maxLoginsEach:
		return fmt.Errorf("%w: %d logins of %s wait already", sasl.ErrTemporary, q.Len(), i.from)
	}
	if q == nil {
		q = list.New()
		w.queues[i.from] = q
		w.turns.PushBack(i.from)
	}
	i.queue, i.element = q, q.PushBack(i)
	if i.from != "" {
		w.waiting++
	}
	if w.running < w.limit {
		w.running++
		go w.run()
	}
	return nil
}

// cancel forgets a step that has not begun. The result of one that has is for done, who knows that it is not wanted any more.
func (w *logins) cancel(i *login) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if i.element != nil {
		w.remove(i)
	}
}

// remove takes a step out of its queue. A queue that is empty goes when its turn comes.
func (w *logins) remove(i *login) {
	i.queue.Remove(i.element)
	i.element = nil
	if i.from != "" {
		w.waiting--
	}
}

// next returns the step whose turn it is, nil when there is none.
func (w *logins) next() *login {
	w.mu.Lock()
	defer w.mu.Unlock()
	for front := w.turns.Front(); front != nil; front = w.turns.Front() {
		from := front.Value.(string)
		q := w.queues[from]
		if q.Len() == 0 {
			delete(w.queues, from)
			w.turns.Remove(front)
			continue
		}
		w.turns.MoveToBack(front)
		i := q.Front().Value.(*login)
		w.remove(i)
		return i
	}
	w.running--
	return nil
}

// run takes steps until there is none.
func (w *logins) run() {
	whole := false
	defer func() {
		if !whole {
			w.crash(recover())
		}
	}()
	for i := w.next(); i != nil; i = w.next() {
		i.step()
		i.done(nil)
	}
	whole = true
}

// neighbourhood is the part of an address that tells peers apart: whoever has one IPv6 address has all 2^64 of its network.
func neighbourhood(addr net.Addr) string {
	a, err := netip.ParseAddrPort(addr.String())
	if err != nil {
		return addr.Network() + " " + addr.String()
	}
	ip := a.Addr().Unmap().WithZone("")
	if ip.Is4() {
		return ip.String()
	}
	prefix, _ := ip.Prefix(64)
	return prefix.String()
}

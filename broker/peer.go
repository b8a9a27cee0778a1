package broker

import (
	"sync"

	"github.com/Azure/go-amqp"

	"github.com/hadron-mq/hadron/connection"
)

// link is one link to or from a queue. Its methods are called on its own loop.
type link interface {
	at() *seat
	// work does what the link was called for, as much of it as may be done at a time, and says whether there is more.
	work() (more bool)
	// leave lets go of what the link has of its queue. The link itself is closed, or about to be.
	leave()
	// refuse closes the link for a reason.
	refuse(err *amqp.Error)
}

const (
	// turn is how many calls of its links a connection answers before others have their turn, and parting how many of its links leave at a time.
	turn    = 16
	parting = 64
)

// peer is one connection's part in the broker. A connection and all that is on it are used on its own loop alone. What happens elsewhere, be it
// on another loop, calls those that it concerns, and they are told in one go.
type peer struct {
	conn      *connection.Connection
	account   *account
	diary     *diary
	nodes     *nodes
	sole      sole
	links     map[link]struct{}
	suspended map[linkName]suspended
	batch     []*message // for consumers that work

	mu     sync.Mutex
	called ring[link] // that have something to do
	coming bool       // their call is on its way to the loop
}

func (p *peer) join(l link) {
	p.links[l] = struct{}{}
	p.account.links.Add(1)
}

func (p *peer) forget(l link) {
	if _, there := p.links[l]; there {
		delete(p.links, l)
		p.account.links.Add(-1)
	}
}

// call has a link's work done on its loop. It can be used from any goroutine, with any mutex held.
func (p *peer) call(l link) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.called.push(l)
	if !p.coming {
		p.coming = true
		p.inject(p.answer)
	}
}

// inject runs f on the connection's loop. Once the broker has ended that fails, and nothing is left to be done.
func (p *peer) inject(f func()) { _ = p.conn.Inject(f) }

// answer has the links work that were called, one after the other, each for a while.
func (p *peer) answer() {
	for range turn {
		l := p.next()
		if l == nil {
			return
		}
		if l.work() {
			p.mu.Lock()
			p.called.push(l)
			p.mu.Unlock()
		}
	}
	p.inject(p.answer)
}

// next returns the link that was called first, nil where there is none.
func (p *peer) next() link {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.called.len() == 0 {
		p.coming = false
		return nil
	}
	return p.called.pop()
}

// do has a link work at once, on its own loop.
func (p *peer) do(l link) {
	if l.work() {
		p.call(l)
	}
}

// leave ends what a connection had, some of its links at a time.
func (p *peer) leave() {
	n := 0
	p.expire(nil)
	for l := range p.links {
		if n == parting {
			p.inject(p.leave)
			return
		}
		l.leave()
		n++
	}
}

package broker

import (
	"sync"
	"sync/atomic"
)

const (
	// messageOverhead is about what a message takes beyond its bytes: for itself, its places in lists, and its delivery.
	messageOverhead = 256
	// littleMemory is what an account may always have of the broker's memory, in bytes, as long as there is some.
	littleMemory = 64 << 10
)

// memory is what the messages of all queues take together, and what is set aside for those that producers have credit for. It can be
// used from any goroutine.
type memory struct {
	limit int64
	used  atomic.Int64

	hungry  atomic.Bool // somebody waits
	mu      sync.Mutex
	waiting lane[*account] // those with producers that wait
}

// charge takes or, below zero, gives back what an account has of the memory.
func (m *memory) charge(a *account, bytes int) {
	m.used.Add(int64(bytes))
	a.bytes.Add(int64(bytes))
	if bytes < 0 {
		m.next()
	}
}

// room returns how many bytes more an account may have.
func (m *memory) room(a *account) int {
	return int(share(m.limit, m.used.Load(), a.bytes.Load(), littleMemory))
}

// takes tells whether bytes that nobody has set memory aside for may stay. Credit keeps within room; nobody knows how large messages will be, so
// they may take an eighth of the memory more.
func (m *memory) takes(a *account, bytes int) bool {
	beyond := m.limit / 8
	return m.used.Load()+int64(bytes) <= m.limit+beyond && a.bytes.Load()+int64(bytes) <= m.limit/2+beyond
}

// wait notes a producer that gets no credit for want of memory. It is called when there is some.
func (m *memory) wait(p *producer) {
	m.mu.Lock()
	a := p.peer.account
	a.waiting.push(&p.hunger)
	if a.line.in == nil {
		m.waiting.push(&a.line)
	}
	m.hungry.Store(true)
	m.mu.Unlock()
	if m.room(a) > 0 { // it was given back in between
		m.pass()
	}
}

// leave forgets a producer that waits.
func (m *memory) leave(p *producer) {
	if !m.hungry.Load() {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	p.hunger.leave()
	m.close(p.peer.account)
}

// close takes an account out of the line that has no producers there any more.
func (m *memory) close(a *account) {
	if a.waiting.len() == 0 {
		a.line.leave()
		m.hungry.Store(m.waiting.len() > 0)
	}
}

// next calls somebody who waits, if there is any.
func (m *memory) next() {
	if m.hungry.Load() {
		m.pass()
	}
}

// maxPassed is how many accounts are looked at in search of one that may have memory.
const maxPassed = 16

// pass calls the first producer of the next account that may have memory.
func (m *memory) pass() {
	m.mu.Lock()
	defer m.mu.Unlock()
	for range min(m.waiting.len(), maxPassed) {
		a := m.waiting.first.of
		m.waiting.push(&a.line) // the others come first then
		if m.room(a) <= 0 {
			continue
		}
		p, _ := a.waiting.pop()
		m.close(a)
		p.peer.call(p)
		return
	}
}

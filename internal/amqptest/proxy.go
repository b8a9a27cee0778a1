package amqptest

import (
	"net"
	"slices"
	"sync"
	"testing"
)

// Proxy forwards TCP connections to a target, and breaks them as a test says.
// Connections are counted from 0 in the order in which they were made.
//
// A test that cuts at each frame runs once with no fault, reads
// [Proxy.FrameBoundaries], and then runs once for each of them with [Cut].
type Proxy struct {
	t        testing.TB
	listener net.Listener
	running  sync.WaitGroup

	mu      sync.Mutex
	target  string
	refuse  bool
	refused int
	closed  bool
	all     []Fault         // of every connection to come
	single  map[int][]Fault // of one connection to come
	links   []*link         // every connection made, by number
	healed  chan struct{}   // closed by the next Heal
}

// NewProxy listens on a free port of the loopback and forwards to target, a
// host and port. The test's cleanup closes it with all its connections.
func NewProxy(t testing.TB, target string) *Proxy {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatalf("amqptest: proxy: listen: %v", err)
	}
	p := &Proxy{
		t: t, listener: listener, target: target,
		single: map[int][]Fault{}, healed: make(chan struct{}),
	}
	p.running.Go(p.accept)
	t.Cleanup(p.Close)
	return p
}

// Addr is the host and port that the proxy listens on.
func (p *Proxy) Addr() string { return p.listener.Addr().String() }

// Fault gives each connection to come these faults, besides those it has.
func (p *Proxy) Fault(faults ...Fault) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.all = append(p.all, faults...)
}

// FaultOn gives the connection of this number, which is still to come, these
// faults, besides those of [Proxy.Fault].
func (p *Proxy) FaultOn(connection int, faults ...Fault) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if connection < len(p.links) {
		p.t.Errorf("amqptest: proxy: faults for connection %d, which is made already", connection)
	}
	p.single[connection] = append(p.single[connection], faults...)
}

// Heal takes the faults off all connections to come, and ends every stall of
// those that are there, also one that has not begun.
func (p *Proxy) Heal() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.all, p.single = nil, map[int][]Fault{}
	close(p.healed)
	p.healed = make(chan struct{})
}

// Refuse says whether connections to come are closed at once, and not counted
// as made.
func (p *Proxy) Refuse(refuse bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.refuse = refuse
}

// Retarget forwards the connections to come to another host and port.
func (p *Proxy) Retarget(target string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.target = target
}

// CutAll resets every connection that lives.
func (p *Proxy) CutAll() {
	for _, l := range p.snapshot() {
		l.reset()
	}
}

// Close resets every connection, stops listening and waits until nothing of
// the proxy runs. It can be called again.
func (p *Proxy) Close() {
	p.mu.Lock()
	p.closed = true
	p.mu.Unlock()
	_ = p.listener.Close()
	p.CutAll()
	p.running.Wait()
}

// Connections is how many connections were made.
func (p *Proxy) Connections() int { return len(p.snapshot()) }

// Refused is how many connections were closed at once.
func (p *Proxy) Refused() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.refused
}

// Live is how many connections have an end that has not closed.
func (p *Proxy) Live() int {
	live := 0
	for _, l := range p.snapshot() {
		if !l.over() {
			live++
		}
	}
	return live
}

// Passed is how many bytes went through in a direction, over all connections.
func (p *Proxy) Passed(dir Direction) int64 {
	var n int64
	for _, l := range p.snapshot() {
		n += l.ways[dir].count()
	}
	return n
}

// PassedOn is how many bytes went through one connection in a direction.
func (p *Proxy) PassedOn(connection int, dir Direction) int64 {
	if links := p.snapshot(); connection < len(links) {
		return links[connection].ways[dir].count()
	}
	return 0
}

// FrameBoundaries lists the offsets at which frames and protocol headers began
// in one direction of a connection, as far as their bytes have passed. The first
// is 0. Where the bytes are TLS or otherwise no frames, it ends.
func (p *Proxy) FrameBoundaries(connection int, dir Direction) []int64 {
	links := p.snapshot()
	if connection >= len(links) {
		return nil
	}
	w := &links[connection].ways[dir]
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.frames.offsets)
}

func (p *Proxy) snapshot() []*link {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.links[:len(p.links):len(p.links)]
}

func (p *Proxy) accept() {
	for {
		conn, err := p.listener.Accept()
		if err != nil {
			return
		}
		p.mu.Lock()
		if p.refuse || p.closed {
			p.refused++
			p.mu.Unlock()
			_ = conn.Close()
			continue
		}
		n := len(p.links)
		l := newLink(p, conn.(*net.TCPConn), append(slices.Clone(p.all), p.single[n]...))
		p.links = append(p.links, l)
		target := p.target
		p.mu.Unlock()
		p.running.Go(func() { l.run(target) })
	}
}

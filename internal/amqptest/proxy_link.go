package amqptest

import (
	"errors"
	"io"
	"net"
	"slices"
	"sync"
	"time"
)

// chunk is the most that a proxy reads at once, in bytes.
const chunk = 64 << 10

// link is one connection through a proxy: two sockets and a way between them
// in each direction.
type link struct {
	healed <-chan struct{} // closed by the next Heal
	proxy  *Proxy
	ways   [2]way
	done   chan struct{} // closed when the link is over
	once   sync.Once

	mu       sync.Mutex
	conns    []*net.TCPConn // the client's, and the target's when it is dialled
	dead     bool           // reset: a target that is dialled from now on is closed
	finished bool           // both streams have ended with FIN
}

// way is one direction of a link.
type way struct {
	link     *link
	faults   []Fault // by offset
	src, dst *net.TCPConn

	mu     sync.Mutex
	passed int64
	frames boundaries
}

func newLink(p *Proxy, client *net.TCPConn, faults []Fault) *link {
	l := &link{proxy: p, healed: p.healed, done: make(chan struct{}), conns: []*net.TCPConn{client}}
	slices.SortStableFunc(faults, func(a, b Fault) int { return int(a.at - b.at) })
	for dir := range l.ways {
		w := &l.ways[dir]
		w.link = l
		for _, f := range faults {
			if f.dir == Direction(dir) {
				w.faults = append(w.faults, f)
			}
		}
	}
	return l
}

// run forwards until both directions have ended.
func (l *link) run(target string) {
	defer l.end()
	conn, err := net.DialTimeout("tcp", target, patience)
	if err != nil {
		l.reset()
		return
	}
	client, server := l.conns[0], conn.(*net.TCPConn)
	if !l.joined(server) {
		return
	}
	l.ways[ToTarget].src, l.ways[ToTarget].dst = client, server
	l.ways[FromTarget].src, l.ways[FromTarget].dst = server, client
	var both sync.WaitGroup
	both.Go(l.ways[ToTarget].run)
	both.Go(l.ways[FromTarget].run)
	both.Wait()
}

// joined takes the target's socket in, unless the link was reset meanwhile.
func (l *link) joined(server *net.TCPConn) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.dead {
		_ = server.Close()
		return false
	}
	l.conns = append(l.conns, server)
	return true
}

// finish ends both streams with FIN. The ways then drain what still comes in,
// because closing a socket with unread bytes would send RST.
func (l *link) finish() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.finished = true
	for _, conn := range l.conns {
		_ = conn.CloseWrite()
	}
}

// reset ends both sides with RST.
func (l *link) reset() {
	l.mu.Lock()
	l.dead = true
	for _, conn := range l.conns {
		_ = conn.SetLinger(0)
		_ = conn.Close()
	}
	l.mu.Unlock()
	l.once.Do(func() { close(l.done) })
}

// broken takes the failure of a socket. It is no reason to reset a link that has
// finished: RST would take back bytes that have not been read yet.
func (l *link) broken() {
	if !l.cut() {
		l.reset()
	}
}

// cut says whether both streams have ended with FIN.
func (l *link) cut() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.finished
}

// end closes both sides when both directions have ended.
func (l *link) end() {
	l.mu.Lock()
	for _, conn := range l.conns {
		_ = conn.Close()
	}
	l.mu.Unlock()
	l.once.Do(func() { close(l.done) })
}

func (l *link) over() bool {
	select {
	case <-l.done:
		return true
	default:
		return false
	}
}

// run forwards one direction to its end. An end of the stream is passed on as
// FIN, an error as RST of the whole link.
func (w *way) run() {
	buf := make([]byte, chunk)
	for {
		room := int64(len(buf))
		if i := slices.IndexFunc(w.faults, Fault.stops); i >= 0 {
			// Reading no further than the fault makes it happen right after its
			// last byte, not with the next one.
			if room = min(room, w.faults[i].at-w.count()); room == 0 {
				if !w.strike(i) {
					return
				}
				continue
			}
		}
		n, err := w.src.Read(buf[:room])
		if n > 0 && !w.pass(buf[:n]) {
			_, _ = io.Copy(io.Discard, w.src)
			return
		}
		switch {
		case err == nil:
		case errors.Is(err, io.EOF):
			_ = w.dst.CloseWrite()
			return
		default:
			w.link.broken()
			return
		}
	}
}

// strike carries out fault i, which has come, and says whether bytes go on.
func (w *way) strike(i int) bool {
	switch w.faults[i].kind {
	case cut:
		w.link.finish()
		_, _ = io.Copy(io.Discard, w.src)
	case reset:
		w.link.reset()
	case halfClose:
		_ = w.dst.CloseWrite()
		_, _ = io.Copy(io.Discard, w.src)
	case stall:
		select {
		case <-w.link.healed:
			w.faults = slices.Delete(w.faults, i, i+1)
			return true
		case <-w.link.done:
		}
	}
	return false
}

// pass forwards bytes, changed and held back as the faults say, and says
// whether the way is still open.
func (w *way) pass(b []byte) bool {
	start := w.count()
	w.mu.Lock()
	w.frames.feed(b)
	frames := w.frames.offsets
	w.mu.Unlock()
	for _, f := range w.faults {
		at := f.at - start
		if f.kind == corruptFrame && f.frame < len(frames) {
			at += frames[f.frame]
		}
		if (f.kind == corrupt || f.kind == corruptFrame && f.frame < len(frames)) && at >= 0 && at < int64(len(b)) {
			b[at] ^= f.mask
		}
		if f.kind == hold && !w.wait(f.delay) {
			return false
		}
	}
	if w.link.cut() {
		return false
	}
	// Counted first, so that a test that has received bytes sees them counted.
	w.add(len(b))
	n, err := w.dst.Write(b)
	w.add(n - len(b))
	if err != nil {
		w.link.broken()
	}
	return err == nil
}

func (w *way) wait(d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-w.link.done:
		return false
	}
}

func (w *way) add(n int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.passed += int64(n)
}

func (w *way) count() int64 {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.passed
}

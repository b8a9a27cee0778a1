package amqptest

import (
	"net"
	"runtime"
	"sync"
	"testing"
)

// Serve listens on a free port of the loopback and plays the scripts: the first
// on the first connection that is made, and so on. A connection is closed when
// its script returns; one beyond the last script is closed at once.
//
// The test's cleanup waits for the scripts that have begun and fails the test
// for those that have not.
func Serve(t testing.TB, scripts ...func(p *Peer)) (addr string) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatalf("amqptest: listen: %v", err)
	}
	s := &server{t: t, scripts: scripts, live: map[net.Conn]struct{}{}}
	s.running.Go(func() { s.accept(listener) })
	t.Cleanup(func() {
		_ = listener.Close()
		if t.Failed() {
			s.closeAll()
		}
		s.running.Wait()
		if s.begun < len(scripts) && !t.Failed() {
			t.Errorf("amqptest: %d of the %d connections of the script were made", s.begun, len(scripts))
		}
	})
	return listener.Addr().String()
}

type server struct {
	t       testing.TB
	scripts []func(p *Peer)
	running sync.WaitGroup
	begun   int // read when running has ended

	mu   sync.Mutex
	live map[net.Conn]struct{}
}

func (s *server) accept(listener net.Listener) {
	for {
		conn, err := listener.Accept()
		if err != nil {
			return
		}
		if s.begun == len(s.scripts) {
			_ = conn.Close()
			continue
		}
		script := s.scripts[s.begun]
		s.begun++
		s.mu.Lock()
		s.live[conn] = struct{}{}
		s.mu.Unlock()
		s.running.Go(func() {
			defer s.close(conn)
			// FailNow belongs to the test's own goroutine.
			script(&Peer{t: s.t, conn: conn, abandon: runtime.Goexit})
		})
	}
}

func (s *server) close(conn net.Conn) {
	s.mu.Lock()
	delete(s.live, conn)
	s.mu.Unlock()
	_ = conn.Close()
}

func (s *server) closeAll() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for conn := range s.live {
		_ = conn.Close()
	}
}

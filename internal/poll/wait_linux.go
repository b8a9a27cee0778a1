package poll

import (
	"os"
	"runtime"
	"sync/atomic"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// There are two places to wait. In the system, by a system call that keeps the thread and Go's processor: it is left within microseconds, and
// nobody else is woken by it, but Go has a processor less meanwhile. And in Go's own poller, as any goroutine of Go's waits: whoever else has work has the
// processor then, but to come back from there wakes threads. So a poller waits in the system for a moment, as long as its waits are
// short, and moves when nothing comes. An idle process sleeps.

// moment is for how long a poller waits in the system, in milliseconds. Go takes the processor from a system call after 10.
const moment = 2

// inSystem is how many pollers of this process wait in the system.
var inSystem atomic.Int32

// waiters returns how many pollers may wait in the system at a time: one processor is left for everybody else, and a process with one
// processor does not wait there at all.
func waiters() int32 { return int32(runtime.GOMAXPROCS(0) - 1) }

// parking is what a poller has in Go's poller, from when it waits there until it waits in the system again.
type parking struct {
	file  *os.File // a duplicate of the epoll descriptor
	raw   syscall.RawConn
	until time.Time
}

// linger waits in the system for a moment, unless the last wait was a long one. False means that the time has not come, and nothing else has.
func (p *Poller) linger(wait time.Duration) bool {
	ms := moment
	if wait >= 0 {
		ms = min(ms, int(wait/time.Millisecond))
	}
	if !p.busy || ms == 0 || p.waiters == 0 {
		return false
	}
	defer inSystem.Add(-1)
	if inSystem.Add(1) > p.waiters {
		return false
	}
	p.unpark() // or what comes would wake the thread that sleeps in Go's poller, for nothing
	p.take(ms)
	p.busy = p.got > 0
	return p.got > 0
}

// park waits in Go's poller.
func (p *Poller) park(until time.Time) {
	if p.parked.file == nil && !p.prepare() {
		p.take(moment)
		return
	}
	if !until.Equal(p.parked.until) {
		_ = p.parked.file.SetReadDeadline(until)
		p.parked.until = until
	}
	begun := time.Now()
	_ = p.parked.raw.Read(func(uintptr) bool {
		p.take(0)
		return p.got > 0
	})
	p.busy = time.Since(begun) < moment*time.Millisecond
	p.waiters = waiters() // the program may have changed it
}

// prepare enters the poller into Go's, and says whether that could be done.
func (p *Poller) prepare() bool {
	fd, err := unix.FcntlInt(uintptr(p.epoll), unix.F_DUPFD_CLOEXEC, 0)
	if err != nil {
		return false
	}
	if err := unix.SetNonblock(fd, true); err != nil {
		_ = unix.Close(fd)
		return false
	}
	file := os.NewFile(uintptr(fd), "epoll")
	raw, err := file.SyscallConn()
	if err == nil {
		err = file.SetReadDeadline(time.Time{}) // which fails where Go's poller does not take it
	}
	if err != nil {
		_ = file.Close()
		return false
	}
	p.parked = parking{file: file, raw: raw}
	return true
}

// unpark takes the poller from Go's.
func (p *Poller) unpark() {
	if p.parked.file != nil {
		_ = p.parked.file.Close()
		p.parked = parking{}
	}
}

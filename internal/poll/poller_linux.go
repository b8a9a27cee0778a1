package poll

import (
	"errors"
	"fmt"
	"net"
	"os"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// batch is how many events are taken from the system at a time.
const batch = 128

// Poller waits for sockets.
type Poller struct {
	epoll   int
	wake    int       // an eventfd
	sockets []*Socket // by descriptor
	live    int
	serial  int32 // of the last socket

	events [batch]unix.EpollEvent
	got    int // how many of them are to be told

	busy    bool  // the last wait was short
	waiters int32 // how many pollers of this process may wait in the system
	parked  parking
}

// New returns a poller without sockets.
func New() (*Poller, error) {
	if disabled.Load() {
		return nil, fmt.Errorf("poll: turned off: %w", errors.ErrUnsupported)
	}
	epoll, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		return nil, fmt.Errorf("poll: %w", os.NewSyscallError("epoll_create1", err))
	}
	wake, err := unix.Eventfd(0, unix.EFD_CLOEXEC|unix.EFD_NONBLOCK)
	if err != nil {
		_ = unix.Close(epoll)
		return nil, fmt.Errorf("poll: %w", os.NewSyscallError("eventfd", err))
	}
	p := &Poller{epoll: epoll, wake: wake, waiters: waiters()}
	if err := p.control(unix.EPOLL_CTL_ADD, wake, 0, unix.EPOLLIN); err != nil {
		p.Close()
		return nil, fmt.Errorf("poll: %w", err)
	}
	return p, nil
}

// Close ends the poller. Its sockets are to be closed before.
func (p *Poller) Close() {
	p.unpark()
	_ = unix.Close(p.epoll)
	_ = unix.Close(p.wake)
}

// Sockets returns how many sockets the poller waits for.
func (p *Poller) Sockets() int { return p.live }

// unsent is how many bytes the system holds of what the peer has no room for.
const unsent = 128 << 10

// Add takes a socket over from Go: conn is closed, and its connection lives on as the socket that is returned. From Tell, ready is called when there is
// something to do for it. Where conn is not plainly a socket of the system's, the error wraps errors.ErrUnsupported; conn is as
// it was then, as it is with any error.
func (p *Poller) Add(conn net.Conn, ready func()) (*Socket, error) {
	fd, err := descriptor(conn)
	if err != nil {
		return nil, fmt.Errorf("poll: %w", err)
	}
	// What the peer does not read is to stay with us, where it has a bound, and not in the system's memory, which all sockets share. A Unix socket has
	// no such thing.
	_ = unix.SetsockoptInt(fd, unix.IPPROTO_TCP, unix.TCP_NOTSENT_LOWAT, unsent)
	p.serial++
	if err := p.control(unix.EPOLL_CTL_ADD, fd, p.serial, input); err != nil {
		_ = unix.Close(fd)
		return nil, fmt.Errorf("poll: %w", err)
	}
	s := &Socket{poller: p, fd: fd, serial: p.serial, writable: true, ready: ready, local: conn.LocalAddr(), remote: conn.RemoteAddr()}
	_ = conn.Close()
	for len(p.sockets) <= fd {
		p.sockets = append(p.sockets, nil)
	}
	p.sockets[fd] = s
	p.live++
	return s, nil
}

// descriptor duplicates the descriptor of a TCP or Unix socket. Any other type may do things of its own when it is read, written or closed.
func descriptor(conn net.Conn) (int, error) {
	var socket syscall.Conn
	switch c := conn.(type) {
	case *net.TCPConn:
		socket = c
	case *net.UnixConn:
		socket = c
	default:
		return -1, fmt.Errorf("a %T: %w", conn, syscall.ENOTSUP) // which is errors.ErrUnsupported, too
	}
	raw, err := socket.SyscallConn()
	if err != nil {
		return -1, err
	}
	fd, failed := -1, error(nil)
	err = raw.Control(func(have uintptr) {
		fd, failed = unix.FcntlInt(have, unix.F_DUPFD_CLOEXEC, 0)
	})
	if err != nil {
		return -1, err
	}
	return fd, os.NewSyscallError("fcntl", failed)
}

// control is epoll_ctl. An event tells the descriptor and the serial number of the socket that it is for, because descriptors are used again.
func (p *Poller) control(op, fd int, serial int32, events uint32) error {
	return os.NewSyscallError("epoll_ctl", unix.EpollCtl(p.epoll, op, fd, &unix.EpollEvent{Events: events, Fd: int32(fd), Pad: serial}))
}

// Wake ends a Wait, the one under way or the next one. It can be called from any goroutine.
func (p *Poller) Wake() {
	one := [8]byte{1} // a number in the machine's byte order: whichever that is, it is not 0
	_, _ = unix.Write(p.wake, one[:])
}

// Look looks whether sockets are ready, and does not wait. It says whether Tell has something to tell.
func (p *Poller) Look() bool {
	if p.got == 0 {
		p.take(0)
	}
	return p.got > 0
}

// take takes events, for which it waits so many milliseconds in the system.
func (p *Poller) take(ms int) {
	if n, err := unix.EpollWait(p.epoll, p.events[:], ms); err == nil { // a signal is none
		p.got = n
	}
}

// Tell calls the functions of the sockets that Look or Wait found ready.
func (p *Poller) Tell() {
	n := p.got
	p.got = 0
	for i := range p.events[:n] {
		e := &p.events[i]
		if int(e.Fd) == p.wake {
			var count [8]byte
			_, _ = unix.Read(p.wake, count[:])
			continue
		}
		if s := p.sockets[e.Fd]; s != nil && s.serial == e.Pad { // else it was closed meanwhile
			s.note(e.Events)
			s.ready()
		}
	}
}

// Wait waits until Tell has something to tell, Wake is called, or the time has come; the zero time never comes. It may return early.
func (p *Poller) Wait(until time.Time) {
	if p.got > 0 {
		return
	}
	wait := time.Duration(-1)
	if !until.IsZero() {
		if wait = time.Until(until); wait <= 0 {
			p.take(0)
			return
		}
	}
	if !p.linger(wait) {
		p.park(until)
	}
}

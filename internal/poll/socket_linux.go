package poll

import (
	"errors"
	"io"
	"net"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

const (
	input  = unix.EPOLLIN | unix.EPOLLRDHUP | unix.EPOLLET // what the system is to tell of a socket
	output = unix.EPOLLOUT                                 // and once it was full
)

// Socket is one that a poller waits for. Its methods never wait.
type Socket struct {
	poller *Poller
	fd     int
	serial int32

	readable bool // there may be input
	ended    bool // and it has an end, so it is to be read until that is seen
	writable bool
	filled   bool // it was full once, so the system is to tell when it is not

	ready         func()
	local, remote net.Addr
}

// Readable says whether there may be something to read: else the poller tells when there is.
func (s *Socket) Readable() bool { return s.readable }

// Writable says whether something may be written: else the poller tells when that is so.
func (s *Socket) Writable() bool { return s.writable }

// RemoteAddr returns the peer's address.
func (s *Socket) RemoteAddr() net.Addr { return s.remote }

// note notes what the system says.
func (s *Socket) note(events uint32) {
	const end = unix.EPOLLRDHUP | unix.EPOLLHUP | unix.EPOLLERR
	if events&(unix.EPOLLIN|end) != 0 {
		s.readable = true
	}
	if events&end != 0 {
		s.ended = true
	}
	if events&(output|unix.EPOLLHUP|unix.EPOLLERR) != 0 {
		s.writable = true
	}
}

// Read reads what there is, and returns io.EOF after the last of it. Neither bytes nor an error mean that nothing has come: the poller tells
// when something has.
func (s *Socket) Read(b []byte) (int, error) {
	for {
		n, err := syscall.Read(s.fd, b) // which tells the race detector, as reading by package net does
		switch {
		case err == nil: // nearly always
		case errors.Is(err, unix.EINTR):
			continue
		case errors.Is(err, unix.EAGAIN):
			s.readable = false
			return 0, nil
		default:
			return 0, s.fault("read", err)
		}
		if n == 0 && len(b) > 0 {
			return 0, io.EOF
		}
		if n < len(b) && !s.ended { // what comes from now on is told
			s.readable = false
		}
		return n, nil
	}
}

// Write writes buffers, one after the other, as far as the system takes them, and returns what is left of them, for which it uses the same slice. If
// something is, and there is no error, the socket is full: the poller tells when it is not.
func (s *Socket) Write(bufs [][]byte) (left [][]byte, err error) {
	for len(bufs) > 0 {
		var n int
		if len(bufs) == 1 || gathered == 1 {
			n, err = syscall.Write(s.fd, bufs[0])
		} else {
			n, err = unix.Writev(s.fd, bufs[:min(len(bufs), gathered)])
		}
		switch {
		case err == nil: // nearly always
		case errors.Is(err, unix.EINTR):
			continue
		case errors.Is(err, unix.EAGAIN):
			return bufs, s.full()
		default:
			return bufs, s.fault("write", err)
		}
		for len(bufs) > 0 && n >= len(bufs[0]) {
			n -= len(bufs[0])
			bufs = bufs[1:]
		}
		if n > 0 {
			bufs[0] = bufs[0][n:]
		}
	}
	return nil, nil
}

// full has the system tell when the socket takes more. It is asked only once: a socket that is never full is not told of each time that its peer reads.
func (s *Socket) full() error {
	s.writable = false
	if s.filled {
		return nil
	}
	s.filled = true
	return s.poller.control(unix.EPOLL_CTL_MOD, s.fd, s.serial, input|output)
}

// CloseWrite ends the output. The input goes on.
func (s *Socket) CloseWrite() error {
	if err := unix.Shutdown(s.fd, unix.SHUT_WR); err != nil {
		return s.fault("close", err)
	}
	return nil
}

// Close closes the socket. It can be called again.
func (s *Socket) Close() {
	p := s.poller
	if s.fd < 0 {
		return
	}
	_ = p.control(unix.EPOLL_CTL_DEL, s.fd, 0, 0) // closing it does not do it where a child process is being made, which has it for a moment
	p.sockets[s.fd] = nil
	p.live--
	_ = unix.Close(s.fd)
	s.fd, s.readable, s.writable = -1, false, false
}

// fault makes an error like those of package net.
func (s *Socket) fault(op string, err error) error {
	return &net.OpError{Op: op, Net: s.local.Network(), Source: s.local, Addr: s.remote, Err: os.NewSyscallError(op, err)}
}

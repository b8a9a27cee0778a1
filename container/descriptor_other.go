//go:build !unix

package container

import (
	"net"
	"time"
)

// described is for systems where a socket cannot be read without waiting for input.
func described(conn net.Conn, _ time.Duration, _ bool) net.Conn { return conn }

// plain is for systems where sockets are polled.
func plain(net.Conn) (own net.Conn, ok bool) { return nil, false }

//go:build !unix

package container

import (
	"net"
	"time"
)

// described is for systems where a socket cannot be read without waiting for input.
func described(conn net.Conn, _ time.Duration) net.Conn { return conn }

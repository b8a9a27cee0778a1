//go:build !unix

package container

import (
	"net"
	"time"
)

// polled is for systems where a socket cannot be read without waiting for input.
func polled(conn net.Conn, _ time.Duration) net.Conn { return conn }

package process

import (
	"bytes"
	"fmt"
	"net"
	"os"
	"strings"
	"time"
)

// FreePort finds a port of the loopback that nobody listens at.
func FreePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, nil
}

// Listens waits until the program listens at a port. To find out by connecting would be to be the one connection that it takes, so the kernel is
// asked.
func (p *Process) Listens(port int) error {
	state := fmt.Sprintf(":%04X 00000000:0000 0A ", port)
	state6 := fmt.Sprintf(":%04X 00000000000000000000000000000000:0000 0A ", port)
	look := time.NewTicker(5 * time.Millisecond)
	defer look.Stop()
	for deadline := time.Now().Add(Patience); time.Now().Before(deadline); {
		for _, table := range []string{"/proc/net/tcp", "/proc/net/tcp6"} {
			sockets, err := os.ReadFile(table)
			if err != nil && table == "/proc/net/tcp" {
				return fmt.Errorf("finding out who listens: %w", err)
			}
			if bytes.Contains(sockets, []byte(state)) || bytes.Contains(sockets, []byte(state6)) {
				return nil
			}
		}
		select {
		case <-p.ended:
			return fmt.Errorf("%s: ended before it listened: %w: %s", strings.Join(p.cmd.Args, " "), p.err, tail(p.errs.String()))
		case <-look.C:
		}
	}
	p.Stop(0)
	return fmt.Errorf("%s: does not listen", strings.Join(p.cmd.Args, " "))
}

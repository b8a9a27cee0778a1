package container

import (
	"io"
	"net"
	"os"
	"slices"
	"strings"
	"sync"

	"github.com/hadron-mq/hadron/internal/trace"
)

// tracing is where a container shows its connections' frames.
type tracing struct {
	mu sync.Mutex
	to io.Writer
}

// tracingByEnvironment is for containers that have no option for it: the variable is Qpid Proton's, and so are its values.
func tracingByEnvironment() *tracing {
	if slices.Contains([]string{"1", "true", "yes", "on"}, strings.ToLower(os.Getenv("PN_TRACE_FRM"))) {
		return &tracing{to: os.Stderr}
	}
	return nil
}

func (t *tracing) print(line string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	_, _ = io.WriteString(t.to, line) // a trace that cannot be written is no reason for anything
}

// traced are the two directions of one transport.
type traced struct{ in, out *trace.Stream }

// trace begins to show a transport's frames, by the addresses of its ends.
func (d *driver) trace(conn net.Conn) {
	d.traced = nil
	t := d.loop.container.tracing
	if t == nil {
		return
	}
	name := d.peer()
	if local, remote := conn.LocalAddr(), conn.RemoteAddr(); local != nil && remote != nil && local.Network() != "unix" {
		name = local.String() + "-" + remote.String()
	}
	d.traced = &traced{in: trace.New(name, false, t.print), out: trace.New(name, true, t.print)}
}

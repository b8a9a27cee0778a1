package peer

import (
	"bufio"
	"io"
	"os/exec"
	"runtime"
	"strings"
	"testing"
	"time"
)

// patience is how long a process has for what a test waits for.
const patience = time.Minute

// Process is one run of a program, of whose output every line is in the test's log.
type Process struct {
	t     testing.TB
	name  string
	cmd   *exec.Cmd
	lines chan string   // closed at the end of its output
	ended chan struct{} // closed when the process was waited for
	err   error         // of that wait
}

// Start runs a command until it ends, or the test does. What it writes, to standard output or error, is for [Process.Line] to read.
func Start(t testing.TB, cmd *exec.Cmd) *Process {
	t.Helper()
	output, input := io.Pipe()
	cmd.Stdout, cmd.Stderr = input, input
	cmd.WaitDelay = time.Second // for a child of its own that holds on to its output
	dieWithParent(cmd)
	p := &Process{t: t, name: cmd.Args[0], cmd: cmd, lines: make(chan string, 1024), ended: make(chan struct{})}
	started := make(chan error)
	go func() {
		// The kernel takes the death of the thread that started a child for the death of its parent, so that thread has to live as long
		// as the child.
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := cmd.Start()
		started <- err
		if err != nil {
			return
		}
		p.err = cmd.Wait()
		_ = input.Close()
	}()
	if err := <-started; err != nil {
		t.Fatalf("peer: starting %s: %v", p.name, err)
	}
	go p.read(output)
	t.Cleanup(p.Stop)
	return p
}

// read logs lines and passes them on. Lines beyond those that a test may leave unread are only logged.
func (p *Process) read(output io.Reader) {
	defer close(p.ended)
	defer close(p.lines)
	lines := bufio.NewScanner(output)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		p.t.Log(lines.Text())
		select {
		case p.lines <- lines.Text():
		default:
		}
	}
	_, _ = io.Copy(io.Discard, output) // after a line that is too long: the process must not wait for a reader
}

// Line waits for a line that has this text in it, and returns what follows the text. Lines before it are passed over.
func (p *Process) Line(text string) (rest string) {
	p.t.Helper()
	late := time.NewTimer(patience)
	defer late.Stop()
	for {
		select {
		case line, ok := <-p.lines:
			if !ok {
				p.t.Fatalf("peer: %s ended without saying %q", p.name, text)
			}
			if _, rest, found := strings.Cut(line, text); found {
				return strings.TrimSpace(rest)
			}
		case <-late.C:
			p.t.Fatalf("peer: %s did not say %q", p.name, text)
		}
	}
}

// Wait waits until the process ends by itself, and returns the lines that nobody has read. The error is an *exec.ExitError where the
// process says that it failed.
func (p *Process) Wait() (output string, err error) {
	p.t.Helper()
	select {
	case <-p.ended:
	case <-time.After(patience):
		p.t.Fatalf("peer: %s did not end", p.name)
	}
	var all strings.Builder
	for line := range p.lines {
		all.WriteString(line + "\n")
	}
	return all.String(), p.err
}

// Stop ends the process at once, and returns when it is gone. Stopping it again does nothing.
func (p *Process) Stop() {
	_ = p.cmd.Process.Kill() // fails only where the process has ended
	<-p.ended
}

// Run runs a command to its end, and fails the test where it fails.
func Run(t testing.TB, cmd *exec.Cmd) {
	t.Helper()
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("peer: %v: %v: %s", cmd.Args, err, out)
	}
}

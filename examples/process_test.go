package examples_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// bound is how long any one program may run before it is killed, and the test fails for what is missing from its output.
const bound = 3 * time.Minute

// process is one example that runs.
type process struct {
	t      *testing.T
	cmd    *exec.Cmd
	out    *bufio.Scanner
	err    bytes.Buffer
	exited bool
}

// start runs an example. It is interrupted when the test ends, if it has not ended by itself.
func start(t *testing.T, name string, args ...string) *process {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), bound)
	p := &process{t: t, cmd: exec.CommandContext(ctx, filepath.Join(programs, name), args...)}
	p.cmd.Stderr = &p.err
	out, err := p.cmd.StdoutPipe()
	require.NoError(t, err)
	p.out = bufio.NewScanner(out)
	require.NoError(t, p.cmd.Start())
	t.Cleanup(func() {
		defer cancel()
		if !p.exited {
			p.interrupt()
			p.rest()
			p.exit()
		}
		if t.Failed() {
			t.Logf("%s %s: %s\n%s", name, strings.Join(args, " "), p.cmd.ProcessState, &p.err)
		}
	})
	return p
}

// line waits for the next line of output.
func (p *process) line() string {
	p.t.Helper()
	require.True(p.t, p.out.Scan(), "%s: another line was expected", p.cmd.Path)
	return p.out.Text()
}

// rest waits for the end of the output and returns what there is until then.
func (p *process) rest() string {
	var b strings.Builder
	for p.out.Scan() {
		b.WriteString(p.out.Text() + "\n")
	}
	return b.String()
}

// interrupt asks the program to end.
func (p *process) interrupt() {
	if err := p.cmd.Process.Signal(os.Interrupt); err != nil && !errors.Is(err, os.ErrProcessDone) {
		p.t.Errorf("%s: interrupt: %v", p.cmd.Path, err)
	}
}

// exit waits for the end of the program and returns its code, -1 where it was killed. The output was read before.
func (p *process) exit() int {
	p.exited = true
	var ended *exec.ExitError
	if err := p.cmd.Wait(); err != nil && !errors.As(err, &ended) {
		p.t.Errorf("%s: %v", p.cmd.Path, err)
	}
	return p.cmd.ProcessState.ExitCode()
}

// errors returns what the program wrote to its standard error. It has ended before.
func (p *process) errors() string { return p.err.String() }

// numbered returns the sender's messages from first to last.
func numbered(first, last int) []string {
	var all []string
	for i := first; i <= last; i++ {
		all = append(all, fmt.Sprintf("message %d", i))
	}
	return all
}

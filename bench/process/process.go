// Package process runs the programs of bench, each in a process of its own.
//
// What lives here: [Process], starting it, waiting for it to listen and for what it prints as its last line, and [Pair] for two that talk to each other. What
// does not: which programs there are, and what their figures mean.
package process

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"time"
)

// Patience is how long a listener has until it listens, and the other end once there is a figure.
const Patience = 5 * time.Second

// Process is one program that runs.
type Process struct {
	cmd       *exec.Cmd
	out, errs bytes.Buffer
	ended     chan struct{}
	err       error // once ended is closed
}

// Start runs a program, with settings of its own in the environment.
func Start(ctx context.Context, env []string, argv ...string) (*Process, error) {
	p := &Process{cmd: exec.CommandContext(ctx, argv[0], argv[1:]...), ended: make(chan struct{})}
	p.cmd.Env = append(os.Environ(), env...)
	p.cmd.Stdout, p.cmd.Stderr = &p.out, &p.errs
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	go func() {
		p.err = p.cmd.Wait()
		close(p.ended)
	}()
	return p, nil
}

// Figure waits for the program's end, and decodes the last line that it printed, which is JSON.
func (p *Process) Figure(figure any) error {
	<-p.ended
	lines := strings.Split(strings.TrimSpace(p.out.String()), "\n")
	if err := json.Unmarshal([]byte(lines[len(lines)-1]), figure); err != nil {
		return fmt.Errorf("%s: no figure: %w: %s", strings.Join(p.cmd.Args, " "), errors.Join(p.err, err), tail(p.errs.String()))
	}
	return nil
}

// Stop waits a little for the program to end, and then ends it.
func (p *Process) Stop(patience time.Duration) {
	late := time.NewTimer(patience)
	defer late.Stop()
	select {
	case <-p.ended:
	case <-late.C:
		_ = p.cmd.Process.Kill() // fails only where it has ended
		<-p.ended
	}
}

// CPU is what a process that has ended took of the processors.
func (p *Process) CPU() time.Duration {
	return p.cmd.ProcessState.UserTime() + p.cmd.ProcessState.SystemTime()
}

// tail is the end of what a program wrote.
func tail(s string) string { return s[max(0, len(s)-300):] }

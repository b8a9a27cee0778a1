package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
)

// port is a harbour that runs, in a process of its own.
type port struct {
	url string
	cmd *exec.Cmd
	in  io.WriteCloser
	out *bufio.Reader
}

// openPort starts this program again as the other end.
func openPort(ctx context.Context, role, url string) (*port, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	p := &port{cmd: exec.CommandContext(ctx, self, role, url)}
	p.cmd.Env = append(os.Environ(), asProgram+"=1")
	p.cmd.Stderr = os.Stderr
	if p.in, err = p.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	p.out = bufio.NewReader(out)
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	line, err := p.out.ReadString('\n')
	if err != nil {
		p.kill()
		return nil, fmt.Errorf("%s at %s: it does not say where it listens: %w", role, url, err)
	}
	p.url = line[:len(line)-1]
	return p, nil
}

// asProgram in the environment makes a test binary the program.
const asProgram = "HADRON_FLEET"

// memory asks for the other end's.
func (p *port) memory() (m memory, err error) {
	if _, err := io.WriteString(p.in, "memory\n"); err != nil {
		return m, err
	}
	line, err := p.out.ReadBytes('\n')
	if err != nil {
		return m, fmt.Errorf("the other end has gone: %w", err)
	}
	return m, json.Unmarshal(line, &m)
}

// kill ends the process as a power cut would.
func (p *port) kill() {
	_ = p.cmd.Process.Kill() // fails only where it has ended
	_ = p.cmd.Wait()         // as it was killed
}

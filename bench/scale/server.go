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

// server is the other end as it runs, in a process of its own.
type server struct {
	url string
	cmd *exec.Cmd
	in  io.WriteCloser
	out *bufio.Reader
}

// startServer starts this program again as the other end.
func startServer(ctx context.Context, role, url string) (*server, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	s := &server{cmd: exec.CommandContext(ctx, self, role, url)}
	s.cmd.Env = append(os.Environ(), asProgram+"=1")
	s.cmd.Stderr = os.Stderr
	if s.in, err = s.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := s.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	s.out = bufio.NewReader(out)
	if err := s.cmd.Start(); err != nil {
		return nil, err
	}
	line, err := s.out.ReadString('\n')
	if err != nil {
		s.kill()
		return nil, fmt.Errorf("%s at %s: it does not say where it listens: %w", role, url, err)
	}
	s.url = line[:len(line)-1]
	return s, nil
}

// asProgram in the environment makes a test binary the program.
const asProgram = "HADRON_SCALE"

// memory asks for the other end's.
func (s *server) memory() (m memory, err error) {
	if _, err := io.WriteString(s.in, "memory\n"); err != nil {
		return m, err
	}
	line, err := s.out.ReadBytes('\n')
	if err != nil {
		return m, fmt.Errorf("the other end has gone: %w", err)
	}
	return m, json.Unmarshal(line, &m)
}

// kill ends the process as a power cut would.
func (s *server) kill() {
	_ = s.cmd.Process.Kill() // fails only where it has ended
	_ = s.cmd.Wait()         // as it was killed
}

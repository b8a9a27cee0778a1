package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync/atomic"
	"time"
)

// asProgram in the environment makes a test binary the program.
const asProgram = "HADRON_SIEGE"

// process is this program in another role, in a process of its own.
type process struct {
	cmd   *exec.Cmd
	in    io.WriteCloser
	lines chan string  // what it says; closed at its end
	log   *os.File     // what it logs
	most  atomic.Int64 // memory, as watch saw it
}

func start(ctx context.Context, args ...string) (*process, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	p := &process{cmd: exec.CommandContext(ctx, self, args...), lines: make(chan string, 16)}
	p.cmd.Env = append(os.Environ(), asProgram+"=1")
	if p.log, err = os.CreateTemp("", "siege-log-"); err != nil {
		return nil, err
	}
	_ = os.Remove(p.log.Name()) // it goes with the process
	p.cmd.Stderr = p.log
	if p.in, err = p.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	go func() {
		defer close(p.lines)
		for scan := bufio.NewScanner(out); scan.Scan(); {
			p.lines <- scan.Text()
		}
	}()
	return p, nil
}

// line waits for the next line that the process says.
func (p *process) line(patience time.Duration) (string, error) {
	late := time.NewTimer(patience)
	defer late.Stop()
	select {
	case line, ok := <-p.lines:
		if ok {
			return line, nil
		}
		return "", fmt.Errorf("%s: ended: %s", strings.Join(p.cmd.Args[1:], " "), p.lastLog())
	case <-late.C:
		return "", fmt.Errorf("%s: says nothing", strings.Join(p.cmd.Args[1:], " "))
	}
}

// tell gives the process a line.
func (p *process) tell(line string) error {
	_, err := io.WriteString(p.in, line+"\n")
	return err
}

// kill ends the process as a power cut would.
func (p *process) kill() {
	_ = p.cmd.Process.Kill() // fails only where it has ended
	for range p.lines {
	}
	_ = p.cmd.Wait() // as it was killed
	_ = p.log.Close()
}

// lastLog is the end of what the process logged.
func (p *process) lastLog() string {
	size := p.logged()
	b := make([]byte, min(size, 2000))
	n, _ := p.log.ReadAt(b, size-int64(len(b)))
	return string(b[:n])
}

// logged is how many bytes the process has logged.
func (p *process) logged() int64 {
	info, err := p.log.Stat()
	if err != nil {
		return 0
	}
	return info.Size()
}

// ticks is how many of Linux's a second has (proc_pid_stat(5)).
const ticks = 100

// cpu is how much time of processors the process has used; 0 where it has ended.
func (p *process) cpu() time.Duration {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", p.cmd.Process.Pid))
	if err != nil {
		return 0
	}
	fields := bytes.Fields(stat[bytes.LastIndexByte(stat, ')')+1:]) // the first is the third
	if len(fields) < 13 {
		return 0
	}
	inUser, _ := strconv.Atoi(string(fields[11]))
	inSystem, _ := strconv.Atoi(string(fields[12]))
	return time.Duration(inUser+inSystem) * time.Second / ticks
}

// watch looks at the process's memory until ctx is done, or it is too much.
func (p *process) watch(ctx context.Context) int64 {
	look := time.NewTicker(20 * time.Millisecond)
	defer look.Stop()
	for {
		if now := p.peak(); now > 0 {
			p.most.Store(now)
		}
		if p.most.Load() > tooMuch {
			return p.most.Load()
		}
		select {
		case <-ctx.Done():
			return p.most.Load()
		case <-look.C:
		}
	}
}

// peak is the most memory that the process ever had resident, in bytes; 0 where it has ended.
func (p *process) peak() int64 {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid))
	if err != nil {
		return 0
	}
	for line := range bytes.Lines(status) {
		if f := bytes.Fields(line); len(f) == 3 && string(f[0]) == "VmHWM:" {
			n, _ := strconv.ParseInt(string(f[1]), 10, 64)
			return n << 10
		}
	}
	return 0
}

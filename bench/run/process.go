package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"time"
)

const (
	bound    = 2 * time.Minute // of one run
	patience = 5 * time.Second // for the other end, once there is a figure, and for a listener to listen
)

// process is one program that runs.
type process struct {
	cmd       *exec.Cmd
	out, errs bytes.Buffer
	ended     chan struct{}
	err       error // once ended is closed
}

// start runs a program, with settings of its own in the environment.
func start(ctx context.Context, env []string, argv ...string) (*process, error) {
	p := &process{cmd: exec.CommandContext(ctx, argv[0], argv[1:]...), ended: make(chan struct{})}
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

// figure waits for the last line that the program prints.
func (p *process) figure() (f figure, err error) {
	<-p.ended
	lines := strings.Split(strings.TrimSpace(p.out.String()), "\n")
	if err := json.Unmarshal([]byte(lines[len(lines)-1]), &f); err != nil {
		return f, fmt.Errorf("%s: no figure: %w: %s", strings.Join(p.cmd.Args[1:], " "), errors.Join(p.err, err), tail(p.errs.String()))
	}
	return f, nil
}

// stop waits a little for the program to end, and then ends it.
func (p *process) stop(patience time.Duration) {
	late := time.NewTimer(patience)
	defer late.Stop()
	select {
	case <-p.ended:
	case <-late.C:
		_ = p.cmd.Process.Kill() // fails only where it has ended
		<-p.ended
	}
}

// tail is the end of what a program wrote.
func tail(s string) string { return s[max(0, len(s)-300):] }

// end is one end of what is measured: arguments follow the program, HOST and PORT the role and the side.
type end struct {
	program string
	env     []string
	flags   []string
	role    string
}

// The settings that are measured: Go's defaults, and what bench/README.md calls tuned. Both are said in full, so that they hold for programs of an
// older tree too, which may have had others.
var (
	defaults = []string{"GOGC=100", fmt.Sprintf("GOMAXPROCS=%d", runtime.NumCPU())}
	tuned    = []string{"GOGC=400", "GOMAXPROCS=1"}
)

const poll = "1ms" // of what is tuned

// hadron is an end that is a program of ours at Go's defaults.
func hadron(program, role string, flags ...string) end {
	return end{program: program, role: role, env: defaults, flags: append([]string{"-poll", "0"}, flags...)}
}

// hadronTuned is one that is tuned.
func hadronTuned(program, role string, flags ...string) end {
	return end{program: program, role: role, env: tuned, flags: append([]string{"-poll", poll}, flags...)}
}

func (e end) start(ctx context.Context, side string, port int, args []any) (*process, error) {
	argv := append(append([]string{e.program}, e.flags...), e.role, side, "127.0.0.1", fmt.Sprint(port))
	for _, a := range args {
		argv = append(argv, fmt.Sprint(a))
	}
	return start(ctx, e.env, argv...)
}

// pair runs two ends, the first one listening, and returns the figure of the one that has the clock.
func (b *bench) pair(listener, connector end, listenerCounts bool, args ...any) (figure, error) {
	ctx, cancel := context.WithTimeout(b.ctx, bound)
	defer cancel()
	port, err := freePort()
	if err != nil {
		return figure{}, err
	}
	there, err := listener.start(ctx, "listen", port, args)
	if err != nil {
		return figure{}, err
	}
	if err := there.listens(port); err != nil {
		return figure{}, err
	}
	here, err := connector.start(ctx, "connect", port, args)
	if err != nil {
		there.stop(0)
		return figure{}, err
	}
	counts := here
	if listenerCounts {
		counts = there
	}
	f, err := counts.figure()
	here.stop(patience)
	there.stop(patience)
	f.listener, f.connects = there.cpu()/f.Count, here.cpu()/f.Count
	return f, err
}

// cpu is what a process that has ended took of the processors, in microseconds.
func (p *process) cpu() float64 {
	state := p.cmd.ProcessState
	return float64((state.UserTime() + state.SystemTime()).Microseconds())
}

// through runs two ends that meet at a broker, the first one waiting for what the second sends, and returns the first one's figure.
func (b *bench) through(receiver, sender end, args ...any) (figure, error) {
	ctx, cancel := context.WithTimeout(b.ctx, bound)
	defer cancel()
	port, err := freePort()
	if err != nil {
		return figure{}, err
	}
	broker, err := start(ctx, defaults, b.programs.broker, "-a", fmt.Sprintf("amqp://127.0.0.1:%d", port))
	if err != nil {
		return figure{}, err
	}
	defer broker.stop(0)
	if err := broker.listens(port); err != nil {
		return figure{}, err
	}
	to, err := receiver.start(ctx, "connect", port, args)
	if err != nil {
		return figure{}, err
	}
	defer to.stop(patience)
	from, err := sender.start(ctx, "connect", port, args)
	if err != nil {
		to.stop(0)
		return figure{}, err
	}
	defer from.stop(patience)
	return to.figure()
}

func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, nil
}

// listens waits until the program does. To find out by connecting would be to be the one connection that it takes, so the kernel is
// asked.
func (p *process) listens(port int) error {
	state := fmt.Sprintf(":%04X 00000000:0000 0A ", port)
	state6 := fmt.Sprintf(":%04X 00000000000000000000000000000000:0000 0A ", port)
	look := time.NewTicker(5 * time.Millisecond)
	defer look.Stop()
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); {
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
	p.stop(0)
	return fmt.Errorf("%s: does not listen", strings.Join(p.cmd.Args, " "))
}

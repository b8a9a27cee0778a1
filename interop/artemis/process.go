package artemis

import (
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"time"
)

// stopTimeout is how long a broker may take to stop by itself before it is killed.
const stopTimeout = 30 * time.Second

// process is one run of the broker's Java.
type process struct {
	pid   int
	os    *os.Process
	ended chan struct{} // closed when the process is gone and was waited for
}

// startProcess starts a command and waits for its end in the background.
func startProcess(command *exec.Cmd) (*process, error) {
	dieWithParent(command)
	p := &process{ended: make(chan struct{})}
	started := make(chan error)
	go func() {
		// The kernel takes the death of the thread that started a child for the death of its parent, so that thread
		// has to live as long as the child.
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := command.Start()
		started <- err
		if err == nil {
			_ = command.Wait() // the broker's exit status says nothing that its log does not
			close(p.ended)
		}
	}()
	if err := <-started; err != nil {
		return nil, fmt.Errorf("artemis: starting java: %w", err)
	}
	p.os = command.Process
	p.pid = command.Process.Pid
	return p, nil
}

// kill ends the process at once and waits until it is gone.
func (p *process) kill() {
	_ = p.os.Kill() // fails only when the process has ended already
	<-p.ended
}

// stop asks the process to end, and kills it when it takes longer than stopTimeout.
func (p *process) stop() {
	if err := p.os.Signal(stopSignal); err != nil {
		p.kill()
		return
	}
	select {
	case <-p.ended:
	case <-time.After(stopTimeout):
		p.kill()
	}
}

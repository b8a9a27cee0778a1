package artemis

import (
	"os/exec"
	"syscall"
)

const stopSignal = syscall.SIGTERM

// dieWithParent has the kernel kill the command when the test binary dies without cleaning up, as it does when it
// passes its time limit.
func dieWithParent(command *exec.Cmd) {
	command.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
}

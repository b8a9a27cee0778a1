package peer

import (
	"os/exec"
	"syscall"
)

// dieWithParent has the kernel kill the command when the test binary dies without cleaning up, as it does when it passes its time
// limit.
func dieWithParent(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
}

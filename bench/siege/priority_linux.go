package main

import "syscall"

// giveWay lets other processes have the processors before this one: a real attacker has a machine of its own, and its work there harms nobody.
func giveWay() {
	const less = 5
	if have, err := syscall.Getpriority(syscall.PRIO_PROCESS, 0); err == nil { // 20 less the nice value (getpriority(2))
		_ = syscall.Setpriority(syscall.PRIO_PROCESS, 0, 20-have+less) // without it, the figures are worse than they are
	}
}

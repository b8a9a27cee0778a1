package main

import (
	"fmt"
	"syscall"
)

// spare is how many files a process needs besides the sockets that are measured.
const spare = 32

// files lets the process have n sockets. Where the system does not allow so many, it returns how many it does, and why.
func files(n int) (int, error) {
	want := uint64(n + spare)
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		return n, fmt.Errorf("asking for the limit of open files: %w", err)
	}
	if limit.Cur >= want {
		return n, nil
	}
	raised := syscall.Rlimit{Cur: want, Max: max(limit.Max, want)}
	err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &raised)
	if err == nil {
		return n, nil
	}
	raised = syscall.Rlimit{Cur: limit.Max, Max: limit.Max}
	if syscall.Setrlimit(syscall.RLIMIT_NOFILE, &raised) == nil {
		limit = raised
	}
	if limit.Cur >= want {
		return n, nil
	}
	return max(int(limit.Cur)-spare, 1), fmt.Errorf("%d connections need %d open files, and the limit is %d, which cannot be raised: %w",
		n, want, limit.Cur, err)
}

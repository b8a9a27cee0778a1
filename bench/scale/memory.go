package main

import (
	"bytes"
	"os"
	"runtime"
	"runtime/debug"
	"strconv"
)

// memory is what a process has, in bytes.
type memory struct {
	Heap     int64 `json:"heap"`     // in use by objects
	Stacks   int64 `json:"stacks"`   // in use by goroutines
	Resident int64 `json:"resident"` // of the whole process; 0 where the system does not say
}

// measure collects what is not needed, and says what is left.
func measure() memory {
	runtime.GC()
	debug.FreeOSMemory() // and a second collection, for what finalizers and pools held on to
	var s runtime.MemStats
	runtime.ReadMemStats(&s)
	return memory{Heap: int64(s.HeapAlloc), Stacks: int64(s.StackInuse), Resident: resident()}
}

// resident reads VmRSS.
func resident() int64 {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	for line := range bytes.Lines(status) {
		if field := bytes.Fields(line); len(field) == 3 && string(field[0]) == "VmRSS:" {
			n, err := strconv.ParseInt(string(field[1]), 10, 64)
			if err == nil {
				return n << 10
			}
		}
	}
	return 0
}

// per is what each of n has cost since before.
func (m memory) per(before memory, n int) memory {
	return memory{
		Heap:     (m.Heap - before.Heap) / int64(n),
		Stacks:   (m.Stacks - before.Stacks) / int64(n),
		Resident: (m.Resident - before.Resident) / int64(n),
	}
}

package main

import (
	"context"
	"os"
	"runtime"
	"strconv"
	"strings"
	"time"

	"github.com/hadron-mq/hadron/bench/process"
)

// machine is where the figures are from.
type machine struct {
	cpu, memory, system string
	cores               int
	golang, hadron      string
	protonC, goAMQP     string
	day                 string
	load                float64 // when the run began
}

// look finds out. What it cannot find out is empty.
func look(ctx context.Context, p programs) machine {
	m := machine{cores: runtime.NumCPU(), golang: runtime.Version(), day: time.Now().UTC().Format(time.DateOnly)}
	m.cpu = field("/proc/cpuinfo", "model name")
	if kib, err := strconv.Atoi(strings.TrimSuffix(field("/proc/meminfo", "MemTotal"), " kB")); err == nil {
		m.memory = strconv.Itoa((kib+1<<19)>>20) + " GiB"
	}
	kernel, _ := os.ReadFile("/proc/sys/kernel/osrelease")
	m.system = strings.TrimSpace(strings.Trim(field("/etc/os-release", "PRETTY_NAME"), `"`) + ", Linux " + string(kernel))
	if load, err := os.ReadFile("/proc/loadavg"); err == nil {
		m.load, _ = strconv.ParseFloat(strings.Fields(string(load))[0], 64)
	}
	m.hadron, _ = process.Output(ctx, "git", "rev-parse", "--short", "HEAD")
	if changed, err := process.Output(ctx, "git", "status", "--porcelain", "--untracked-files=no"); err == nil && changed != "" {
		m.hadron += ", with changes"
	}
	m.goAMQP, _ = process.Output(ctx, "go", "list", "-m", "-f", "{{.Version}}", "github.com/Azure/go-amqp")
	if p.protonC != nil {
		m.protonC, _ = p.protonC.Version(ctx)
	}
	return m
}

// field reads the first line of a file that begins with a name, in either of the forms that Linux writes.
func field(file, name string) string {
	text, err := os.ReadFile(file)
	if err != nil {
		return ""
	}
	for line := range strings.Lines(string(text)) {
		if rest, ok := strings.CutPrefix(line, name); ok {
			return strings.TrimSpace(strings.TrimLeft(rest, " \t:="))
		}
	}
	return ""
}

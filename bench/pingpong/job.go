package main

import (
	"fmt"
	"io"
	"net"
	"os"
	"strconv"
	"time"
)

// job is what the command line asks for.
type job struct {
	pinging   bool
	listening bool
	hostPort  string
	count     int
	body      int // bytes of each message's data section
	poll      time.Duration
	figure    io.Writer
}

// warmUp is how many round trips come before those that are measured.
func (j *job) warmUp() int { return j.count / 10 }

// parse reads the arguments in the order that all peers share.
func parse(args []string) (*job, error) {
	if len(args) != 6 {
		return nil, fmt.Errorf("%d arguments in place of 6", len(args))
	}
	j := &job{pinging: args[0] == "ping", listening: args[1] == "listen", hostPort: net.JoinHostPort(args[2], args[3]), figure: os.Stdout}
	if !j.pinging && args[0] != "pong" {
		return nil, fmt.Errorf("role %q is neither ping nor pong", args[0])
	}
	if !j.listening && args[1] != "connect" {
		return nil, fmt.Errorf("side %q is neither connect nor listen", args[1])
	}
	var err error
	if j.count, err = strconv.Atoi(args[4]); err != nil || j.count < 1 {
		return nil, fmt.Errorf("COUNT %q is not a number of at least 1", args[4])
	}
	if j.body, err = strconv.Atoi(args[5]); err != nil || j.body < 0 {
		return nil, fmt.Errorf("BODY_BYTES %q is not a number of at least 0", args[5])
	}
	return j, nil
}

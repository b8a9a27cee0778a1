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
	sending   bool
	listening bool
	hostPort  string
	address   string
	count     int
	body      int // bytes of each message's data section
	credit    int // messages that may be on their way
	settled   bool

	links       int // on each connection that is made
	connections int
	loops       int
	poll        time.Duration
	borrow      bool
	certificate string // PEM files, empty for connections in the clear
	key         string
	figure      io.Writer // where the last line goes
}

func (j *job) role() string {
	if j.sending {
		return "send"
	}
	return "receive"
}

// parse reads the arguments in the order that all peers share, of a job with one connection and one link.
func parse(args []string) (*job, error) {
	if len(args) < 8 || len(args) > 9 {
		return nil, fmt.Errorf("%d arguments in place of 8 or 9", len(args))
	}
	j := &job{hostPort: net.JoinHostPort(args[2], args[3]), address: args[4], links: 1, connections: 1, loops: 1, figure: os.Stdout}
	var err error
	if j.sending, err = choose("role", args[0], "send", "receive"); err != nil {
		return nil, err
	}
	if j.listening, err = choose("side", args[1], "listen", "connect"); err != nil {
		return nil, err
	}
	if j.count, err = number("COUNT", args[5], 1); err != nil {
		return nil, err
	}
	if j.body, err = number("BODY_BYTES", args[6], 0); err != nil {
		return nil, err
	}
	if j.credit, err = number("CREDIT", args[7], 1); err != nil {
		return nil, err
	}
	if len(args) == 9 {
		if j.settled = args[8] == "settled"; !j.settled {
			return nil, fmt.Errorf("%q is not settled", args[8])
		}
	}
	return j, nil
}

// spread has the job done over more than one connection or link.
func (j *job) spread(connections, links int) error {
	if connections < 1 || links < 1 {
		return fmt.Errorf("%d connections with %d links each: at least one of both is needed", connections, links)
	}
	j.connections, j.links = connections, links
	return nil
}

// choose says whether an argument is the first of two words.
func choose(name, arg, yes, no string) (bool, error) {
	if arg != yes && arg != no {
		return false, fmt.Errorf("%s %q is neither %s nor %s", name, arg, yes, no)
	}
	return arg == yes, nil
}

func number(name, arg string, least int) (int, error) {
	n, err := strconv.Atoi(arg)
	if err != nil || n < least {
		return 0, fmt.Errorf("%s %q is not a number of at least %d", name, arg, least)
	}
	return n, nil
}

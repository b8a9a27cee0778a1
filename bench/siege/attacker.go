package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"sync"
	"sync/atomic"
	"time"
)

// attacker is an attack under way, in a process of its own.
type attacker struct {
	victim *url.URL
	quick  bool

	sent   atomic.Int64
	began  atomic.Bool
	sizes  atomic.Int32 // how often what was sent was too large
	before atomic.Int64 // bytes that were sent in preparation

	mu      sync.Mutex
	sockets int
	serials int
	answers map[string]int
	idle    []*peer // that are kept open
}

// outcome is the line that an attacker ends with.
type outcome struct {
	Sent    int64          `json:"sent"`    // bytes of the attack itself
	Prepare int64          `json:"prepare"` // bytes that prepared it
	Sockets int            `json:"sockets"`
	Answers map[string]int `json:"answers"` // what the victim said, or did, and how often
}

// What an attacker says before that: a line each.
const (
	sayAttacking = "attacking" // from now on it hurts
	sayDial      = "dial "     // the victim is to connect to the URL that follows
	sayFailed    = "failed "
)

// start runs the attack in this process, until its standard input ends.
func (k attack) start(at string, quick bool) error {
	u, err := url.Parse(at)
	if err != nil {
		return err
	}
	giveWay()
	a := &attacker{victim: u, quick: quick, answers: make(map[string]int)}
	go func() {
		switch err := k.run(a); {
		case err == nil:
		case a.began.Load(): // and the victim has put an end to it
			a.note("given up: " + err.Error())
		default:
			fmt.Println(sayFailed + err.Error())
		}
	}()
	_, _ = io.Copy(io.Discard, os.Stdin)
	a.mu.Lock()
	defer a.mu.Unlock()
	sent, before := a.sent.Load(), a.before.Load()
	return json.NewEncoder(os.Stdout).Encode(outcome{sent - before, before, a.sockets, a.answers})
}

// attacking tells that all is prepared, and the attack itself begins. Only the first time counts.
func (a *attacker) attacking() {
	if a.began.CompareAndSwap(false, true) {
		a.before.Store(a.sent.Load())
		fmt.Println(sayAttacking)
	}
}

// size is how many there are to be of something: fewer where the attack is only tried.
func (a *attacker) size(n int) int {
	if a.quick {
		return max(n/50, 2)
	}
	return n
}

// fitting is a size that becomes smaller each time that the victim closes the connection because of what it cannot decode, or will not.
func (a *attacker) fitting(n int) int { return max(a.size(n)>>a.sizes.Load(), 1) }

// serial is another number each time.
func (a *attacker) serial() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.serials++
	return a.serials
}

// first is true the first time.
func (a *attacker) first() bool { return a.serial() == 1 }

// note counts an answer.
func (a *attacker) note(what string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if len(a.answers) < 100 {
		a.answers[what]++
	}
}

// from has an address of its own, so that what a victim does about addresses is done to it alone.
var from = net.Dialer{Timeout: patience, LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, 0, 2)}}

// dial makes a socket whose bytes are counted.
func (a *attacker) dial() (net.Conn, error) {
	conn, err := from.Dial("tcp", a.victim.Host)
	if err != nil {
		a.note("refused")
		return nil, err
	}
	return a.counted(conn), nil
}

// counted is a socket whose bytes are counted, and that is itself.
func (a *attacker) counted(conn net.Conn) net.Conn {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.sockets++
	return counted{conn, &a.sent}
}

// counted counts what is written.
type counted struct {
	net.Conn
	sent *atomic.Int64
}

func (c counted) Write(b []byte) (int, error) {
	n, err := c.Conn.Write(b)
	c.sent.Add(int64(n))
	return n, err
}

// errGone is the end of a connection.
var errGone = errors.New("the victim has closed the connection")

// manner is what a hostile peer says of itself and of its session.
type manner struct{ open, begin at }

// open makes a connection with a session.
func (a *attacker) open(m manner) (*peer, error) {
	p, err := a.connect()
	if err != nil {
		return nil, err
	}
	p.write([]byte(headerAMQP), open(m.open), begin(0, m.begin))
	return p, p.await("the answer to begin", func() bool { return p.seen[codeBegin] > 0 })
}

// connect makes a connection on which nothing was said.
func (a *attacker) connect() (*peer, error) {
	conn, err := a.dial()
	if err != nil {
		return nil, err
	}
	p := &peer{attacker: a, sizes: a.sizes.Load(), conn: conn, out: bufio.NewWriterSize(conn, 64<<10), room: make(map[link]uint32), sent: make(map[link]uint32)}
	p.changed = sync.NewCond(&p.mu)
	go p.read()
	return p, nil
}

// again attacks over and over: where the victim closes the connection, on another one.
func (a *attacker) again(m manner, f func(p *peer) error) error {
	for {
		p, err := a.open(m)
		if err == nil {
			err = f(p)
		}
		if p != nil {
			p.close()
		}
		if err != nil && !errors.Is(err, errGone) {
			a.note("given up: " + err.Error())
		}
		time.Sleep(time.Millisecond) // what a hostile peer waits for is for it to say
	}
}

// many makes an attack from n goroutines, each for itself.
func (a *attacker) many(n int, f func(i int) error) error {
	failed := make(chan error, n)
	for i := range n {
		go func() { failed <- f(i) }()
	}
	var err error
	for range n {
		err = errors.Join(err, <-failed)
	}
	return err
}

// keep holds a connection for the rest of the attack.
func (a *attacker) keep(p *peer) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.idle = append(a.idle, p)
}

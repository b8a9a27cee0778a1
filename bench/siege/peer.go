package main

import (
	"bufio"
	"fmt"
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// patience is how long an attacker waits for an answer.
const patience = 20 * time.Second

// link is one by its channel and handle. The victim answers with the same numbers where they are used in order, and so they are here.
type link struct {
	channel uint16
	handle  uint32
}

// peer is one hostile connection. It is written by one goroutine; another reads what the victim says.
type peer struct {
	attacker *attacker
	conn     net.Conn
	out      *bufio.Writer
	failed   error // of writing
	closed   atomic.Bool
	sizes    int32 // the attacker's, when the connection was made

	mu       sync.Mutex
	changed  *sync.Cond
	seen     [256]int // the victim's frames by their codes
	messages int      // that came whole
	first    uint32   // delivery-id of the first message, and of the last
	last     uint32
	window   uint32          // transfer frames that the victim takes, from the first on
	largest  uint32          // message that it takes on the last link; 0 for any
	room     map[link]uint32 // messages that it takes on a link, from the first on
	fail     error           // of reading
	stalled  bool            // nothing is read
	onAnswer func(a *answer)

	frames uint32          // transfer frames that were sent
	sent   map[link]uint32 // messages that were
	ids    uint32
}

// write writes frames, some time. Its error is for flush to tell.
func (p *peer) write(frames ...[]byte) {
	for _, f := range frames {
		if _, err := p.out.Write(f); err != nil || p.closed.Load() {
			p.failed = errGone
		}
	}
}

// flush writes what is left.
func (p *peer) flush() error {
	if err := p.out.Flush(); err != nil {
		p.failed = errGone
	}
	return p.failed
}

// send writes frames now.
func (p *peer) send(frames ...[]byte) error {
	p.write(frames...)
	return p.flush()
}

func (p *peer) close() { _ = p.conn.Close() }

// await flushes, and waits until what the victim said is what was waited for.
func (p *peer) await(what string, until func() bool) error {
	if err := p.flush(); err != nil {
		return err
	}
	late := time.AfterFunc(patience, func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		if p.fail == nil {
			p.fail = fmt.Errorf("waiting for %s: nothing came", what)
		}
		p.changed.Broadcast()
	})
	defer late.Stop()
	p.mu.Lock()
	defer p.mu.Unlock()
	for !until() && p.fail == nil {
		p.changed.Wait()
	}
	if !until() {
		return p.fail
	}
	return nil
}

// attached waits until the victim has answered so many attaches.
func (p *peer) attached(n int) error {
	return p.await("answers to attach", func() bool { return p.seen[codeAttach] >= n })
}

// read takes the victim's answers until the connection ends.
func (p *peer) read() {
	in := bufio.NewReaderSize(p.conn, 64<<10)
	for {
		a, err := readAnswer(in)
		p.mu.Lock()
		if err != nil {
			p.fail = errGone
			p.changed.Broadcast()
			p.mu.Unlock()
			p.attacker.note("socket closed")
			return
		}
		p.heed(&a)
		for p.stalled {
			p.changed.Wait()
		}
		p.mu.Unlock()
	}
}

// heed takes note of an answer.
func (p *peer) heed(a *answer) {
	if a.code == 0 && a.header == "" {
		return
	}
	p.seen[a.code]++
	switch a.code {
	case codeBegin:
		p.window = a.number(2)
	case codeAttach:
		p.largest = a.number(10)
	case codeFlow:
		p.window = a.number(0) + a.number(1)
		if a.has(4) {
			p.room[link{a.channel, a.number(4)}] = a.number(5) + a.number(6)
		}
	case codeTransfer:
		if p.messages == 0 && a.has(1) {
			p.first = a.number(1)
		}
		if a.has(1) {
			p.last = a.number(1)
		}
		if more, _ := a.field(5).(bool); !more {
			p.messages++
		}
	case codeDisposition:
		p.told("rejects", a.condition(4))
	case codeDetach:
		p.told("detaches", a.condition(2))
	case codeEnd:
		p.told("ends", a.condition(0))
	case codeClose:
		p.told("closes", a.condition(0))
		if a.condition(0) == "amqp:decode-error" {
			p.attacker.sizes.CompareAndSwap(p.sizes, p.sizes+1)
		}
		p.closed.Store(true)
		p.fail = errGone
	}
	if p.onAnswer != nil {
		p.onAnswer(a)
	}
	p.changed.Broadcast()
}

func (p *peer) told(what, condition string) {
	if condition != "" {
		p.attacker.note(what + ": " + condition)
	}
}

// stall stops reading: the victim's output stays where it is, and that is with the victim. The system's memory for what nobody reads is shared by all
// sockets of the machine, the attacker's too.
func (p *peer) stall() {
	if c, ok := p.conn.(counted); ok { // else much of it is here
		tcp, _ := c.Conn.(*net.TCPConn)
		_ = tcp.SetReadBuffer(4 << 10)
		_ = tcp.SetWriteBuffer(64 << 10)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.stalled = true
}

// produce sends messages on a link, settled, as fast as credit and window allow.
func (p *peer) produce(handle uint32, n int, message []byte) error {
	return p.produceUnsettled(handle, n, message, at{4: yes})
}

// produceUnsettled sends messages with other fields of their transfers.
func (p *peer) produceUnsettled(handle uint32, n int, message []byte, more at) error {
	for range n {
		if err := p.message(handle, message, more); err != nil {
			return err
		}
	}
	return p.flush()
}

// largestFrame is what a message is cut into: every victim takes it.
const largestFrame = 60 << 10

// message sends one message, cut into frames.
func (p *peer) message(handle uint32, message []byte, more at) error {
	l := link{0, handle}
	if err := p.allowed("credit", func() bool { return int32(p.room[l]-p.sent[l]) > 0 }); err != nil {
		return err
	}
	p.sent[l]++
	id := p.ids
	p.ids++
	for {
		if err := p.allowed("the session's window", func() bool { return int32(p.window-p.frames) > 0 }); err != nil {
			return err
		}
		p.frames++
		part := message[:min(largestFrame, len(message))]
		message = message[len(part):]
		fields := with(at{}, more)
		if len(message) > 0 {
			fields[5] = yes
		}
		p.write(transfer(0, handle, id, fields, part))
		if len(message) == 0 {
			return p.failed
		}
	}
}

// large is a message of so many bytes, or of as many as the victim takes.
func (p *peer) large(size int) []byte {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.largest > 0 {
		size = min(size, int(p.largest)-16)
	}
	return body(size)
}

// allowed waits for the victim only where it must.
func (p *peer) allowed(what string, now func() bool) error {
	p.mu.Lock()
	ok := now()
	p.mu.Unlock()
	if ok {
		return p.failed
	}
	return p.await(what, now)
}

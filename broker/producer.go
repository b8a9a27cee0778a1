package broker

import (
	"github.com/Azure/go-amqp"

	"github.com/hadron-mq/hadron/handler"
	"github.com/hadron-mq/hadron/receiver"
)

// producer is a link on which messages come to a queue.
type producer struct {
	handler.Base
	seat
	receiver *receiver.Receiver
	draining bool // credit was asked back, and the peer has not answered

	// The queue's.
	credit   int    // that the peer has
	window   int    // how much it may have
	granted  uint64 // when it was given some, in grants of the queue
	promised int    // how much of its credit the queue has kept space for
	reserved int    // and how many bytes of that
	memory   int    // and of the broker's memory
	recalled bool   // credit is to be asked back
	turn     place[*producer]
	hold     place[*producer]
	hunger   place[*producer] // under the mutex of memory
}

func newProducer(p *peer, l *receiver.Receiver) *producer {
	made := &producer{seat: seat{peer: p}, receiver: l, window: firstWindow}
	made.turn.of, made.hold.of, made.hunger.of = made, made, made
	return made
}

// callUp calls the producer; the queue's mutex is held.
func (p *producer) callUp() {
	if !p.called {
		p.called = true
		p.peer.call(p)
	}
}

// wants tells whether enough of the window is used to give credit anew.
func (p *producer) wants() bool { return p.credit <= p.window/2 }

// work gives the credit that there is for the producer, or asks for what it has.
func (p *producer) work() (more bool) {
	if p.left {
		return false
	}
	q := p.queue
	q.mu.Lock()
	p.called = false
	if q.deleted {
		q.unlock()
		p.refuse(q.gone())
		p.leave()
		return false
	}
	recalled := p.recalled
	p.recalled = false
	n := 0
	if !recalled && !p.draining {
		n = p.ask()
	}
	q.unlock()
	if recalled && p.receiver.Credit() > 0 {
		p.draining = true
		p.receiver.Drain()
	}
	p.give(n)
	q.nodes.memory.next()
	return false
}

// ask asks the queue for credit where the producer wants some; the queue's mutex is held.
func (p *producer) ask() int {
	if !p.wants() {
		return 0
	}
	n := p.queue.space.grant(p)
	if n > 0 { // there may be some for the next one, too
		p.queue.space.serve()
	}
	return n
}

// give gives credit to the peer.
func (p *producer) give(n int) {
	if n > 0 {
		p.receiver.AddCredit(n)
	}
}

// OnLinkOpened gives the first credit.
func (p *producer) OnLinkOpened(*handler.Event) { p.peer.do(p) }

// OnMessage takes a message into the queue. It is accepted once it is there.
func (p *producer) OnMessage(e *handler.Event) {
	if p.left {
		return
	}
	p.receive(e)
}

// OnAborted takes back the space that was meant for a message, OnDrained that of all that was asked back.
func (p *producer) OnAborted(*handler.Event) { p.unused(1) }

func (p *producer) OnDrained(*handler.Event) {
	p.draining = false
	p.unused(producerWindow)
}

// unused takes note of credit that is gone, and no message has come for it.
func (p *producer) unused(n int) {
	if p.left {
		return
	}
	q := p.queue
	q.mu.Lock()
	for range min(n, p.credit) {
		q.space.use(p)
	}
	if n = 0; !p.draining {
		n = p.ask()
	}
	q.unlock()
	p.give(n)
}

// OnLinkClosed ends the producer's part in the queue.
func (p *producer) OnLinkClosed(*handler.Event) {
	p.suspended = p.receiver.Suspended()
	p.leave()
}

func (p *producer) leave() {
	if p.left {
		return
	}
	p.left = true
	p.peer.forget(p)
	q := p.queue
	q.mu.Lock()
	q.space.leave(p)
	p.peer.suspend(linkName{p.receiver.Name(), false}, p.receiver.Session(), p)
	q.leave(p)
	q.unlock()
}

func (p *producer) refuse(err *amqp.Error) { p.receiver.CloseWithError(err) }

package broker

import (
	"github.com/Azure/go-amqp"

	"github.com/hadron-mq/hadron/handler"
	"github.com/hadron-mq/hadron/receiver"
)

// producer is a link on which messages come to a queue.
type producer struct {
	handler.Base
	peer     *peer
	queue    *queue
	receiver *receiver.Receiver
	credit   int // that the queue has promised it
	left     bool

	waiting, starving bool // in the lists of space
}

// wants tells whether enough of the window is used to give credit anew.
func (p *producer) wants() bool { return p.credit <= producerWindow/2 }

// grant gives credit.
func (p *producer) grant(n int) {
	p.receiver.AddCredit(n)
	p.credit += n
	p.queue.space.promised += n
}

// settleCredit takes note of what was used, or given back.
func (p *producer) settleCredit() {
	credit := p.receiver.Credit()
	p.queue.space.promised += credit - p.credit
	p.credit = credit
}

// ask asks for credit where the producer wants some.
func (p *producer) ask() {
	if p.left {
		return
	}
	p.settleCredit()
	if p.wants() {
		p.queue.space.wait(p)
		p.queue.space.serve()
	}
}

// OnLinkOpened gives the first credit.
func (p *producer) OnLinkOpened(*handler.Event) { p.ask() }

// OnMessage takes a message into the queue. It is accepted once it is there.
func (p *producer) OnMessage(e *handler.Event) {
	if p.left {
		return
	}
	p.settleCredit()
	p.queue.receive(e)
	p.ask()
}

// OnAborted takes back the space that was meant for a message.
func (p *producer) OnAborted(*handler.Event) { p.ask() }

// OnLinkClosed ends the producer's part in the queue.
func (p *producer) OnLinkClosed(*handler.Event) { p.leave() }

func (p *producer) leave() {
	if p.left {
		return
	}
	p.left = true
	p.queue.space.promised -= p.credit
	p.credit = 0
	p.peer.forget(p)
	p.queue.leave(p)
}

func (p *producer) refuse(err *amqp.Error) { p.receiver.CloseWithError(err) }

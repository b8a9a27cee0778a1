package main

import "github.com/hadron-mq/hadron/handler"

// pong is the role that sends back.
type pong struct {
	exchange
	replied int
}

func newPong(j *job) *pong { return &pong{exchange: exchange{job: j}} }

// OnMessage sends the message back. It is accepted as the method returns, in the same turn.
func (p *pong) OnMessage(e *handler.Event) {
	if _, err := p.out.Send(e.Message()); err != nil {
		p.fail(e, err)
		return
	}
	p.replied++
	p.finished = p.replied == p.warmUp()+p.count // the other one closes, when the last is back
}

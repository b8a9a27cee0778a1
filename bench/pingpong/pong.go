package main

import "github.com/hadron-mq/hadron/handler"

// pong is the player who returns.
type pong struct {
	table
	returned int
}

func newPong(j *job) *pong { return &pong{table: table{job: j}} }

// OnMessage returns the ball. It is accepted as the method returns, in the same turn.
func (p *pong) OnMessage(e *handler.Event) {
	if _, err := p.out.Send(e.Message()); err != nil {
		p.fail(e, err)
		return
	}
	p.returned++
	p.finished = p.returned == p.warmUp()+p.count // the other one closes, when the last is back
}

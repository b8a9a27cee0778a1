package broker

// producerWindow is how many messages one producer may have on their way, where the queue has space for more.
const producerWindow = 1000

// space is what a queue still takes: credit is given to producers for nothing else, so what they send always has its place.
type space struct {
	queue    *queue
	promised int             // credit that producers have and did not use yet
	typical  int             // the size of a message, by those that came last
	waiting  ring[*producer] // who is to get credit when there is space
	starving ring[*producer] // those of them who have none
}

// free returns for how many messages space is left.
func (s *space) free() int {
	q := s.queue
	n := q.nodes.queueLimit - q.messages
	if bytes := (q.nodes.queueBytes - q.bytes) / max(s.typical, 1); bytes < n {
		n = bytes
	}
	return n - s.promised
}

// full tells whether the queue, whatever it has promised, holds all that it may.
func (s *space) full() bool {
	q := s.queue
	return q.messages >= q.nodes.queueLimit || q.bytes >= q.nodes.queueBytes
}

// measure takes note of a message's size.
func (s *space) measure(size int) { s.typical += (size - s.typical) / 8 }

// share returns how much credit a producer is to get now: up to its window, and half of what is free, so that there is some
// for others.
func (s *space) share(p *producer) int {
	return min(producerWindow-p.credit, max(s.free()/2, 1))
}

// serve gives credit to producers that wait for it, each once and in turn. One that has none gets some even where all the space
// is promised to others, who may not use it for long; where the queue is full, nobody does.
func (s *space) serve() {
	for n := s.starving.len(); n > 0 && !s.full(); n-- {
		p := s.starving.pop()
		if p.starving = false; !p.left && p.credit == 0 {
			p.grant(s.share(p))
		}
	}
	for n := s.waiting.len(); n > 0 && s.free() > 0; n-- {
		p := s.waiting.pop()
		if p.waiting = false; p.left || !p.wants() {
			continue
		}
		if p.grant(s.share(p)); p.wants() {
			s.wait(p)
		}
	}
}

// wait notes a producer that wants credit.
func (s *space) wait(p *producer) {
	if !p.waiting {
		p.waiting = true
		s.waiting.push(p)
	}
	if !p.starving && p.credit == 0 {
		p.starving = true
		s.starving.push(p)
	}
}

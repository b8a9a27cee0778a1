package broker

// producerWindow is how many messages one producer may have on their way, where the queue has space for more.
const producerWindow = 1000

// space is what a queue still takes: credit is given to producers for nothing else, so what they send always has its place.
type space struct {
	queue    *queue
	promised int             // credit that producers have and did not use yet
	typical  int             // the size of a message, by those that came last
	waiting  ring[*producer] // who is to get credit when there is space
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
	if free := s.free(); free > 0 {
		return min(producerWindow-p.credit, max(free/2, 1))
	}
	if p.credit == 0 && !s.full() { // all is promised to others, who may not use it for long
		return 1
	}
	return 0
}

// serve gives credit to producers that wait for it, in turn.
func (s *space) serve() {
	for s.waiting.len() > 0 {
		p := s.waiting.at(0)
		if !p.left && p.wants() {
			n := s.share(p)
			if n == 0 {
				return
			}
			p.grant(n)
		}
		s.waiting.pop()
		if p.waiting = false; !p.left && p.wants() {
			p.wait()
		}
	}
}

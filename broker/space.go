package broker

const (
	// firstWindow is how many messages a new producer may have on their way. The window doubles each time that half of it is used, up to
	// producerWindow: credit is for those who use it, and who is silent holds hardly any.
	firstWindow    = 10
	producerWindow = 1000

	// firstSize is how large a queue takes messages to be until it has had one, in bytes.
	firstSize = 1024

	// portion is the part of the free memory that one grant of credit may set aside.
	portion = 8

	// maxRecalls is how many producers credit is taken back from for one that wants some.
	maxRecalls = 4
)

// space is what a queue still takes: credit is given to producers for nothing else, so what they send has its place. One message each
// may have on its way without that: else those who are silent could hold all.
type space struct {
	queue    *queue
	promised int // credit that producers have beyond the first message, and did not use yet
	reserved int // bytes for those messages
	typical  int // the size of a message: the largest of late

	waiting lane[*producer] // who has no credit until there is space
	holding lane[*producer] // who was promised some, the one that was given credit longest ago first
	grants  uint64          // how often credit was given
}

// measure takes note of a message's size.
func (s *space) measure(size int) {
	if s.typical -= (s.typical - size) / 8; size > s.typical {
		s.typical = size
	}
}

// size returns how large a message is expected to be.
func (s *space) size() int {
	if s.typical == 0 {
		return firstSize
	}
	return s.typical
}

// full tells whether the queue, whatever it has promised, holds all that it may.
func (s *space) full() bool {
	q := s.queue
	return q.messages >= q.nodes.queueLimit || q.bytes >= q.nodes.queueBytes
}

// room returns for how many messages a producer may have credit in all, as far as it goes by the queue.
func (s *space) room(p *producer) int {
	q := s.queue
	n := q.nodes.queueLimit - q.messages - (s.promised - p.promised)
	if bytes := (q.nodes.queueBytes - q.bytes - (s.reserved - p.reserved)) / s.size(); bytes < n {
		return bytes
	}
	return n
}

// grant gives a producer that wants it as much credit as it may have, and returns how much. One that has none gets some even where all the space
// is promised to others, who may not use it for long. Where there is none, it is called again once there is.
func (s *space) grant(p *producer) int {
	q := s.queue
	if s.full() {
		if p.credit == 0 {
			s.waiting.push(&p.turn)
		}
		return 0
	}
	memory := q.nodes.memory
	left := memory.room(p.peer.account)
	if left <= 0 {
		if p.credit == 0 {
			memory.wait(p)
		}
		return 0
	}
	want := p.window - p.credit
	if room := s.room(p) - p.credit; room < want {
		s.recall(p)
		want = min(want, s.room(p)-p.credit)
	}
	n := min(want, left/portion/(s.size()+messageOverhead))
	if p.credit == 0 {
		n = max(n, 1)
	}
	if n <= 0 {
		return 0
	}
	s.grants++
	p.granted = s.grants
	p.credit += n
	s.promise(p, p.credit-1)
	return n
}

// promise sets how many messages a producer has space for beyond the first.
func (s *space) promise(p *producer, n int) {
	if more := n - p.promised; more > 0 {
		s.reserve(p, more*s.size())
		s.reserveMemory(p, more*(s.size()+messageOverhead))
	} else if p.promised > 0 {
		s.reserve(p, -p.reserved*(p.promised-n)/p.promised)
		s.reserveMemory(p, -p.memory*(p.promised-n)/p.promised)
	}
	s.promised += n - p.promised
	if p.promised = n; n > 0 {
		s.holding.push(&p.hold)
	} else {
		p.hold.leave()
	}
}

func (s *space) reserve(p *producer, bytes int) {
	p.reserved += bytes
	s.reserved += bytes
}

func (s *space) reserveMemory(p *producer, bytes int) {
	p.memory += bytes
	s.queue.nodes.memory.charge(p.peer.account, bytes)
}

// use takes note that a message has come for a producer's credit, and returns how much of the broker's memory was set aside for it.
func (s *space) use(p *producer) (kept int) {
	if p.credit > 0 {
		p.credit--
	}
	if p.promised == 0 {
		return 0
	}
	kept = p.memory
	s.promise(p, p.promised-1)
	return kept - p.memory
}

// recall takes back what others were promised and have not used for longer than it took p to use up what it was given. They keep their
// credit until they have answered: what they send for it is taken as long as it can be.
func (s *space) recall(p *producer) {
	for range maxRecalls {
		first := s.holding.first
		if first == nil || first.of == p || first.of.granted >= p.granted {
			return
		}
		silent := first.of
		s.promise(silent, 0)
		silent.window = firstWindow
		silent.recalled = true
		silent.callUp()
	}
}

// serve calls the next producer that waits for space, where there is some. It calls for the one after it when it has got what it gets.
func (s *space) serve() {
	if s.waiting.len() > 0 && !s.full() {
		p, _ := s.waiting.pop()
		p.callUp()
	}
}

// leave forgets a producer.
func (s *space) leave(p *producer) {
	p.turn.leave()
	p.credit = 0
	s.promise(p, 0)
	s.queue.nodes.memory.leave(p)
}

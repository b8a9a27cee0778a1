package broker

// seat is what every link to or from a queue has.
type seat struct {
	peer   *peer
	queue  *queue
	left   bool
	called bool // it is to work; the queue's
}

func (s *seat) at() *seat { return s }

// emptied ends the messages of a temporary node whose owner has left.
func (s *seat) emptied(l link) {
	if s.queue.owner == l {
		s.queue.empty(s.peer)
	}
}

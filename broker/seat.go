package broker

// seat is what every link to or from a queue has.
type seat struct {
	peer   *peer
	queue  *queue
	left   bool
	called bool // it is to work; the queue's

	suspended bool // the peer has detached the link, and not closed it
}

func (s *seat) at() *seat { return s }

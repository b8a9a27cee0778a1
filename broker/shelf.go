package broker

import "github.com/tidwall/btree"

// shelf is where the messages of a queue wait. Those that nobody has had yet are fresh, and their places follow each other without a gap.
// Those that came back are in back, by place, where anyone may have them, and else apart.
type shelf struct {
	fresh ring[*message]
	back  btree.Map[uint64, *message]
	apart apart
}

// push takes in a message that has come.
func (s *shelf) push(m *message) { s.fresh.push(m) }

// put takes back a message that a consumer had.
func (s *shelf) put(m *message) {
	if m.exclusions != nil {
		s.apart.put(m)
	} else {
		s.back.Set(m.seq, m)
	}
}

// free returns the first message that anyone may have, nil where there is none.
func (s *shelf) free() *message {
	if s.back.Len() > 0 { // what came back has its place before all that is fresh
		_, m, _ := s.back.Min()
		return m
	}
	if s.fresh.len() > 0 {
		return s.fresh.at(0)
	}
	return nil
}

// take takes out the first message that may go to a consumer, nil where there is none. It is dear where messages wait apart.
func (s *shelf) take(c *consumer) *message {
	m := s.free()
	if s.apart.len() > 0 {
		if a := s.apart.first(c); a != nil && (m == nil || a.seq < m.seq) {
			s.apart.remove(a)
			return a
		}
	}
	if m != nil {
		s.remove(m)
	}
	return m
}

// remove takes out the message that free returned.
func (s *shelf) remove(m *message) {
	if s.back.Len() > 0 {
		s.back.Delete(m.seq)
	} else {
		s.fresh.pop()
	}
}

// pop takes out any message, nil where there is none.
func (s *shelf) pop() *message {
	if m := s.free(); m != nil {
		s.remove(m)
		return m
	}
	_, m, ok := s.apart.byPlace.PopMin()
	if !ok {
		s.apart = apart{}
	}
	return m
}

// from returns the first message at a place or beyond it, nil where there is none.
func (s *shelf) from(seq uint64) *message {
	m := s.freshFrom(seq)
	for _, came := range []*btree.Map[uint64, *message]{&s.back, &s.apart.byPlace} {
		if came.Len() > 0 {
			came.Ascend(seq, func(at uint64, back *message) bool {
				if m == nil || at < m.seq {
					m = back
				}
				return false
			})
		}
	}
	return m
}

func (s *shelf) freshFrom(seq uint64) *message {
	if s.fresh.len() == 0 {
		return nil
	}
	i := 0
	if first := s.fresh.at(0).seq; seq > first {
		i = int(min(seq-first, uint64(s.fresh.len())))
	}
	if i == s.fresh.len() {
		return nil
	}
	return s.fresh.at(i)
}

package broker

import "github.com/tidwall/btree"

// apart keeps the messages of a queue that wait, and that some of its consumers must not get.
//
// They are offered in the order in which they were given back, and each consumer goes through them once: it notes how far it has come, and all
// that it has passed is not for it. So a message that is given back costs each consumer that must not get it one look, and no other.
type apart struct {
	order   btree.Map[uint64, *message] // by stamp
	stamp   uint64                      // of the last one
	parked  ring[*message]              // for consumers that are still to come, in the order of the numbers that they are kept from
	byPlace btree.Map[uint64, *message] // all of them, by place
}

func (a *apart) len() int { return a.byPlace.Len() }

// put takes in a message that has exclusions.
func (a *apart) put(m *message) {
	a.byPlace.Set(m.seq, m)
	e := m.exclusions
	if e.upTo > 0 {
		a.parked.push(m)
		return
	}
	a.stamp++
	e.stamp = a.stamp
	a.order.Set(e.stamp, m)
}

// first returns the first one that may go to a consumer, nil where there is none.
func (a *apart) first(c *consumer) (m *message) {
	a.order.Ascend(c.passed+1, func(stamp uint64, waits *message) bool {
		if _, excluded := c.excluded[waits]; excluded {
			c.passed = stamp
			return true
		}
		m = waits
		return false
	})
	if m == nil && a.parked.len() > 0 {
		if waits := a.parked.at(0); waits.exclusions.upTo < c.number {
			m = waits
		}
	}
	return m
}

// remove takes a message out, and says whether it was there. Of those that are parked, it is the first.
func (a *apart) remove(m *message) bool {
	if _, waits := a.byPlace.Delete(m.seq); !waits {
		return false
	}
	if m.exclusions.upTo > 0 {
		a.parked.pop()
	} else {
		a.order.Delete(m.exclusions.stamp)
	}
	return true
}

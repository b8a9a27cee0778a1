package broker

import "slices"

const (
	// maxExcluded is how many messages of its queue a consumer may have called undeliverable to it.
	maxExcluded = 1000
	// maxExclusions is how many consumers of its queue a message is kept from one by one. One that so many call undeliverable is kept from all
	// that are there, and waits for one to come.
	maxExclusions = 100
)

// exclusions are the consumers to whom a message must not go again (§3.4.5).
type exclusions struct {
	consumers []*consumer
	upTo      uint64 // it must not go to consumers up to this number; 0 where consumers says it all
	stamp     uint64 // its place among those that wait and are kept from some
}

// exclude keeps a message from a consumer, and says whether that one has called no more messages undeliverable than it may.
func (q *queue) exclude(m *message, c *consumer) bool {
	if _, have := c.excluded[m]; have {
		return true
	}
	e := m.exclusions
	if e == nil {
		e = new(exclusions)
		m.exclusions = e
	}
	if c.excluded == nil {
		c.excluded = make(map[*message]struct{})
	}
	c.excluded[m] = struct{}{}
	e.consumers = append(e.consumers, c)
	if e.upTo > 0 || len(e.consumers) >= maxExclusions {
		q.park(m)
	}
	return len(c.excluded) <= maxExcluded
}

// park keeps a message from all consumers that are there.
func (q *queue) park(m *message) {
	q.admit(m)
	m.exclusions.upTo = q.newest
}

// admit forgets which consumers called a message undeliverable.
func (q *queue) admit(m *message) {
	for _, c := range m.exclusions.consumers {
		delete(c.excluded, m)
	}
	m.exclusions.consumers = nil
}

// forgive forgets what a consumer that leaves has called undeliverable. What nobody else did waits with all the others again.
func (q *queue) forgive(c *consumer) {
	for m := range c.excluded {
		e := m.exclusions
		e.consumers = slices.DeleteFunc(e.consumers, func(other *consumer) bool { return other == c })
		if len(e.consumers) > 0 || e.upTo > 0 {
			continue
		}
		if waits := q.shelf.apart.remove(m); waits {
			m.exclusions = nil
			q.shelf.put(m)
		} else {
			m.exclusions = nil
		}
	}
	c.excluded = nil
}

package container

// line is the connections that want a turn, in the order in which they asked.
type line struct {
	drivers []*driver
	head    int
}

func (q *line) len() int { return len(q.drivers) - q.head }

func (q *line) push(d *driver) {
	if q.head > 0 && len(q.drivers) == cap(q.drivers) { // there is room in front
		n := copy(q.drivers, q.drivers[q.head:])
		clear(q.drivers[n:])
		q.drivers, q.head = q.drivers[:n], 0
	}
	q.drivers = append(q.drivers, d)
}

func (q *line) pop() *driver {
	d := q.drivers[q.head]
	q.drivers[q.head] = nil
	if q.head++; q.head == len(q.drivers) {
		q.drivers, q.head = q.drivers[:0], 0
	}
	return d
}

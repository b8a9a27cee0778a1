package broker

// lane is a line in which everyone can be found and taken out at once: what stands in it brings its place along.
type lane[T any] struct {
	first, last *place[T]
	n           int
}

// place is where one stands in a lane, or in none.
type place[T any] struct {
	of         T
	in         *lane[T]
	prev, next *place[T]
}

func (l *lane[T]) len() int { return l.n }

// push puts a place at the end; one that stands in a lane already is moved there.
func (l *lane[T]) push(p *place[T]) {
	p.leave()
	p.in, p.prev = l, l.last
	if l.last != nil {
		l.last.next = p
	} else {
		l.first = p
	}
	l.last = p
	l.n++
}

// pop takes the first one out; ok says whether there was one.
func (l *lane[T]) pop() (of T, ok bool) {
	if p := l.first; p != nil {
		p.leave()
		return p.of, true
	}
	return of, false
}

// leave takes a place out of its lane, if it is in one.
func (p *place[T]) leave() {
	l := p.in
	if l == nil {
		return
	}
	if p.prev != nil {
		p.prev.next = p.next
	} else {
		l.first = p.next
	}
	if p.next != nil {
		p.next.prev = p.prev
	} else {
		l.last = p.prev
	}
	p.in, p.prev, p.next = nil, nil, nil
	l.n--
}

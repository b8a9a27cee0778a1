package engine

// links is a session's links, in the order of their making. Any of them is taken out for the same price: peers attach and detach as many as
// they like.
type links struct {
	first, last *Link
	n           int
}

func (ls *links) add(l *Link) {
	l.listed, l.before, l.after = true, ls.last, nil
	if ls.last == nil {
		ls.first = l
	} else {
		ls.last.after = l
	}
	ls.last = l
	ls.n++
}

// remove says whether the link was there.
func (ls *links) remove(l *Link) bool {
	if !l.listed {
		return false
	}
	if l.before == nil {
		ls.first = l.after
	} else {
		l.before.after = l.after
	}
	if l.after == nil {
		ls.last = l.before
	} else {
		l.after.before = l.before
	}
	l.listed, l.before, l.after = false, nil, nil
	ls.n--
	return true
}

// all visits the links; the one that is visited may be taken out.
func (ls *links) all(yield func(*Link) bool) {
	for l := ls.first; l != nil; {
		next := l.after
		if !yield(l) {
			return
		}
		l = next
	}
}

// enter takes a link in, and forget lets go of it.
func (s *Session) enter(l *Link) {
	s.links.add(l)
	s.conn.links++
	s.conn.take(linkCost + l.said)
}

func (s *Session) forget(l *Link) {
	if s.links.remove(l) {
		s.conn.links--
		s.conn.take(-linkCost - l.said)
		s.conn.unname(l)
	}
}

// name lets the link be found by its name, and unname not any more.
func (c *Connection) name(l *Link) { c.names.put(l.key(), l) }

func (c *Connection) unname(l *Link) {
	if c.names.get(l.key()) == l {
		c.names.remove(l.key())
	}
}

// hold notes how much is kept of the peer's attach.
func (l *Link) hold(bytes int) {
	l.session.conn.take(bytes - l.said)
	l.said = bytes
}

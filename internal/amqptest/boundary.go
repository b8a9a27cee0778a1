package amqptest

// boundaries finds where the frames of a stream of bytes begin, by their sizes
// alone. Bytes that cannot be frames end the search.
type boundaries struct {
	offsets []int64
	pos     int64  // of the next byte
	head    []byte // of the unit that is being read, up to eight bytes
	left    int64  // of the unit, after its head
	lost    bool
}

func (s *boundaries) feed(b []byte) {
	for len(b) > 0 && !s.lost {
		if s.left > 0 {
			n := min(s.left, int64(len(b)))
			b, s.left, s.pos = b[n:], s.left-n, s.pos+n
			continue
		}
		if len(s.head) == 0 {
			s.offsets = append(s.offsets, s.pos)
		}
		n := min(headerSize-len(s.head), len(b))
		s.head = append(s.head, b[:n]...)
		b, s.pos = b[n:], s.pos+int64(n)
		if len(s.head) < headerSize {
			return
		}
		size, err := unitSize(s.head)
		s.head, s.left, s.lost = s.head[:0], int64(size)-headerSize, err != nil
	}
}

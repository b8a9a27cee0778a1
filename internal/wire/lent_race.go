//go:build race

package wire

// spoilable is what the views of a lent message are of.
type spoilable struct{ copied []byte }

// borrow copies, so that spoil spoils nothing that others use.
func (s *spoilable) borrow(b []byte) []byte {
	s.copied = append([]byte(nil), b...)
	return s.copied
}

func (s *spoilable) spoil() {
	for i := range s.copied {
		s.copied[i] = 0xdb
	}
}

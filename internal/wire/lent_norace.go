//go:build !race

package wire

func (l *Lent) borrow(b []byte) []byte { return b }

func (l *Lent) spoil() {}

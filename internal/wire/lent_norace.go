//go:build !race

package wire

// spoilable is of the race detector's build.
type spoilable struct{}

func (*spoilable) borrow(b []byte) []byte { return b }

func (*spoilable) spoil() {}

package engine

// dense is how far past its end a table grows for an entry before it is kept aside: a peer may pick the channel
// and handle numbers that it likes, and one entry with a high number must not cost a slice of that length.
const dense = 64

// table finds endpoints by channel or handle number. Peers number from 0 upwards, so it is a slice for nearly all.
type table[T any] struct {
	low  []*T
	high map[uint32]*T
}

func (t *table[T]) get(i uint32) *T {
	if i < uint32(len(t.low)) {
		return t.low[i]
	}
	return t.high[i]
}

func (t *table[T]) put(i uint32, v *T) {
	n := uint32(len(t.low))
	switch {
	case i < n:
		t.low[i] = v
	case i < n+dense:
		for ; n <= i; n++ {
			moved := t.high[n]
			delete(t.high, n)
			t.low = append(t.low, moved)
		}
		t.low[i] = v
	default:
		if t.high == nil {
			t.high = make(map[uint32]*T)
		}
		t.high[i] = v
	}
}

func (t *table[T]) remove(i uint32) {
	if i < uint32(len(t.low)) {
		t.low[i] = nil
		return
	}
	delete(t.high, i)
}

// free returns the lowest number that is not in use.
func (t *table[T]) free() uint32 {
	for i, v := range t.low {
		if v == nil {
			return uint32(i)
		}
	}
	return uint32(len(t.low))
}

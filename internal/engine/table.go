package engine

import (
	"math/bits"
	"slices"
)

// dense is how far past its end a table grows for an entry before it is kept aside: a peer may pick the channel
// and handle numbers that it likes, and one entry with a high number must not cost a slice of that length.
const dense = 64

// table finds endpoints by channel or handle number. Peers number from 0 upwards, so it is a slice for nearly all.
type table[T any] struct {
	low  []*T
	used []uint64 // a bit for each of low, for finding one that is free
	high index[uint32, *T]
}

func (t *table[T]) get(i uint32) *T {
	if i < uint32(len(t.low)) {
		return t.low[i]
	}
	return t.high.get(i)
}

func (t *table[T]) put(i uint32, v *T) {
	n := uint32(len(t.low))
	if i >= n+dense {
		t.high.put(i, v)
		return
	}
	for ; n <= i; n++ {
		t.low = append(t.low, nil)
		if n%64 == 0 {
			t.used = append(t.used, 0)
		}
		if moved := t.high.get(n); moved != nil {
			t.high.remove(n)
			t.set(n, moved)
		}
	}
	t.set(i, v)
}

func (t *table[T]) set(i uint32, v *T) {
	t.low[i] = v
	t.used[i/64] |= 1 << (i % 64)
}

func (t *table[T]) remove(i uint32) {
	if i >= uint32(len(t.low)) {
		t.high.remove(i)
		return
	}
	t.low[i] = nil
	t.used[i/64] &^= 1 << (i % 64)
	for n := len(t.low); n > 0 && t.low[n-1] == nil; n-- {
		t.low = t.low[:n-1]
	}
	t.used = t.used[:(len(t.low)+63)/64]
	if cap(t.low) > dense && cap(t.low) > 4*len(t.low) {
		t.low, t.used = slices.Clone(t.low), slices.Clone(t.used)
	}
}

// free returns the lowest number that is not in use.
func (t *table[T]) free() uint32 {
	for i, word := range t.used {
		if free := bits.TrailingZeros64(^word); free < 64 {
			return min(uint32(i*64+free), uint32(len(t.low)))
		}
	}
	return uint32(len(t.low))
}

// bytes is about how much memory the table takes.
func (t *table[T]) bytes() int { return 8*cap(t.low) + 32*t.high.most }

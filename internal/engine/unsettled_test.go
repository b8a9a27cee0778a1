package engine

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

// The map is compared with the plain one that it stands in for, around the point where ids wrap.
func TestUnsettledIsAMap(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		base := uint32(0) - uint32(random.IntN(3000))
		var u unsettled
		plain := make(map[uint32]*Delivery)
		next := base
		for range 2000 {
			switch id := base + uint32(random.IntN(int(next-base)+1)); random.IntN(4) {
			case 0, 1:
				d := &Delivery{id: next}
				u.put(d)
				plain[next] = d
				next += uint32(random.IntN(300))/100 + 1
			case 2:
				if d := plain[id]; d != nil {
					u.remove(d)
					u.remove(d) // which changes nothing
					require.False(t, d.tracked)
				}
				delete(plain, id)
			default:
				require.Same(t, plain[id], u.next(id, id))
			}
		}
		require.Equal(t, len(plain), u.n)
		var ids, want []uint32
		for d := range u.all {
			ids = append(ids, d.id)
		}
		for id := range plain {
			want = append(want, id)
		}
		slices.SortFunc(want, func(a, b uint32) int { return int(int32(a - b)) })
		require.Equal(t, want, ids)
		lo, hi := base+uint32(random.IntN(int(next-base))), next-1
		ids = ids[:0]
		for d := u.next(lo, hi); d != nil; d = u.next(d.id+1, hi) {
			ids = append(ids, d.id)
			if d.id == hi {
				break
			}
		}
		want = slices.DeleteFunc(want, func(id uint32) bool { return before(id, lo) })
		require.Equal(t, len(want), len(ids))
	}
}

// A peer may skip ids, and come round to one that is in use.
func TestAnIDThatIsUsedAgain(t *testing.T) {
	var u unsettled
	var all []*Delivery
	for range 2 {
		for _, id := range []uint32{0, 1<<31 - 1, 1<<32 - 2} {
			d := &Delivery{id: id}
			u.put(d)
			all = append(all, d)
		}
	}
	require.Equal(t, 3, u.n)
	require.False(t, all[0].tracked)
	require.Same(t, all[3], u.next(0, 0))
	for _, d := range all {
		u.remove(d)
	}
	require.Zero(t, u.n)
	require.Empty(t, u.pages)

	lost := &Delivery{id: 7}
	u.put(lost)
	lost.tracked = false // as where ids go round so far that it cannot be found
	u.put(&Delivery{id: 7})
	require.Equal(t, 1, u.n)
}

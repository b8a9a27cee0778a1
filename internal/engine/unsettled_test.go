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
				d := &Delivery{link: new(Link), id: next}
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
			d := &Delivery{link: new(Link), id: id}
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

	lost := &Delivery{link: new(Link), id: 7}
	u.put(lost)
	lost.tracked = false // as where ids go round so far that it cannot be found
	u.put(&Delivery{link: new(Link), id: 7})
	require.Equal(t, 1, u.n)
}

// Links that go leave their deliveries behind, which are swept out once they are as many as pages: what a link costs that goes does not depend on how
// many deliveries other links have.
func TestDeliveriesOfLinksThatAreNoMore(t *testing.T) {
	var u unsettled
	stays := new(Link)
	id := uint32(0)
	put := func(l *Link) {
		u.put(&Delivery{link: l, id: id, epoch: l.epoch})
		id++
	}
	for range 20_000 {
		put(stays)
	}
	sweeps := 0
	for range 1_000 {
		l := new(Link)
		put(l)
		put(stays)
		put(l)
		require.Len(t, slices.Collect(u.all), 20_000+stays.tracked-20_000+2)
		if u.leave(l) {
			sweeps++
			pages := 0
			for ; !u.sweep(); pages++ {
			}
			require.LessOrEqual(t, pages, 100)
			require.Equal(t, stays.tracked, u.n, "nothing is left of others")
		}
		require.Zero(t, l.tracked)
		require.LessOrEqual(t, u.n, stays.tracked+len(u.pages))
	}
	require.Less(t, sweeps, 40)
	require.Equal(t, 21_000, len(u.takeOut(stays)))
	require.Equal(t, u.stale, u.n)
}

// A disposition is about the deliveries of links that are attached, and takes the others out on its way.
func TestADispositionOfDeliveriesOfALinkThatIsNoMore(t *testing.T) {
	k, s := sentUnsettled(t, Config{}, 300)
	u := s.deliveries(RoleSender)
	l := s.links.first
	u.leave(l)
	require.Equal(t, 300, u.n)
	k.c.Feed(k.now, f(0, "disposition", m{"role": true, "first": 0, "last": 299, "settled": true}).Bytes())
	turns := 0
	for ; turns == 0 || k.c.Pending(); turns++ {
		k.c.Grant(50)
		require.Zero(t, k.next())
		k.c.Flush()
	}
	require.GreaterOrEqual(t, turns, 300/50)
	require.Zero(t, u.n)
	require.Zero(t, u.stale)
}

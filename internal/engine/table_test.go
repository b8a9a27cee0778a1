package engine

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestATableIsNotAsLargeAsItsNumbers(t *testing.T) {
	var tab table[int]
	for i := range 1000 {
		v := i
		tab.put(uint32(i)*1_000_003, &v)
	}
	require.LessOrEqual(t, len(tab.low), 64)
	for i := range 1000 {
		require.Equal(t, i, *tab.get(uint32(i) * 1_000_003))
		tab.remove(uint32(i) * 1_000_003)
	}
	require.Nil(t, tab.get(0))
	require.Zero(t, tab.high.len())
	for i := range 200 { // in order, with those kept aside moved in
		v := i
		tab.put(uint32(199-i), &v)
	}
	for i := range 200 {
		require.Equal(t, 199-i, *tab.get(uint32(i)))
	}
	require.Equal(t, uint32(200), max(tab.free(), 200))
}

// A table is compared with the plain map that it stands in for, and gives back the memory that it does not need any more.
func TestATableIsAMap(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 50 {
		var tab table[int]
		plain := make(map[uint32]*int)
		spread := uint32(1 + random.IntN(2000))
		for range 3000 {
			switch i := random.Uint32N(spread); random.IntN(3) {
			case 0:
				tab.put(i, new(int))
				plain[i] = tab.get(i)
			case 1:
				tab.remove(i)
				delete(plain, i)
			default:
				require.Same(t, plain[i], tab.get(i))
			}
			free := tab.free()
			require.Nil(t, tab.get(free))
			for i := range min(free, uint32(len(tab.low))) {
				require.NotNil(t, tab.get(i), "a lower one is free")
			}
		}
		for i := range spread {
			tab.remove(i)
		}
		require.LessOrEqual(t, tab.bytes(), 8*dense+32*indexSpare)
		require.Zero(t, tab.free())
	}
}

func TestAnIndexGivesMemoryBack(t *testing.T) {
	var x index[int, int]
	for i := range 10_000 {
		x.put(i, -i)
	}
	for i := range 9_990 {
		x.remove(i)
	}
	require.LessOrEqual(t, x.most, indexSpare)
	require.Equal(t, 10, x.len())
	for i := 9_990; i < 10_000; i++ {
		require.Equal(t, -i, x.get(i))
	}
}

// Links stay in the order of their making, whichever of them go.
func TestLinksKeepTheirOrder(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	var ls links
	var plain []*Link
	for range 2000 {
		if n := len(plain); n > 0 && random.IntN(2) == 0 {
			i := random.IntN(n)
			require.True(t, ls.remove(plain[i]))
			require.False(t, ls.remove(plain[i]), "it is gone already")
			plain = slices.Delete(plain, i, i+1)
		} else {
			l := new(Link)
			ls.add(l)
			plain = append(plain, l)
		}
		require.Equal(t, plain, slices.AppendSeq(plain[:0:0], ls.all))
		require.Equal(t, len(plain), ls.n)
	}
	for l := range ls.all {
		ls.remove(l) // also while they are visited
	}
	require.Zero(t, ls)
}

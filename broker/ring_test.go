package broker

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestRingIsFirstInFirstOut(t *testing.T) {
	var r ring[int]
	next, first := 0, 0
	for _, grow := range []int{1, 100, 3, 5000, 0} {
		for r.len() < grow {
			r.push(next)
			next++
		}
		for r.len() > grow/2 {
			require.Equal(t, first, r.at(0))
			require.Equal(t, next-1, r.at(r.len()-1))
			require.Equal(t, first, r.pop())
			first++
		}
	}
	require.Zero(t, r.len())
	require.Equal(t, smallRing, len(r.buf), "it gives memory back")
}

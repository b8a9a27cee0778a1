package broker

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestALaneIsFirstInFirstOutAndAnyoneCanLeave(t *testing.T) {
	var l, other lane[int]
	places := make([]place[int], 10)
	for i := range places {
		places[i].of = i
		l.push(&places[i])
	}
	require.Equal(t, 10, l.len())
	places[0].leave()
	places[9].leave()
	places[4].leave()
	places[4].leave()  // again, which does nothing
	l.push(&places[1]) // to the end
	other.push(&places[2])
	for _, want := range []int{3, 5, 6, 7, 8, 1} {
		got, ok := l.pop()
		require.True(t, ok)
		require.Equal(t, want, got)
	}
	_, ok := l.pop()
	require.False(t, ok)
	require.Zero(t, l.len())
	require.Nil(t, l.first)
	require.Nil(t, l.last)
	require.Equal(t, 1, other.len())
}

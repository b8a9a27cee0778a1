package broker

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
)

func TestADiaryLeavesLinesOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDiary(nil, nil)
		written := func(n int) (lines int) {
			for range n {
				if d.may(time.Now()) {
					lines++
				}
			}
			return lines
		}
		require.Equal(t, burst, written(1000))
		require.Equal(t, 1000-burst, d.leftOut)
		time.Sleep(3 * pause)
		require.Equal(t, 3, written(1000))
		time.Sleep(time.Hour)
		require.Equal(t, burst, written(1000))
	})
}

func TestWhatPeersSayIsCut(t *testing.T) {
	require.Equal(t, "short", quoted("short"))
	long := quoted(strings.Repeat("ä", 50_000))
	require.LessOrEqual(t, len(long), maxQuoted+len("…"))
	require.True(t, utf8.ValidString(long))
	require.True(t, strings.HasSuffix(long, "ä…"))
}

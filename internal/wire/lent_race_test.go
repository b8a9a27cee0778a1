//go:build race

package wire_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/hadron-mq/hadron/internal/wire"
)

// spoilt is how many allocations the race detector's build makes for a lent message: it spoils a copy.
const spoilt = 1

func TestALentMessageIsSpoiltForTheRaceDetector(t *testing.T) {
	var lent wire.Lent
	m, err := lent.DecodeMessage([]byte{0, 0x53, 0x75, 0xa0, 1, 'x'})
	require.NoError(t, err)
	data := m.GetData()
	lent.TakeBack()
	require.NotEqual(t, "x", string(data))
	require.Nil(t, m.Data)
}

package wire_test

import (
	"bufio"
	"encoding/hex"
	"os"
	"strings"
	"testing"

	"github.com/Azure/go-amqp"
	"github.com/stretchr/testify/require"

	"github.com/hadron-mq/hadron/internal/wire"
)

// Messages that go-amqp encoded are what they are to go-amqp, and are still so when they are encoded again.
func TestMessagesOfGoAMQP(t *testing.T) {
	file, err := os.Open("../../testdata/messages.txt")
	require.NoError(t, err)
	defer func() { require.NoError(t, file.Close()) }()
	n := 0
	for lines := bufio.NewScanner(file); lines.Scan(); {
		name, text, found := strings.Cut(lines.Text(), " ")
		if !found || strings.HasPrefix(name, "#") {
			continue
		}
		n++
		t.Run(name, func(t *testing.T) {
			b, err := hex.DecodeString(text)
			require.NoError(t, err)
			want := new(amqp.Message)
			require.NoError(t, want.UnmarshalBinary(b))
			got, err := wire.DecodeMessage(b)
			require.NoError(t, err)
			require.Equal(t, canon(want), canon(got))
			again, err := wire.AppendMessage(nil, got)
			require.NoError(t, err)
			theirs := new(amqp.Message)
			require.NoError(t, theirs.UnmarshalBinary(again))
			require.Equal(t, canon(want), canon(theirs))
		})
	}
	require.NotZero(t, n)
}

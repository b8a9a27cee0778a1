package wire_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/Azure/go-amqp"
	"github.com/stretchr/testify/require"

	"github.com/hadron-mq/hadron/internal/wire"
)

// An error is said in as much room as there is: the condition always, the description as far as it goes, and the info in whole or not at all.
func TestFitError(t *testing.T) {
	size := func(e *amqp.Error) int {
		b, err := (&wire.Close{Error: e}).Append(nil)
		require.NoError(t, err)
		return len(b)
	}
	whole := &amqp.Error{Condition: amqp.ErrCondNotFound, Description: "no queue", Info: map[string]any{"a": "b"}}
	require.Same(t, whole, wire.FitError(whole, 100))
	require.Nil(t, wire.FitError(nil, 100))

	long := strings.Repeat("\u00e4", 1000)
	for room := 64; room < 600; room++ {
		for _, e := range []*amqp.Error{
			{Condition: amqp.ErrCondNotFound, Description: long},
			{Condition: amqp.ErrCondNotFound, Description: "no queue", Info: map[string]any{"a": long}},
			{Condition: amqp.ErrCondNotFound, Description: long, Info: map[string]any{"a": long}},
		} {
			short := wire.FitError(e, room)
			require.LessOrEqual(t, size(short), room+11, "11: what is around it")
			require.Equal(t, e.Condition, short.Condition)
			require.True(t, utf8.ValidString(short.Description))
			require.NotEmpty(t, short.Description)
			require.Nil(t, short.Info)
		}
	}
	require.Equal(t, "no queue", wire.FitError(&amqp.Error{Condition: "x", Description: "no queue", Info: map[string]any{"a": make(chan int)}}, 100).Description)
	require.Equal(t, "a?b", wire.FitError(&amqp.Error{Condition: "x", Description: "a\xffb"}, 100).Description)
	require.Equal(t, amqp.ErrCondInternalError, wire.FitError(&amqp.Error{Condition: amqp.ErrCond(long)}, 100).Condition)
}

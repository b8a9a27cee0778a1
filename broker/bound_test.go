package broker

import (
	"log/slog"
	"testing"

	"github.com/stretchr/testify/require"
)

// Links that come and go must leave nothing behind, also where the queue itself stays.
func TestLinksThatHaveLeftAreForgotten(t *testing.T) {
	n := newNodes(newOptions([]Option{Logger(slog.New(slog.DiscardHandler))}))
	q, refusal := n.open("q")
	require.Nil(t, refusal)
	p := &peer{links: make(map[link]struct{})}
	keep := &producer{peer: p, queue: q}
	q.join(keep)
	for range 1000 {
		c := &consumer{peer: p, queue: q, ready: true}
		q.join(c)
		q.ready.push(c)
		c.leave()
		s := &producer{peer: p, queue: q}
		q.join(s)
		q.space.wait(s)
		s.left = true // as leave does, but for the credit that is not there
		q.leave(s)
	}
	require.LessOrEqual(t, q.ready.len(), 2+smallRing)
	require.LessOrEqual(t, q.space.waiting.len(), 2+smallRing)
	require.LessOrEqual(t, q.space.starving.len(), 2+smallRing)
	require.Len(t, q.links, 1)
	q.leave(keep)
	require.Empty(t, n.queues)
}

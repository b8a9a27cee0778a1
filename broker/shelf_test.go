package broker

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

// model is what a shelf is to do, as slowly and plainly as can be: messages by place, and who must not have them.
type model struct {
	waiting map[uint64]*message
}

func (o *model) first(c *consumer, seen bool) *message {
	var m *message
	for _, waits := range o.waiting {
		if _, excluded := c.excluded[waits]; (seen || !excluded) && (m == nil || waits.seq < m.seq) {
			m = waits
		}
	}
	return m
}

// Whatever comes and goes, each consumer gets all that it may have, the rest at their places before what is apart, and browsers see all by place.
func TestAShelfKeepsWhatItIsGiven(t *testing.T) {
	random := rand.New(rand.NewPCG(7, 7))
	q := newQueue(nil, "q", nil)
	consumers := make([]*consumer, 5)
	for i := range consumers {
		consumers[i] = newConsumer(nil, q, nil)
	}
	o := &model{waiting: make(map[uint64]*message)}
	var held []*message
	for range 20_000 {
		c := consumers[random.IntN(len(consumers))]
		switch random.IntN(5) {
		case 0:
			m := &message{seq: q.nextSeq}
			q.nextSeq++
			q.shelf.push(m)
			o.waiting[m.seq] = m
		case 1, 2:
			may := o.first(c, false)
			m := q.shelf.take(c)
			require.Equal(t, may == nil, m == nil, "it finds what there is, and nothing else")
			if m == nil {
				continue
			}
			require.NotContains(t, c.excluded, m)
			require.Contains(t, o.waiting, m.seq)
			if may.exclusions == nil {
				require.Equal(t, may.seq, m.seq, "in order")
			}
			delete(o.waiting, m.seq)
			held = append(held, m)
		case 3:
			if len(held) == 0 {
				continue
			}
			i := random.IntN(len(held))
			m := held[i]
			held = slices.Delete(held, i, i+1)
			switch {
			case random.IntN(3) == 0:
				if m.exclusions != nil {
					q.admit(m)
				}
				continue // it is gone
			case random.IntN(2) == 0:
				q.exclude(m, c)
			}
			q.shelf.put(m)
			o.waiting[m.seq] = m
		case 4:
			if random.IntN(50) == 0 {
				q.forgive(c)
				c.passed = 0
			}
			at := random.Uint64N(q.nextSeq + 1)
			want := uint64(0)
			found := false
			for seq := range o.waiting {
				if seq >= at && (!found || seq < want) {
					want, found = seq, true
				}
			}
			m := q.shelf.from(at)
			require.Equal(t, found, m != nil)
			if found {
				require.Equal(t, want, m.seq)
			}
		}
	}
	n := 0
	for m := q.shelf.pop(); m != nil; m = q.shelf.pop() {
		n++
	}
	require.Equal(t, len(o.waiting), n)
	require.Zero(t, q.shelf.apart.len())
}

// A consumer looks at each message that is not for it once for each time that the message is given back.
func TestAConsumerDoesNotLookAgain(t *testing.T) {
	q := newQueue(nil, "q", nil)
	c, other := newConsumer(nil, q, nil), newConsumer(nil, q, nil)
	for range 1000 {
		m := &message{seq: q.nextSeq}
		q.nextSeq++
		q.exclude(m, c)
		q.shelf.put(m)
	}
	require.Nil(t, q.shelf.take(c))
	require.EqualValues(t, 1000, c.passed)
	m := q.shelf.take(other)
	q.shelf.put(m)
	require.Nil(t, q.shelf.take(c))
	require.EqualValues(t, 1001, c.passed, "it has seen the one that is back, and no other")
	require.Zero(t, other.passed)
}

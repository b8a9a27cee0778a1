package interop_test

import (
	"context"
	"math/rand/v2"
	"net"
	"slices"
	"testing"
	"time"

	"github.com/cenkalti/backoff/v4"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/hadron-mq/hadron/connection"
	"github.com/hadron-mq/hadron/internal/amqptest"
	"github.com/hadron-mq/hadron/interop/artemis"
	"github.com/hadron-mq/hadron/tlsconf"
)

// TestArtemisPair has Hadron go from a live Artemis to its backup.
func TestArtemisPair(t *testing.T) {
	started := time.Now()
	pair := artemis.StartPair(t, artemis.AddressSetting("turmoil", map[string]string{"max-delivery-attempts": "-1"}))
	t.Logf("the pair started in %v", since(started))
	t.Run("the backup is known", func(t *testing.T) { testFailoverList(t, pair) })
	t.Run("turmoil", func(t *testing.T) { testTurmoil(t, pair) })
}

// testFailoverList: the primary names its backup in its open. To those who came by TLS it names a place without, which is not gone to.
func testFailoverList(t *testing.T, pair *artemis.Pair) {
	failover := func(url string, opts ...connection.Option) (places []*connection.URL, skipped []error) {
		c := dial(t, url, append(opts, asAdmin)...)
		require.NoError(t, c.do(func() error {
			from, err := connection.ParseURL(url)
			if err == nil {
				places, skipped = from.Failover(c.conn.RemoteProperties())
			}
			return err
		}))
		return places, skipped
	}
	places, skipped := failover(pair.Primary.URL(artemis.AMQP))
	require.Empty(t, skipped)
	require.Len(t, places, 1)
	assert.Equal(t, pair.Backup.Addr(artemis.AMQP), places[0].HostPort())

	places, skipped = failover(pair.Primary.URL(artemis.TLS), connection.TLS(tlsconf.CA(pair.Primary.Certificates.RootsFile)))
	require.Empty(t, places)
	require.Len(t, skipped, 1)
	require.ErrorContains(t, skipped[0], "without TLS")
}

// trouble is what happens in a run once so many messages have come.
type trouble struct {
	at   int
	what string
}

// The kinds of trouble.
const (
	cutAll   = "every connection is cut"
	failOver = "the primary is killed, and the backup takes over"
	restart  = "the broker is killed, and started again"
)

// troubles spreads cuts over a run at random, and the failover and the restarts after it evenly.
func troubles(messages, cuts, restarts int) (all []trouble) {
	for range cuts {
		all = append(all, trouble{1 + rand.IntN(messages-1), cutAll})
	}
	for i := range restarts + 1 {
		what := restart
		if i == 0 {
			what = failOver
		}
		all = append(all, trouble{messages * (i + 1) / (restarts + 2), what})
	}
	slices.SortStableFunc(all, func(a, b trouble) int { return a.at - b.at })
	return all
}

// testTurmoil sends and receives while connections are cut, the primary is killed, and then the backup too. What was accepted is received;
// what was stored or settled when the connection was cut, so that one end did not hear of it, is received twice.
func testTurmoil(t *testing.T, pair *artemis.Pair) {
	messages, cuts, restarts := 200_000, 20, 3
	if testing.Short() {
		messages, cuts, restarts = 10_000, 5, 0
	}
	proxies := map[string]*amqptest.Proxy{}
	for _, b := range []*artemis.Broker{pair.Primary, pair.Backup} {
		proxies[b.Addr(artemis.AMQP)] = amqptest.NewProxy(t, b.Addr(artemis.AMQP))
	}
	pace := func() connection.Option {
		return connection.Reconnect(backoff.NewConstantBackOff(50 * time.Millisecond))
	}
	// Only the primary is named: where the backup is, is its to say.
	url, way := pair.Primary.URL(artemis.AMQP), connection.Dialer(func(ctx context.Context, network, address string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, network, proxies[address].Addr())
	})

	plan := troubles(messages, cuts, restarts)
	in, out := newConsumer(messages, plan), newProducer(messages)
	started := time.Now()
	receiving := runApart(t, in, url, asAdmin, way, pace())
	sending := runApart(t, out, url, asAdmin, way, pace())
	for range plan {
		next := within(t, in.due, "the next trouble")
		begun := time.Now()
		switch next.what {
		case cutAll:
			for _, p := range proxies {
				p.CutAll()
			}
		case failOver:
			require.NoError(t, pair.FailOver(t.Context()))
		case restart:
			pair.Backup.Kill()
			require.NoError(t, pair.Backup.Restart(t.Context()))
		}
		t.Logf("%6d messages, %6dms: %s (%v)", next.at, begun.Sub(started).Milliseconds(), next.what, since(begun))
	}
	within(t, out.done, "the last outcome")
	within(t, in.done, "the last message")
	took := since(started)
	require.NoError(t, sending())
	require.NoError(t, receiving())

	var lost, twice, more int
	for i, times := range in.seen {
		switch {
		case times == 0 && out.accepted[i]:
			lost++
		case times == 2:
			twice++
		case times > 2:
			more++
		}
	}
	t.Logf("%d messages in %v, %d accepted, %d received: %d lost, %d received twice, %d more often; %d sent again for their outcome; "+
		"the sender was disconnected %d times, the receiver %d times",
		messages, took, out.count, in.received, lost, twice, more, out.refused, out.lost, in.lost)
	assert.Zero(t, lost)
	assert.Equal(t, messages, out.count)
	b := broker{pair.Backup}
	left, err := b.MessageCount(t.Context(), "turmoil")
	require.NoError(t, err)
	t.Logf("%d messages are left in the queue: every one has been received, so these are duplicates", left)
	b.requireCount(t, "DLQ", 0)
}

func since(t time.Time) time.Duration { return time.Since(t).Round(time.Millisecond) }

package connection

import (
	"context"
	"testing"
	"time"

	"github.com/cenkalti/backoff/v4"
	"github.com/stretchr/testify/require"
)

// counting is an application's own policy, with what it shares.
type counting struct {
	n      int
	asked  *int
	nested *backoff.ExponentialBackOff
}

func (c *counting) NextBackOff() time.Duration { c.n++; *c.asked++; return time.Duration(c.n) }
func (c *counting) Reset()                     { c.n = 0 }

func TestEachConnectionHasAPolicyOfItsOwn(t *testing.T) {
	asked := 0
	own := &counting{asked: &asked, nested: backoff.NewExponentialBackOff()}
	for name, policy := range map[string]backoff.BackOff{
		"of retries":          backoff.WithMaxRetries(backoff.NewConstantBackOff(time.Second), 3),
		"exponential":         backoff.NewExponentialBackOff(backoff.WithRandomizationFactor(0)),
		"retries within both": backoff.WithContext(backoff.WithMaxRetries(backoff.NewExponentialBackOff(backoff.WithRandomizationFactor(0)), 2), context.Background()),
		"the default one":     DefaultPolicy(),
		"of one's own":        own,
		"without state":       backoff.NewConstantBackOff(time.Second),
		"that ends at once":   &backoff.StopBackOff{},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPolicies(policy)
			first := p.next()
			require.Same(t, policy, first, "one connection has what was given")
			var delays []time.Duration
			for range 5 {
				delays = append(delays, first.NextBackOff())
			}
			for range 3 {
				other := p.next()
				for i := range delays {
					require.Equal(t, delays[i], other.NextBackOff(), "the others begin where it began")
				}
			}
		})
	}
	require.Equal(t, 20, asked, "what a policy refers to is not its own")
}

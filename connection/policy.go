package connection

import (
	"time"

	"github.com/cenkalti/backoff/v4"
)

// The default policy's delays.
const (
	firstDelay = 100 * time.Millisecond
	maxDelay   = 10 * time.Second
)

// DefaultPolicy returns a new policy with delays of 0, 0.1 s, 0.2 s, and so on doubling to 10 s, for ever.
func DefaultPolicy() backoff.BackOff {
	return &immediately{BackOff: backoff.NewExponentialBackOff(
		backoff.WithInitialInterval(firstDelay),
		backoff.WithMultiplier(2),
		backoff.WithRandomizationFactor(0),
		backoff.WithMaxInterval(maxDelay),
		backoff.WithMaxElapsedTime(0),
	)}
}

// immediately is a policy whose first delay is none.
type immediately struct {
	backoff.BackOff
	begun bool
}

// NextBackOff returns 0 once, and then what the policy within does.
func (p *immediately) NextBackOff() time.Duration {
	if !p.begun {
		p.begun = true
		return 0
	}
	return p.BackOff.NextBackOff()
}

// Reset begins anew.
func (p *immediately) Reset() {
	p.begun = false
	p.BackOff.Reset()
}

package connection

import (
	"github.com/cenkalti/backoff/v4"
)

// Reconnect sets the delays between attempts to connect: policy.NextBackOff is asked after each pass over the URLs, and
// policy.Reset is called when a connection has done work. A policy keeps state, so each connection needs one of its own; backoff.Stop
// ends the attempts. Default: DefaultPolicy.
func Reconnect(policy backoff.BackOff) Option {
	return func(o *Options) { o.Policy, o.NoReconnect = policy, policy == nil }
}

// NoReconnect leaves it at one attempt for each URL: a connection that is lost is gone.
func NoReconnect() Option {
	return func(o *Options) { o.Policy, o.NoReconnect = nil, true }
}

// URLs sets the places that are tried one after the other, over and over, with the policy's delay after each pass. It goes with an
// empty URL in Connect; giving both is an error.
func URLs(urls ...string) Option { return func(o *Options) { o.URLs = urls } }

// RetryIf decides whether an error is worth another attempt. It sees why an attempt failed, why a connection was lost, and with what error a
// peer closed a connection or a link. Default: Retryable.
func RetryIf(retry func(error) bool) Option { return func(o *Options) { o.RetryIf = retry } }

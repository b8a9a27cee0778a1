package connection

import (
	"github.com/cenkalti/backoff/v4"
)

// Reconnect sets the delays between attempts to connect: policy.NextBackOff is asked after each pass over the URLs, and for links that the peer
// detached and that are attached again. policy.Reset is called before the first attempt, and when a connection, or such a link, has done
// work since: carried a message or an outcome, or lasted a minute. backoff.Stop ends the attempts. A policy keeps state: where the option is for
// several connections, the first has the policy itself, and each of the others a copy of it as it was given. Default: DefaultPolicy.
//
// Without NoReconnect a peer's redirects are followed, of the connection (amqp:connection:redirect, §2.8.16) and of a link
// (amqp:link:redirect, §2.8.18): eight in a row, and never from TLS to a place without it. A link that is sent to another place is attached
// there on a connection of its own, and comes back when that is lost; its events name the connection that the application made.
func Reconnect(policy backoff.BackOff) Option {
	if policy == nil {
		return func(o *options) { o.Refuse("Reconnect", "the policy is nil; NoReconnect is for none") }
	}
	each := newPolicies(policy)
	return func(o *options) { o.Policy, o.NoReconnect = each.next(), false }
}

// NoReconnect leaves it at one attempt for each URL: a connection that is lost is gone.
func NoReconnect() Option {
	return func(o *options) { o.Policy, o.NoReconnect = nil, true }
}

// URLs sets the places that are tried one after the other, over and over, with the policy's delay after each pass. Places that the last peer
// named in the failover-server-list of its open come after them, up to 64. It goes with an empty URL in Connect; giving both is an error.
func URLs(urls ...string) Option {
	return func(o *options) {
		if len(urls) == 0 {
			o.Refuse("URLs", "none is given")
		}
		o.URLs = urls
	}
}

// RetryIf decides whether an error is worth another attempt. It sees why an attempt failed, why a connection was lost, and with what error a
// peer closed a connection or a link. Default: Retryable.
func RetryIf(retry func(error) bool) Option {
	return func(o *options) {
		if retry == nil {
			o.Refuse("RetryIf", "the function is nil")
		}
		o.RetryIf = retry
	}
}

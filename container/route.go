package container

import (
	"fmt"
	"slices"
	"time"

	"github.com/cenkalti/backoff/v4"

	"github.com/hadron-mq/hadron/connection"
	"github.com/hadron-mq/hadron/internal/settings"
	"github.com/hadron-mq/hadron/sasl"
)

const (
	// maxHops bounds how many redirects are followed one after the other, without a delay and without work done.
	maxHops = 8
	// steady is how long a connection has to last to be as good as one that did work: on a quiet one nothing comes.
	steady = time.Minute
)

// route is where a connection goes, and when: the URLs in their order, what peers said of other places, and the policy.
type route struct {
	urls    []*connection.URL
	learned []*connection.URL // of the failover list of the last peer that had one
	at      int               // which of both is next

	redirect *connection.URL // where the peer sent us, before all else
	sent     bool            // by the connection that is ending
	hops     int

	mechs map[*connection.URL][]sasl.Mechanism // made once for all attempts, because SCRAM remembers what is costly

	policy  backoff.BackOff // nil for one attempt at each URL
	attempt int             // how many have failed in a row
}

// newRoute makes the route that a URL and the options describe.
func newRoute(url string, o *settings.Connection) (*route, error) {
	urls := o.URLs
	switch {
	case url != "" && len(urls) > 0:
		return nil, fmt.Errorf("connection: to %q: a list of URLs is given too", redactedURL(url))
	case url != "":
		urls = []string{url}
	}
	parsed, err := parseURLs(urls)
	if err != nil {
		return nil, err
	}
	r := &route{urls: parsed, policy: o.Policy}
	if r.policy == nil && !o.NoReconnect {
		r.policy = connection.DefaultPolicy()
	}
	if r.policy != nil {
		r.policy.Reset() // policies that end after some time count from here
	}
	return r, nil
}

func parseURLs(urls []string) ([]*connection.URL, error) {
	if len(urls) == 0 {
		return nil, &connection.URLError{Part: "host", Reason: "is missing"}
	}
	var parsed []*connection.URL
	for _, s := range urls {
		u, err := connection.ParseURL(s)
		if err != nil {
			return nil, err
		}
		parsed = append(parsed, u)
	}
	return parsed, nil
}

// redactedURL shows a URL without its password, if it is one.
func redactedURL(s string) string {
	if u, err := connection.ParseURL(s); err == nil {
		return u.String()
	}
	return "..."
}

// here returns where the next attempt goes.
func (r *route) here() *connection.URL {
	if r.redirect != nil {
		return r.redirect
	}
	if r.at < len(r.urls) {
		return r.urls[r.at]
	}
	return r.learned[r.at-len(r.urls)]
}

// mechanisms returns the ways to log in at a URL, strongest first.
func (r *route) mechanisms(o *settings.Connection, u *connection.URL) ([]sasl.Mechanism, error) {
	if mechs, ok := r.mechs[u]; ok {
		return mechs, nil
	}
	mechs, err := mechanisms(o, u)
	if err != nil {
		return nil, err
	}
	if r.mechs == nil || len(r.mechs) > len(r.urls)+len(r.learned)+maxHops { // places come and go
		r.mechs = make(map[*connection.URL][]sasl.Mechanism)
	}
	r.mechs[u] = mechs
	return mechs, nil
}

// set changes the URLs.
func (r *route) set(urls []*connection.URL) {
	r.urls, r.learned, r.at, r.redirect, r.sent, r.hops = urls, nil, 0, nil, false, 0
}

// learn takes a peer's failover list: places that are tried after our own.
func (r *route) learn(places []*connection.URL) {
	if len(places) == 0 {
		return
	}
	r.learned = nil
	for _, u := range places {
		same := func(v *connection.URL) bool { return v.HostPort() == u.HostPort() && v.Scheme == u.Scheme }
		if !slices.ContainsFunc(r.urls, same) && !slices.ContainsFunc(r.learned, same) {
			r.learned = append(r.learned, u)
		}
	}
}

// follow notes where a peer redirects to. False means that there were too many redirects.
func (r *route) follow(u *connection.URL) bool {
	if r.hops++; r.hops > maxHops {
		return false
	}
	r.redirect, r.sent = u, true
	return true
}

// failed chooses the next attempt after one that failed: at once while there are URLs left in this pass, else after the policy's
// delay. False means that there is none.
func (r *route) failed() (delay time.Duration, ok bool) {
	r.attempt++
	if r.redirect != nil {
		r.redirect = nil // it is not there; what we knew before may be
	} else if r.at++; r.at < len(r.urls)+len(r.learned) {
		return 0, true
	}
	return r.pass()
}

// lost chooses the next attempt after a connection that was open. One that did work begins the policy anew: one
// that did none is no better than an attempt that failed, or a peer that opens and closes would be asked without a pause.
func (r *route) lost(worked bool) (delay time.Duration, ok bool) {
	r.attempt = 0
	if worked {
		r.worked()
	}
	if r.sent { // a redirect is followed at once; hops are counted
		r.sent = false
		return 0, true
	}
	r.redirect = nil
	return r.pass()
}

// worked begins the policy anew.
func (r *route) worked() {
	if r.policy != nil {
		r.policy.Reset()
	}
	if !r.sent {
		r.hops = 0
	}
}

// pass begins the list anew.
func (r *route) pass() (time.Duration, bool) {
	r.at, r.hops = 0, 0
	return r.pause()
}

// pause asks the policy how long to wait. False means that it is the end.
func (r *route) pause() (time.Duration, bool) {
	if r.policy == nil {
		return 0, false
	}
	delay := r.policy.NextBackOff()
	return delay, delay >= 0 // backoff.Stop is negative
}

package container

import (
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/Azure/go-amqp"
	"github.com/cenkalti/backoff/v4"

	"github.com/hadron-mq/hadron/connection"
	"github.com/hadron-mq/hadron/handler"
	"github.com/hadron-mq/hadron/internal/engine"
	"github.com/hadron-mq/hadron/internal/event"
)

// lose takes the end of a transport, or of an attempt to have one: another attempt is arranged where the route, RetryIf and the
// application allow, else the connection ends.
func (d *driver) lose(err error) {
	if d.gone {
		return
	}
	switch {
	case d.route == nil:
		if d.failure == nil { // else it was reported as it happened
			d.report(err)
		}
		d.end(err)
		return
	case d.engine.LocalState() == engine.Closed || d.loop.container.stopping.Load():
		d.end(err)
		return
	case d.origin != nil:
		d.giveBack(err)
		return
	}
	wasOpen, url, blame := d.open, d.url, error(nil)
	if wasOpen && mayBeOverAMessage(err) && d.loop.now.Sub(d.since) < steady {
		blame = err
	}
	delay, again := time.Duration(-1), d.route.policy != nil || !wasOpen
	if again = again && (d.route.sent || d.worthAnother(err)); again {
		if wasOpen {
			delay, again = d.route.lost(d.engine.Worked() || d.loop.now.Sub(d.since) >= steady)
		} else {
			delay, again = d.route.failed()
		}
	} else if !wasOpen {
		d.route.attempt++
	}
	if !wasOpen {
		err = advised(err, d.options, url)
	}
	failure := &connection.TransportError{URL: url.String(), Attempt: d.route.attempt, Next: delay, Err: err}
	if !again {
		failure.Next = -1
		d.report(failure)
		d.end(err)
		return
	}
	d.disconnect(err, blame)
	if wasOpen {
		d.log(slog.LevelInfo, "connection lost, connecting again", nil, "error", err, "delay", delay)
	} else if !d.loop.offer(d, nil, &event.Subject{Err: failure}, handler.MessagingHandler.OnTransportError) {
		d.log(slog.LevelWarn, "attempt to connect failed", nil, "attempt", failure.Attempt, "next", delay, "error", err)
	}
	if d.engine.LocalState() == engine.Closed { // a handler has had enough
		d.end(nil)
		return
	}
	d.retry = d.loop.timers.start(d.loop.now.Add(delay), func() {
		d.retry = nil
		d.dial()
	})
}

// mayBeOverAMessage says whether a peer may have dropped us because of a message that it cannot bear: without a word, or over what went wrong with it.
// Other reasons that pass are its own.
func mayBeOverAMessage(err error) bool {
	var told *engine.RemoteError
	return !errors.As(err, &told) || told.Err.Condition == amqp.ErrCondInternalError
}

// worthAnother asks the application whether an error is worth another attempt.
func (d *driver) worthAnother(err error) (again bool) {
	d.loop.outside(func() { again = d.options.RetryIf(err) })
	return again
}

// unlocked is a policy that is asked with the loop's lock free, as application code is.
type unlocked struct {
	policy backoff.BackOff
	loop   *loop
}

func (u unlocked) NextBackOff() (delay time.Duration) {
	u.loop.outside(func() { delay = u.policy.NextBackOff() })
	return delay
}

func (u unlocked) Reset() { u.loop.outside(u.policy.Reset) }

// disconnect lets go of the transport, and makes the engine ready for another.
// blame is what of it may be the doing of a message, and else nil.
func (d *driver) disconnect(err, blame error) {
	d.stopTimers()
	wasOpen := d.open
	if d.socket != nil {
		d.drop()
		d.socket = nil
	}
	d.open, d.failure, d.lost, d.broken, d.writing, d.halved = false, nil, nil, nil, false, false
	d.restoring = d.restoring || wasOpen
	d.recall()
	d.engine.Reset(blame)
	if wasOpen {
		d.loop.offer(d, nil, &event.Subject{Err: err}, handler.MessagingHandler.OnDisconnected)
	}
	d.dispatchAll() // what the loss released
}

// passes says whether a peer that closed the connection with an error is to be tried again, or sends us elsewhere.
func (d *driver) passes(err error) bool {
	if d.origin != nil {
		return d.engine.LocalState() == engine.Active // its links go back
	}
	if err == nil || d.route == nil || d.route.policy == nil || d.engine.LocalState() != engine.Active {
		return false
	}
	if to, ok, why := d.url.Redirect(err); ok {
		if why != nil {
			d.log(slog.LevelWarn, "redirect is not followed", nil, "error", why)
			return false
		}
		return d.route.follow(to)
	}
	return d.worthAnother(err)
}

// setURLs is Connection.SetURLs.
func (d *driver) setURLs(urls []string) error {
	if d.route == nil {
		return fmt.Errorf("connection: set urls: not a connection of this end's making")
	}
	parsed, err := parseURLs(urls)
	if err != nil {
		return err
	}
	d.route.set(parsed)
	return nil
}

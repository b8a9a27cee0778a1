package engine

import (
	"time"
)

// clock keeps a transport's two idle timers (§2.4.5) as plain times: no timer is touched by a frame.
type clock struct {
	idle     time.Duration // act when nothing was received for so long; 0 = never
	beat     time.Duration // send an empty frame when nothing was sent for so long; 0 = never
	received time.Time
	sent     time.Time
	began    time.Time // the transport
}

func (k *clock) start(now time.Time) { k.received, k.sent, k.began = now, now, now }

// heed takes the peer's idle-time-out, in milliseconds: we beat at half of it, as a peer may act exactly at it.
func (k *clock) heed(ms uint32) {
	if ms > 0 {
		k.beat = time.Duration(ms) * time.Millisecond / 2
	}
}

// Tick does what is due at now, and returns when it wants to be called again; the zero time means never.
func (c *Connection) Tick(now time.Time) (next time.Time) {
	if c.phase == phaseIdle || c.phase == phaseDead {
		return time.Time{}
	}
	k := &c.clock
	earliest := func(t time.Time) {
		if next.IsZero() || t.Before(next) {
			next = t
		}
	}
	if k.idle > 0 {
		due := k.received.Add(k.idle)
		if !now.Before(due) {
			cause := &IdleError{Timeout: k.idle.String()}
			c.failWith(cause, cause.told())
			return time.Time{}
		}
		earliest(due)
	}
	if c.suspicion.left > 0 {
		if due := k.began.Add(suspectTime); now.Before(due) {
			earliest(due)
		} else {
			c.acquit()
		}
	}
	if k.beat > 0 && c.wroteOpen {
		due := k.sent.Add(k.beat)
		if !now.Before(due) {
			if len(c.out) == 0 {
				c.out = appendEmptyFrame(c.out)
			}
			due = now.Add(k.beat)
			k.sent = now
		}
		earliest(due)
	}
	return next
}

package container

import (
	"runtime"
	"sync/atomic"
	"time"

	"github.com/hadron-mq/hadron/internal/poll"
)

// polling is whether a loop or a reader of this process looks for input without sleeping. Two would take the processor from each other.
var polling atomic.Bool

// sleeper is how a loop waits when there is nothing to do: for its sockets, where it polls some, and for its mailbox.
type sleeper struct {
	loop  *loop
	bell  chan struct{}
	alarm *time.Timer
	eager bool // the last wait was short
}

func newSleeper(l *loop) *sleeper {
	return &sleeper{loop: l, bell: make(chan struct{}, 1), alarm: time.NewTimer(time.Hour)}
}

func (s *sleeper) end() { s.alarm.Stop() }

// sleep waits until there is something to do, with the lock free.
func (s *sleeper) sleep() {
	l := s.loop
	l.handed = false // writers write now
	polls := l.poller != nil && l.poller.Sockets() > 0
	wake := s.ring
	if polls {
		wake = l.poller.Wake
	}
	if polls && l.busyPoll > 0 && s.spin() || !l.box.sleep(wake) {
		return
	}
	var until time.Time
	if len(l.timers) > 0 {
		until = l.timers[0].at
	}
	l.lock.Unlock()
	if polls {
		s.poll(until)
	} else {
		s.wait(until)
	}
	l.lock.Lock()
	l.box.awake()
}

func (s *sleeper) poll(until time.Time) {
	l := s.loop
	if l.busyPoll == 0 {
		l.poller.Wait(until)
		return
	}
	began := time.Now()
	l.poller.Wait(until)
	s.eager = time.Since(began) < l.busyPoll
}

func (s *sleeper) wait(until time.Time) {
	if until.IsZero() {
		<-s.bell
		return
	}
	s.alarm.Reset(time.Until(until))
	select {
	case <-s.bell:
	case <-s.alarm.C:
	}
}

// ring ends a wait.
func (s *sleeper) ring() {
	select {
	case s.bell <- struct{}{}:
	default:
	}
}

// spin looks for something to do for as long as connection.BusyPoll says, if the last wait was short, and says whether there is.
func (s *sleeper) spin() bool {
	l := s.loop
	if !s.eager || !polling.CompareAndSwap(false, true) {
		return false
	}
	defer polling.Store(false)
	for began := time.Now(); !l.poller.Look() && l.box.empty() && !l.wanted() && len(l.born) == 0; {
		now := time.Now()
		if len(l.timers) > 0 && !now.Before(l.timers[0].at) {
			break
		}
		if s.eager = now.Sub(began) < l.busyPoll; !s.eager {
			return false
		}
		l.outside(runtime.Gosched)
	}
	return true
}

// mayPoll says whether the loop can poll sockets.
func (l *loop) mayPoll() bool {
	if l.poller == nil && !l.pollerless {
		var err error
		l.poller, err = poll.New()
		l.pollerless = err != nil
	}
	return l.poller != nil
}

func (l *loop) closePoller() {
	l.lock.Lock()
	defer l.lock.Unlock()
	if l.poller != nil {
		l.poller.Close()
	}
}

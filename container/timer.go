package container

import (
	"container/heap"
	"time"
)

// timer is a function that a loop is to call at a time.
type timer struct {
	at    time.Time
	call  func()
	drop  func() // what is owed when it is taken back; nil for nothing
	index int    // in the heap, -1 when it is not there
}

// timers is a loop's timers, the earliest first.
type timers []*timer

func (t *timers) start(at time.Time, call func()) *timer {
	x := &timer{at: at, call: call}
	heap.Push(t, x)
	return x
}

// stop says whether the timer was still to come.
func (t *timers) stop(x *timer) bool {
	if x == nil || x.index < 0 {
		return false
	}
	heap.Remove(t, x.index)
	return true
}

// due takes the earliest timer if its time has come.
func (t *timers) due(now time.Time) *timer {
	if len(*t) == 0 || now.Before((*t)[0].at) {
		return nil
	}
	return heap.Pop(t).(*timer)
}

// Len, Less, Swap, Push and Pop are for package heap.
func (t timers) Len() int           { return len(t) }
func (t timers) Less(i, j int) bool { return t[i].at.Before(t[j].at) }
func (t timers) Swap(i, j int) {
	t[i], t[j] = t[j], t[i]
	t[i].index, t[j].index = i, j
}

func (t *timers) Push(x any) {
	x.(*timer).index = len(*t)
	*t = append(*t, x.(*timer))
}

func (t *timers) Pop() any {
	last := len(*t) - 1
	x := (*t)[last]
	(*t)[last] = nil
	*t = (*t)[:last]
	x.index = -1
	return x
}

package container

import (
	"time"

	"github.com/hadron-mq/hadron/connection"
	"github.com/hadron-mq/hadron/handler"
)

// view is the container as the callbacks of one loop see it: what they ask for is theirs.
type view struct {
	*Container
	loop *loop
}

// Connect makes a connection in the callback's own turn.
func (v *view) Connect(url string, opts ...connection.Option) (*connection.Connection, error) {
	return v.loop.connect(url, opts)
}

// Schedule keeps the timer on the callback's own loop.
func (v *view) Schedule(d time.Duration, h handler.MessagingHandler) *handler.Timer {
	return v.loop.schedule(d, h)
}

// schedule arranges a call of OnTimer.
func (l *loop) schedule(d time.Duration, h handler.MessagingHandler) *handler.Timer {
	l.container.hold()
	var t *timer
	public := handler.NewTimer(func() {
		if l.timers.stop(t) {
			l.container.letGo()
		}
	})
	t = l.timers.start(time.Now().Add(d), func() {
		defer l.container.letGo()
		s := &handler.Subject{Container: l.view, Timer: public}
		if h != nil {
			if l.event.Reset(s); l.event.Offer(h, handler.MessagingHandler.OnTimer) {
				return
			}
		}
		l.offer(nil, nil, s, handler.MessagingHandler.OnTimer)
	})
	t.drop = l.container.letGo
	return public
}

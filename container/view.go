package container

import (
	"time"

	"github.com/hadron-mq/hadron/connection"
	"github.com/hadron-mq/hadron/handler"
	"github.com/hadron-mq/hadron/internal/event"
	"github.com/hadron-mq/hadron/internal/handle"
	"github.com/hadron-mq/hadron/receiver"
	"github.com/hadron-mq/hadron/sender"
)

// view is the container as the callbacks of one loop see it: what they ask for is theirs, and no sign of other goroutines that use the container.
type view struct {
	*Container
	loop *loop
}

// Connect makes a connection in the callback's own turn.
func (v *view) Connect(url string, opts ...connection.Option) (*connection.Connection, error) {
	return v.loop.connect(url, opts)
}

// Schedule keeps the timer on the callback's own loop.
func (v *view) Schedule(d time.Duration, h handler.MessagingHandler) (*handler.Timer, error) {
	return v.loop.schedule(d, h)
}

// CreateSender and the others are as the container has them.
func (v *view) CreateSender(conn *connection.Connection, address string, opts ...sender.Option) (*sender.Sender, error) {
	return createSender(conn, address, opts)
}

func (v *view) CreateReceiver(conn *connection.Connection, address string, opts ...receiver.Option) (*receiver.Receiver, error) {
	return createReceiver(conn, address, opts)
}

func (v *view) Inject(f func()) error { return v.Container.loops[0].inject(f) }

// schedule arranges a call of OnTimer.
func (l *loop) schedule(d time.Duration, h handler.MessagingHandler) (*handler.Timer, error) {
	l.lock.Lock()
	defer l.lock.Unlock()
	if l.ended || l.container.stopping.Load() {
		return nil, l.container.errStopping("schedule")
	}
	l.container.hold()
	var t *timer
	public := handle.NewTimer(func() {
		l.lock.Lock()
		defer l.lock.Unlock()
		if l.timers.stop(t) {
			l.container.letGo()
		}
	})
	t = l.timers.start(time.Now().Add(d), func() {
		defer l.container.letGo()
		if l.container.stopping.Load() {
			return
		}
		l.offerTo(h, nil, &event.Subject{Timer: public}, handler.MessagingHandler.OnTimer)
	})
	t.drop = l.container.letGo
	l.box.rouse() // it may be due before all others
	return (*handler.Timer)(public), nil
}

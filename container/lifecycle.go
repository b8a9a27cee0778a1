package container

import (
	"fmt"
	"log/slog"

	"github.com/Azure/go-amqp"

	"github.com/hadron-mq/hadron/handler"
	"github.com/hadron-mq/hadron/internal/engine"
	"github.com/hadron-mq/hadron/internal/event"
	"github.com/hadron-mq/hadron/receiver"
	"github.com/hadron-mq/hadron/sender"
)

// linkAttached opens a link of the peer's, or tells that ours is open: the first time by OnLinkOpened.
func (d *driver) linkAttached(e *engine.Event) {
	link := e.Link
	if link.LocalState() == engine.Uninitialized {
		d.onLink(e, handler.MessagingHandler.OnLinkOpening)
		if link.LocalState() == engine.Uninitialized && link.Peer().Coordinator != nil { // no handler controls transactions
			link.Close(&amqp.Error{Condition: amqp.ErrCondNotImplemented, Description: "there are no transactions"})
		}
		if link.LocalState() == engine.Uninitialized {
			var err error
			d.loop.outside(func() { // the views take the lock themselves
				if link.Role() == engine.RoleReceiver {
					err = (*receiver.Receiver)(link).Open()
				} else {
					err = (*sender.Sender)(link).Open()
				}
			})
			if err != nil {
				d.account(err, false, false, "a link of the peer's cannot be opened", link)
			}
		}
	}
	if link.LocalState() != engine.Active || link.Refused() || d.unfiltered(e) {
		return
	}
	d.log(slog.LevelDebug, "link opened", link)
	switch opened := &link.Config().Opened; {
	case !*opened:
		*opened = true
		d.onLink(e, handler.MessagingHandler.OnLinkOpened)
	case !d.restoring: // with its connection, it comes back without a word of its own
		d.onLink(e, handler.MessagingHandler.OnReconnected)
	}
}

// linkDetached closes a link in answer to the peer.
func (d *driver) linkDetached(e *engine.Event) {
	link, err := e.Link, e.Err
	if d.reattach(link, err) {
		return
	}
	unasked := link.LocalState() == engine.Active
	told, resolved := false, false
	switch {
	case err != nil:
		told = d.onLink(e, handler.MessagingHandler.OnLinkError)
		resolved = d.loop.event.Resolved()
	case unasked:
		told = d.onLink(e, handler.MessagingHandler.OnLinkClosing)
		resolved = d.loop.event.Resolved()
	}
	refused := link.Refused() || link.Peer() == nil
	if link.LocalState() == engine.Active {
		if link.RemoteState() == engine.Detached { // answered in kind (§2.6.4, §2.6.6)
			link.Detach()
		} else {
			link.Close(nil)
		}
	}
	closed := d.onLink(e, handler.MessagingHandler.OnLinkClosed)
	resolved = resolved || d.loop.event.Resolved()
	s := link.Session()
	switch {
	case err == nil && (!unasked || told || closed || !link.Ours()):
		d.log(slog.LevelDebug, "link closed", link)
	case err != nil && (s.LocalState() != engine.Active || s.RemoteState() != engine.Active):
		return // the session tells for all its links
	case resolved:
		return
	case err == nil:
		err = fmt.Errorf("%s: link %q was closed by the peer", noun(link), link.Name())
	}
	ending := !resolved && link.Ours() && d.desert(unasked)
	if err != nil {
		msg := "link closed by the peer"
		if refused {
			msg = "link refused"
		}
		d.account(err, told, ending, msg, link)
	}
}

// failed tells why a link or a session was ended over what the peer did on it.
func (d *driver) failed(e *engine.Event, m method, msg string) {
	d.log(slog.LevelError, msg, e.Link, "error", e.Err)
	d.onLink(e, m)
	if d.loop.event.Resolved() || d.root().route == nil {
		return
	}
	d.loop.container.keep(e.Err)
	d.desert(true)
}

func (d *driver) sessionBegun(e *engine.Event) {
	if e.Session.LocalState() == engine.Uninitialized {
		d.onLink(e, handler.MessagingHandler.OnSessionOpening)
		if e.Session.LocalState() == engine.Uninitialized {
			if err := e.Session.Begin(); err != nil {
				d.account(err, false, false, "a session of the peer's cannot be begun", nil)
			}
		}
	}
	if e.Session.LocalState() == engine.Active && !e.Session.NoteOpened() {
		d.onLink(e, handler.MessagingHandler.OnSessionOpened)
	}
}

func (d *driver) sessionEnded(e *engine.Event) {
	unasked := e.Session.LocalState() == engine.Active
	told, resolved := false, false
	if e.Err != nil {
		told = d.onLink(e, handler.MessagingHandler.OnSessionError)
		resolved = d.loop.event.Resolved()
	} else if unasked {
		d.onLink(e, handler.MessagingHandler.OnSessionClosing)
		resolved = d.loop.event.Resolved()
	}
	e.Session.End(nil)
	d.onLink(e, handler.MessagingHandler.OnSessionClosed)
	if resolved || d.loop.event.Resolved() {
		return
	}
	ending := e.Session.Ours() && d.desert(unasked)
	if e.Err != nil {
		d.account(e.Err, told, ending, "session ended by the peer", nil)
	}
}

func (d *driver) connectionOpened() {
	if d.guest != nil {
		if why := d.loop.container.entrance.admit(d.guest); why != nil {
			d.log(slog.LevelWarn, "listener: a connection is refused", nil, "error", error(why))
			d.refused = true
			d.engine.Close(why)
			return
		}
	}
	d.opened()
	if d.route != nil {
		places, skipped := d.url.Failover(d.engine.RemoteOpen().Properties)
		d.route.learn(places)
		for _, err := range skipped {
			d.log(slog.LevelWarn, "a place to fail over to is left out", nil, "error", err)
		}
	}
	if d.engine.LocalState() == engine.Uninitialized {
		d.loop.offer(d, nil, &event.Subject{}, handler.MessagingHandler.OnConnectionOpening)
		d.engine.Open() // does nothing when the handler has closed it
	}
	if d.engine.LocalState() != engine.Active {
		return
	}
	d.log(slog.LevelDebug, "connected", nil)
	if !d.known {
		d.known = true
		d.loop.offer(d, nil, &event.Subject{}, handler.MessagingHandler.OnConnectionOpened)
	}
}

// restored tells that a connection that was lost is back.
func (d *driver) restored() {
	d.restoring = false
	d.log(slog.LevelInfo, "connected again", nil)
	d.loop.offer(d, nil, &event.Subject{}, handler.MessagingHandler.OnReconnected)
}

func (d *driver) connectionClosed(e *engine.Event) {
	if d.passes(e.Err) { // the transport ends, the connection does not
		if d.failure = e.Err; d.failure == nil {
			d.failure = fmt.Errorf("connection: %s: closed by the peer", d.peer())
		}
		d.engine.AnswerClose()
		return
	}
	if e.Err != nil {
		told := d.loop.offer(d, nil, &event.Subject{Err: e.Err}, handler.MessagingHandler.OnConnectionError)
		if !d.loop.event.Resolved() {
			d.account(e.Err, told, d.last(), "connection closed by the peer", nil)
		}
	} else if d.engine.LocalState() == engine.Active {
		level := slog.LevelDebug
		if d.route != nil {
			level = slog.LevelInfo
		}
		d.log(level, "connection closed by the peer", nil)
		d.loop.offer(d, nil, &event.Subject{}, handler.MessagingHandler.OnConnectionClosing)
	}
	d.engine.Close(nil)
	d.log(slog.LevelDebug, "connection closed", nil)
	d.loop.offer(d, nil, &event.Subject{}, handler.MessagingHandler.OnConnectionClosed)
}

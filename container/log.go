package container

import (
	"context"
	"log/slog"
	"time"

	"github.com/hadron-mq/hadron/internal/engine"
)

const (
	// maxLogged bounds one text in the log, in bytes: a peer may say as much as fits into a frame, and again and again.
	maxLogged = 256
	// maxLines is how many lines about one connection may be logged at once, and lineEvery how long it takes until it may be one more.
	maxLines  = 32
	lineEvery = time.Second
)

// quota is how many lines about one connection may still be logged.
type quota struct {
	used   int
	since  time.Time // when used was one less
	unsaid int       // lines that were not logged, and that nobody has been told of
}

// take says whether there is room for a line.
func (q *quota) take(now time.Time) bool {
	if back := int(now.Sub(q.since) / lineEvery); back > 0 {
		q.used = max(q.used-back, 0)
		q.since = q.since.Add(time.Duration(back) * lineEvery)
	}
	if q.used == 0 {
		q.since = now
	}
	if q.used == maxLines {
		q.unsaid++
		return false
	}
	q.used++
	return true
}

// log writes a line about the connection, or about a link on it if link is not nil, unless there were enough. An attribute that is nil is left out.
func (d *driver) log(level slog.Level, msg string, link *engine.Link, attrs ...any) {
	log := d.loop.container.log
	if !log.Enabled(context.Background(), level) {
		return
	}
	stranger := d.from != nil && !d.known
	if !stranger && !d.lines.take(d.loop.now) {
		return
	}
	d.ownUp()
	all := []any{"connection", clip(d.peer())}
	if id := d.engine.RemoteOpen().ContainerID; id != "" {
		all = append(all, "peer", clip(id))
	}
	if link != nil {
		all = append(all, "link", clip(link.Name()), "role", noun(link))
		if address := addressOf(link); address != "" {
			all = append(all, "address", clip(address))
		}
	}
	for i := 0; i < len(attrs); i += 2 {
		switch v := attrs[i+1].(type) {
		case nil:
		case error:
			all = append(all, attrs[i], clip(v.Error()))
		default:
			all = append(all, attrs[i], v)
		}
	}
	if stranger { // there may be any number of them
		d.from.log(level, msg, all...)
		return
	}
	log.Log(context.Background(), level, msg, all...)
}

// ownUp tells how many lines were left out.
func (d *driver) ownUp() {
	if d.lines.unsaid > 0 {
		d.loop.container.log.Warn("lines about a connection were left out of the log", "connection", clip(d.peer()), "lines", d.lines.unsaid)
		d.lines.unsaid = 0
	}
}

// clip cuts a text that is too long for the log.
func clip(s string) string {
	if len(s) <= maxLogged {
		return s
	}
	return s[:maxLogged] + "..."
}

func noun(link *engine.Link) string {
	if link.Role() == engine.RoleReceiver {
		return "receiver"
	}
	return "sender"
}

// addressOf is the address of the node that a link is for: the peer's for a link of ours, ours for one of the peer's.
func addressOf(link *engine.Link) string {
	cfg := link.Config()
	var address *string
	if link.Ours() == (link.Role() == engine.RoleReceiver) {
		if cfg.Source != nil {
			address = cfg.Source.Address
		}
	} else if cfg.Target != nil {
		address = cfg.Target.Address
	}
	if address == nil {
		return ""
	}
	return *address
}

package container

import (
	"log/slog"
	"slices"

	"github.com/hadron-mq/hadron/internal/engine"
)

// reattach arranges for a link that the peer detached to be attached again, while the connection goes on.
func (d *driver) reattach(link *engine.Link, err error) bool {
	o := d.root()
	if err == nil || o.route == nil || o.route.policy == nil || o.gone || !link.Ours() || link.LocalState() != engine.Active ||
		link.Session().RemoteState() != engine.Active {
		return false
	}
	if followed, told := d.redirect(link, err); told {
		return followed
	}
	if !d.worthAnother(err) {
		return false
	}
	worked := link.Worked()
	if d.origin != nil { // what we knew before the redirect may be better
		if !o.mayPause(worked) {
			return false
		}
		link.Suspend(nil)
		o.takeBack(link)
		return true
	}
	return d.suspend(link, err, worked)
}

// suspend lets a link wait for the policy's delay.
func (d *driver) suspend(link *engine.Link, err error, worked bool) bool {
	if !d.mayPause(worked) {
		return false
	}
	d.log(slog.LevelInfo, "link detached by the peer, attaching again", link, "error", err, "delay", d.resuming.at.Sub(d.loop.now))
	if !mayBeOverAMessage(err) {
		err = nil
	}
	link.Suspend(err)
	d.suspended = append(d.suspended, link)
	return true
}

// mayPause arranges for suspended links to be attached again after the policy's delay. Those that come meanwhile share it: a peer that
// detaches a thousand links at once is one misfortune, not a thousand. False means that the policy has come to its end.
func (d *driver) mayPause(worked bool) bool {
	if d.resuming != nil {
		return true
	}
	if worked {
		d.route.worked()
	}
	delay, ok := d.route.pause()
	if ok {
		d.resuming = d.loop.timers.start(d.loop.now.Add(delay), func() {
			d.resuming = nil
			d.resumeAll()
			d.wake()
		})
	}
	return ok
}

// resumeAll attaches the suspended links again, as far as there is a transport.
func (d *driver) resumeAll() {
	links := d.suspended
	d.suspended = nil
	for _, link := range links {
		link.Resume()
	}
}

// linksOf returns all links of a connection.
func linksOf(c *engine.Connection) (links []*engine.Link) {
	for _, s := range c.Sessions() {
		links = append(links, s.Links()...)
	}
	return slices.Clip(links)
}

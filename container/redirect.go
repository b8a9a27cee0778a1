package container

import (
	"log/slog"

	"github.com/hadron-mq/hadron/connection"
	"github.com/hadron-mq/hadron/handler"
	"github.com/hadron-mq/hadron/internal/engine"
	"github.com/hadron-mq/hadron/internal/wire"
)

// A link that a peer redirects (amqp:link:redirect, §2.8.18) is attached at the address that the peer names, on the same connection or on
// a branch: a connection of its own to the other place, which the application does not see. Events of the link name the connection that
// the application made. A branch is made once: when it is lost, its links go back to where they came from, and are attached there after the policy's
// delay, perhaps to be redirected again.

// stray is a link that was redirected, and what it was before.
type stray struct {
	session *engine.Session
	source  *wire.Source
	target  *wire.Target
	adapt   func(*wire.Open, *wire.Attach)
	hops    int
}

// restore gives the link its own address back.
func (s *stray) restore(link *engine.Link) {
	cfg := link.Config()
	cfg.Source, cfg.Target, cfg.Adapt = s.source, s.target, s.adapt
}

// root returns the driver of the connection that the application made.
func (d *driver) root() *driver {
	if d.origin != nil {
		return d.origin
	}
	return d
}

// redirect follows a peer's redirect of a link. told is false for other errors.
func (d *driver) redirect(link *engine.Link, err error) (followed, told bool) {
	to, address, told, why := d.url.RedirectLink(err)
	if !told {
		return false, false
	}
	o := d.root()
	s := o.strays[link]
	if s == nil {
		cfg := link.Config()
		s = &stray{session: link.Session(), source: cfg.Source, target: cfg.Target, adapt: cfg.Adapt}
		if o.strays == nil {
			o.strays = make(map[*engine.Link]*stray)
		}
		o.strays[link] = s
	}
	if link.Worked() {
		s.hops = 0
	}
	if s.hops++; why == nil && s.hops > maxHops {
		d.log(slog.LevelWarn, "link is redirected without end", link, "hops", s.hops)
		return false, true
	}
	if why != nil {
		d.log(slog.LevelWarn, "redirect is not followed", link, "error", why)
		return false, true
	}
	link.Suspend(nil)
	readdress(link, address)
	if to != nil {
		b := o.branch(to)
		session, err := b.engine.DefaultSession()
		if err == nil {
			err = link.MoveTo(session)
		}
		if err != nil { // it stays, and is told to go again: hops are counted
			d.log(slog.LevelWarn, "redirect is not followed", link, "error", err)
		}
	}
	link.Resume()
	return true, true
}

// readdress gives the link's terminus with the peer another address, which is in the peer's own terms.
func readdress(link *engine.Link, address string) {
	if address == "" {
		return
	}
	cfg := link.Config()
	cfg.Adapt = nil
	switch {
	case link.Role() == engine.RoleReceiver && cfg.Source != nil:
		source := *cfg.Source
		source.Address, cfg.Source = &address, &source
	case link.Role() == engine.RoleSender && cfg.Target != nil:
		target := *cfg.Target
		target.Address, cfg.Target = &address, &target
	}
}

// branch returns the connection for links that were redirected to a URL.
func (d *driver) branch(to *connection.URL) *driver {
	key := to.String() + " " + to.VirtualHost()
	if b := d.branches[key]; b != nil && !b.gone && b.engine.LocalState() == engine.Active {
		return b
	}
	b := newDriver(d.loop, d.options)
	b.origin, b.url, b.deserted = d, to, true
	b.route = &route{urls: []*connection.URL{to}}
	if d.branches == nil {
		d.branches = make(map[string]*driver)
	}
	d.branches[key] = b
	d.loop.container.hold()
	d.loop.container.deserted.Add(1) // it is there for its links, which count with the connection that they came from
	d.loop.born = append(d.loop.born, b)
	b.engine.Open()
	return b
}

// giveBack ends a branch, whose links go back to where they came from.
func (d *driver) giveBack(err error) {
	o := d.origin
	worked, again := d.engine.Worked(), d.worthAnother(err) && !o.gone && o.engine.LocalState() == engine.Active
	d.log(slog.LevelInfo, "connection of redirected links lost", nil, "error", err)
	d.disconnect(err, nil)
	for _, link := range linksOf(d.engine) {
		if again && o.mayPause(worked) {
			o.takeBack(link)
			continue
		}
		told := d.onLink(&engine.Event{Session: link.Session(), Link: link, Err: err}, handler.MessagingHandler.OnLinkError)
		resolved := d.loop.event.Resolved()
		link.Close(nil)
		if !resolved {
			d.account(err, told, d.desert(true), "link lost with its connection", link)
		}
	}
	d.end(err)
}

// takeBack takes a link back that is not attached any more, to be attached with the suspended ones.
func (d *driver) takeBack(link *engine.Link) {
	if s := d.strays[link]; s != nil && link.MoveTo(s.session) == nil {
		s.restore(link)
		s.hops = 0
		d.suspended = append(d.suspended, link)
		return
	}
	link.Close(nil) // its session is closed
}

// recall makes links that were redirected on this connection what they were: the next peer may see it otherwise. Those that wait to be attached
// again need not wait any longer than the connection does.
func (d *driver) recall() {
	d.suspended = nil
	for link, s := range d.strays {
		if link.Session() == s.session {
			s.restore(link)
			delete(d.strays, link)
		}
	}
}

// fell ends the branches of a connection that has ended: as it did, by a close or for a reason.
func (d *driver) fell(err error) {
	for _, b := range d.branches {
		if err != nil {
			b.end(err)
			continue
		}
		b.engine.Close(nil)
		b.wake()
	}
}

// prune ends branches that are needed no more: without links, or without the connection that they belong to. Strays that are closed are
// forgotten.
func (d *driver) prune() {
	for link := range d.strays {
		if link.LocalState() != engine.Active {
			delete(d.strays, link)
		}
	}
	for key, b := range d.branches {
		switch {
		case b.gone:
			delete(d.branches, key)
		case d.engine.LocalState() == engine.Closed:
			b.engine.Close(nil)
			b.wake()
		}
	}
	if d.origin != nil && d.engine.LocalState() == engine.Active && len(linksOf(d.engine)) == 0 {
		d.engine.Close(nil)
	}
}

package container

import (
	"log/slog"
	"slices"

	"github.com/hadron-mq/hadron/internal/engine"
)

// No error is lost, and none is told twice. What ends a connection, session or link of this container's making for good is returned by Run, be it that a
// handler has taken the event or not, unless one has said that it is dealt with. It is logged where no handler was told and the program goes on: else
// Run is about to tell. What ends those of peers' making is logged where no handler was told, for nobody else will be.

// account sees to it. told says that a handler has taken the event, ending that the container ends over the error.
func (d *driver) account(err error, told, ending bool, msg string, link *engine.Link) {
	fresh := true
	if d.root().route != nil {
		fresh = d.loop.container.keep(err)
	}
	level := slog.LevelDebug
	if fresh && !told && (!ending || d.root().route == nil) {
		level = slog.LevelError
	}
	d.log(level, msg, link, "error", err)
}

// keep notes an error for Run to return, and says whether it is one that was not noted before.
func (c *Container) keep(err error) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if slices.Contains(c.errs, err) { // a session's error is that of each of its links too
		return false
	}
	if len(c.errs) < maxErrors {
		c.errs = append(c.errs, err)
	}
	return true
}

// desert takes note that a link or session has ended, and whether the peer has ended it unasked, after the application was told. Where that has happened
// on the connection, no link is left on it, and the program has nothing else that could ever go on, there is nothing to wait for: the connection is
// closed. It says whether that is so. Of a program whose other goroutines use the container, nobody knows.
func (d *driver) desert(unasked bool) bool {
	o := d.root()
	o.bereft = o.bereft || unasked
	if !o.bereft || o.route == nil || o.gone || o.engine.LocalState() != engine.Active || o.inUse() {
		return false
	}
	if !o.deserted {
		o.deserted = true
		o.loop.container.deserted.Add(1)
	}
	return o.loop.container.closeDeserted()
}

// inUse says whether there is a link on the connection, or on its branches.
func (d *driver) inUse() bool {
	open := func(l *engine.Link) bool { return l.LocalState() < engine.Detached }
	if slices.ContainsFunc(linksOf(d.engine), open) {
		return true
	}
	for _, b := range d.branches {
		if !b.gone && slices.ContainsFunc(linksOf(b.engine), open) {
			return true
		}
	}
	return false
}

// resettle takes note that a deserted connection is in use again.
func (d *driver) resettle() {
	if d.deserted && (d.gone || d.inUse()) {
		d.deserted = false
		d.loop.container.deserted.Add(-1)
	}
}

// last says whether nothing is left but this connection.
func (d *driver) last() bool {
	others := d.loop.container.live.Load() - d.loop.container.deserted.Load()
	if o := d.root(); !o.deserted {
		others--
	}
	return others <= 0
}

// closeDeserted closes connections without links where there is nothing else.
func (c *Container) closeDeserted() bool {
	if n := c.deserted.Load(); n == 0 || n < c.live.Load() || c.outside.Load() {
		return false
	}
	for _, l := range c.loops {
		l.post(item{kind: itemCall, call: func() {
			for d := range l.drivers {
				if d.origin != nil {
					continue
				}
				if d.resettle(); d.deserted {
					d.engine.Close(nil)
					d.wake()
				}
			}
		}})
	}
	return true
}

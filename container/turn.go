package container

import "time"

// A turn is bounded, so that no connection keeps the others of its loop waiting: by the bytes that it reads, by the time that it takes, and by the work
// that its engine does. What is left has another turn, after all others that want one.
const (
	turnWork  = 1024                   // frames, as the engine counts
	readShare = 256 << 10              // bytes
	turnTime  = 500 * time.Microsecond // looked at every few events, and a handler may take what it likes
	busyTime  = turnTime / 4           // who needed as much the last time has its turn after those who did not
	rarely    = 16                     // events between two looks, at most
	readBusy  = 4 << 10                // a read that brings as much is followed by another, before all is answered

	// backlog is how much output a connection may have, in limits of its engine, before its input waits: a peer that
	// sends and does not read must not fill our memory with answers.
	backlog = 4
)

// wake asks for a turn. The caller has the loop's lock.
func (d *driver) wake() {
	if d.started && !d.queued && !d.turning && !d.gone {
		d.queued = true
		if d.busy {
			d.loop.busy.push(d)
		} else {
			d.loop.ready.push(d)
		}
		d.loop.box.rouse()
	}
}

// again asks for a turn that others have a right to be had before.
func (d *driver) again() {
	if d.started && !d.queued && !d.turning && !d.gone {
		d.queued = true
		d.loop.busy.push(d)
	}
}

// turn lets the engine work on what there is, calls handlers back, and writes what comes of it.
func (d *driver) turn() {
	if d.gone || d.turning {
		return
	}
	d.turning = true
	d.early = 0
	if d.writing {
		d.socket.goOn()
	}
	d.work()
	d.engine.Flush()
	d.turning = false
	d.watch()
	d.write()
	if d.engine.Pending() && !d.congested() || d.wantsInput() && d.socket.readable() {
		d.again()
	}
	d.conclude()
}

// work works on what has come, until there is nothing more, or the turn is over. Where that has to wait, a chunk is read ahead, and
// no more: its end is seen if that is all that comes.
func (d *driver) work() {
	began := time.Now()
	d.engine.Grant(turnWork)
	for share := readShare; ; {
		goOn := d.congested() || d.dispatch(began)
		d.parsed()
		if !goOn || !d.wantsInput() || share <= 0 || share < readShare && d.engine.Urgent() {
			return
		}
		n, err := d.fetch()
		if n == 0 {
			d.lost = err
			return
		}
		if share -= n; n < readBusy {
			share = 0
		}
	}
}

// fetch reads what there is, and gives it to the engine.
func (d *driver) fetch() (n int, err error) {
	var input []byte
	if d.socket.fills() {
		if space := d.engine.Space(); space != nil {
			if n, err = d.socket.fill(space); n > 0 {
				input = space[:n]
				d.engine.Filled(d.loop.now, n)
			}
			d.show(input)
			return n, err
		}
	}
	if input, err = d.socket.read(); len(input) > 0 {
		d.chunk = input
		d.engine.Feed(d.loop.now, input)
	}
	d.show(input)
	return len(input), err
}

// show traces input.
func (d *driver) show(input []byte) {
	if d.traced != nil {
		d.traced.in.Feed(input)
	}
}

// parsed gives the chunk back once the engine is done with it.
func (d *driver) parsed() {
	if d.chunk != nil && d.engine.Unparsed() == 0 {
		d.socket.recycle(d.chunk, d.engine.AmidFrame())
		d.chunk = nil
	}
}

// wantsInput says whether another chunk is to be read.
func (d *driver) wantsInput() bool {
	return d.socket != nil && d.lost == nil && d.chunk == nil && d.engine.Unparsed() == 0
}

// congested says whether input has to wait: for output, or for a login.
func (d *driver) congested() bool {
	return d.login != nil || d.writing && d.engine.Output() > backlog*d.engine.Config().OutputLimit
}

// dispatch handles the engine's events. False means that the turn is over. It is looked at often in the beginning, and then
// rarely: what events take is much the same for all of a turn.
func (d *driver) dispatch(began time.Time) bool {
	look := 1
	for n := 1; ; n++ {
		e := d.engine.Next()
		if e == nil {
			return d.engine.Unparsed() == 0
		}
		d.handle(e)
		if n == look {
			if time.Since(began) > turnTime {
				return false
			}
			look += min(n, rarely)
		}
	}
}

// dispatchAll handles all events that there are, because there will be no other turn for them.
func (d *driver) dispatchAll() {
	for e := d.engine.Next(); e != nil; e = d.engine.Next() {
		d.handle(e)
	}
}

// write writes the output, unless some of it is still being written.
func (d *driver) write() {
	if d.socket == nil || d.writing || d.engine.Output() == 0 || d.halved || d.refusal != nil {
		return
	}
	out := d.engine.TakeOutput(d.loop.now, nil)
	if d.traced != nil {
		for _, segment := range out.Segments(nil) {
			d.traced.out.Feed(segment)
		}
	}
	done, err := d.socket.write(out)
	if d.writing = !done && err == nil; err != nil {
		d.unwritable(err)
	}
}

// writeEarly writes amid a turn, up to a bound: a handler that sends as long as it may is to find the output full at some time.
func (d *driver) writeEarly() {
	if n := d.engine.Output(); d.early+n <= d.engine.Config().OutputLimit {
		d.write()
		d.early += n - d.engine.Output()
		d.loop.yield()
	}
}

// written takes note that the socket has written what it could not at once.
func (d *driver) written(err error) {
	d.writing = false
	if err != nil {
		d.unwritable(err)
	}
	d.wake()
}

// unwritable takes note that nothing more can be written: what the peer said before it went may still be read, and its end then.
func (d *driver) unwritable(err error) {
	d.halved, d.broken = true, err
	d.limit(d.loop.container.grace)
}

// watch keeps the engine's clock: one timer a connection, which no frame touches.
func (d *driver) watch() {
	if d.idle != nil || d.gone || d.socket == nil {
		return
	}
	if next := d.engine.Tick(d.loop.now); !next.IsZero() {
		d.idle = d.loop.timers.start(next, func() {
			d.idle = nil
			d.watch()
			d.wake()
		})
	}
}

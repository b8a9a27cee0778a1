package engine

const pageSize = 256

// page holds the deliveries of pageSize consecutive delivery ids.
type page struct {
	base uint32
	n    int
	d    [pageSize]*Delivery
}

// unsettled is a session's map from delivery id to delivery, for one direction. Ids are handed out in order, so it is a
// list of pages sorted by id: memory follows what is unsettled, however far apart, and a disposition of a range
// touches only pages that exist (§2.6.12 lets a peer name any range in one frame).
type unsettled struct {
	pages []*page
	n     int
	spare *page

	stale    int    // how many are of links that are no more, see leave
	sweeping bool   // they are being taken out
	swept    uint32 // up to this id
}

// find returns the index of the first page that does not lie wholly before id.
func (u *unsettled) find(id uint32) int {
	base := id &^ (pageSize - 1)
	if n := len(u.pages); n == 0 || !before(u.pages[0].base, base) {
		return 0
	} else if last := u.pages[n-1].base; last == base {
		return n - 1
	} else if before(last, base) {
		return n
	}
	lo, hi := 0, len(u.pages)
	for lo < hi {
		mid := (lo + hi) / 2
		if before(u.pages[mid].base, base) {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	return lo
}

// put takes a delivery in.
func (u *unsettled) put(d *Delivery) {
	i := u.find(d.id)
	base := d.id &^ (pageSize - 1)
	if i == len(u.pages) || u.pages[i].base != base {
		p := u.spare
		u.spare = nil
		if p == nil {
			p = new(page)
		}
		p.base = base
		u.pages = append(u.pages, nil)
		copy(u.pages[i+1:], u.pages[i:])
		u.pages[i] = p
	}
	p := u.pages[i]
	if have := p.d[d.id%pageSize]; have != nil { // a peer went once around the ids
		have.tracked = false
		u.uncount(have)
	} else {
		p.n++
		u.n++
	}
	p.d[d.id%pageSize] = d
	d.tracked = true
	d.link.tracked++
}

// uncount takes a delivery off those of its link, or off those whose link is no more.
func (u *unsettled) uncount(d *Delivery) {
	if d.stale() {
		u.stale--
	} else {
		d.link.tracked--
	}
}

// stale says that the delivery belongs to an attachment that is over.
func (d *Delivery) stale() bool { return d.link.over || d.epoch != d.link.epoch }

// remove takes a delivery out, if it is there.
func (u *unsettled) remove(d *Delivery) {
	if !d.tracked {
		return
	}
	d.tracked = false
	i := u.find(d.id)
	if i == len(u.pages) || u.pages[i].d[d.id%pageSize] != d { // of a transport that is gone
		return
	}
	p := u.pages[i]
	u.uncount(d)
	p.d[d.id%pageSize] = nil
	p.n--
	u.n--
	if p.n == 0 {
		u.pages = append(u.pages[:i], u.pages[i+1:]...)
		u.spare = p
	}
}

// next returns the first unsettled delivery whose id lies in first..last, or nil.
func (u *unsettled) next(first, last uint32) *Delivery {
	for i := u.find(first); i < len(u.pages); i++ {
		p := u.pages[i]
		if before(last, p.base) {
			return nil
		}
		at := uint32(0)
		if before(p.base, first) {
			at = first - p.base
		}
		for ; at < pageSize; at++ {
			if before(last, p.base+at) {
				return nil
			}
			if d := p.d[at]; d != nil {
				return d
			}
		}
	}
	return nil
}

// takeOut takes out the deliveries of a link, and returns them in the order of ids.
func (u *unsettled) takeOut(l *Link) (of []*Delivery) {
	for d := range u.all {
		if len(of) == l.tracked {
			break
		}
		if d.link == l {
			of = append(of, d)
		}
	}
	for _, d := range of {
		u.remove(d)
	}
	return of
}

// leave forgets the deliveries of a link that is no more, and says whether it is time to sweep. They are not looked for, since they may lie among
// any number of others: once there are as many as pages, which a peer has paid for, they are swept out page by page.
func (u *unsettled) leave(l *Link) bool {
	u.stale += l.tracked
	l.tracked, l.over = 0, true
	if u.sweeping || u.stale == 0 || u.stale < len(u.pages) {
		return false
	}
	u.sweeping, u.swept = true, u.pages[0].base
	return true
}

// sweep sweeps one page, and says whether it was the last.
func (u *unsettled) sweep() bool {
	i := u.find(u.swept)
	if i == len(u.pages) {
		u.sweeping = false
		return true
	}
	p := u.pages[i]
	u.swept = p.base + pageSize
	for _, d := range p.d {
		if d != nil && d.stale() {
			u.remove(d)
			d.drop()
		}
	}
	return false
}

// all visits every unsettled delivery in the order of ids.
func (u *unsettled) all(yield func(*Delivery) bool) {
	for _, p := range u.pages {
		for _, d := range p.d {
			if d != nil && !d.stale() && !yield(d) {
				return
			}
		}
	}
}

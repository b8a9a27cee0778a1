package main

import "fmt"

// hostileQueue is the attacks' own.
const hostileQueue = "hostile"

// unsettledOfSession is how many deliveries an attack keeps unsettled.
const unsettledOfSession = 90_000

// settlementAttacks are about what a receiver says of deliveries.
var settlementAttacks = []attack{
	{name: "disposition-range", what: "calls 90,000 unsettled deliveries received, all in one disposition, again and again", victim: aBroker, run: dispositionRange},
	{name: "release-range", what: "releases 90,000 deliveries in one disposition, takes them again, and so on", victim: aBroker, run: releaseRange},
	{name: "release-backwards", what: "releases 90,000 deliveries one by one, the last one first", victim: aBroker, run: releaseBackwards},
	{name: "release-large", what: "releases a message of 32 MB after its first frame, again and again", victim: aBroker, run: func(a *attacker) error {
		return giveBack(a, func(p *peer) []byte { return p.large(a.size(32 << 20)) }, released)
	}},
	{name: "annotate-large", what: "gives a message of 32 MB back with an annotation after its first frame, again and again", victim: aBroker, run: func(a *attacker) error {
		return giveBack(a, func(p *peer) []byte { return p.large(a.size(32 << 20)) }, annotated)
	}},
	{name: "annotate-nested", what: "gives a message with 8 MB of nested maps for annotations back with one more, again and again", victim: aBroker, run: func(a *attacker) error {
		nest := described(0x72, mapping(symbol("x-nest"), manyNested(a.size(8<<20))))
		return giveBack(a, func(*peer) []byte { return joined(nest, body(1)) }, annotated)
	}},
	{name: "annotate-range", what: "gives 90,000 messages back in one disposition, with an annotation of 10 KB", victim: aBroker, run: annotateRange},
	{name: "hold-unsettled", what: "settles none of 90,000 messages on each of 10 connections", victim: aBroker, run: func(a *attacker) error {
		a.attacking()
		return a.many(10, func(i int) error {
			return a.again(manner{}, func(p *peer) error {
				if err := p.holdOf(fmt.Sprint(hostileQueue, i), a.size(unsettledOfSession)); err != nil {
					return err
				}
				return p.await("nothing more", func() bool { return false })
			})
		})
	}},
	{name: "suspend-unsettled", what: "detaches a link with 90,000 unsettled deliveries without closing it, attaches it again, and so on", victim: aBroker, run: suspendUnsettled},
	{name: "detach-unsettled", what: "attaches and detaches a link of a session with 90,000 unsettled deliveries", victim: aBroker, run: detachUnsettled},
	{name: "leave-unsettled", what: "has 90,000 messages on 1,000 links and drops the connection, again and again", victim: aBroker, run: leaveUnsettled},
}

// annotated is a failed delivery with something to say.
var annotated = composite(codeModified, at{0: yes, 2: mapping(symbol("x-opt-a"), number(1))})

// hold takes n messages of the hostile queue on handle 1, and settles none.
func (p *peer) hold(n int) error { return p.holdOf(hostileQueue, n) }

func (p *peer) holdOf(queue string, n int) error {
	p.write(sending(0, 0, "in", queue, nil))
	if err := p.attached(1); err != nil {
		return err
	}
	if err := p.produce(0, n, body(1)); err != nil {
		return err
	}
	p.write(receiving(0, 1, "out", queue, nil), flow(0, 1, uint32(n), nil))
	return p.await("messages", func() bool { return p.messages >= n })
}

func suspendUnsettled(a *attacker) error {
	return a.again(manner{}, func(p *peer) error {
		if err := p.hold(a.size(unsettledOfSession)); err != nil {
			return err
		}
		a.attacking()
		suspend := frame(0, composite(codeDetach, at{0: number(1)}))
		resume := receiving(0, 1, "out", hostileQueue, at{7: mapping(data([]byte{0, 0, 0, 0, 0, 0, 0, 1}), null)})
		for round := 1; p.failed == nil; round++ {
			p.write(suspend, resume)
			if err := p.await("an answer to attach", func() bool { return p.seen[codeAttach] >= 2+round }); err != nil {
				return err
			}
		}
		return p.failed
	})
}

func dispositionRange(a *attacker) error {
	return a.again(manner{}, func(p *peer) error {
		if err := p.hold(a.size(unsettledOfSession)); err != nil {
			return err
		}
		a.attacking()
		frames := disposition(0, p.first, p.last, false, received)
		for p.failed == nil {
			p.write(frames)
		}
		return p.failed
	})
}

func releaseRange(a *attacker) error {
	return a.again(manner{}, func(p *peer) error {
		n := a.size(unsettledOfSession)
		if err := p.hold(n); err != nil {
			return err
		}
		a.attacking()
		first := p.first
		for round := 2; ; round++ {
			p.write(flow(0, 1, uint32(n), at{5: number(uint32(n * (round - 1)))}), disposition(0, first, first+uint32(n)-1, true, released))
			first += uint32(n)
			if err := p.await("messages", func() bool { return p.messages >= round*n }); err != nil {
				return err
			}
		}
	})
}

func releaseBackwards(a *attacker) error {
	return a.again(manner{}, func(p *peer) error {
		n := a.size(unsettledOfSession)
		if err := p.hold(n); err != nil {
			return err
		}
		a.attacking()
		for round := 1; ; round++ {
			for i := range uint32(n) {
				p.write(disposition(0, p.last-i, p.last-i, true, released))
			}
			p.write(flow(0, 1, uint32(n), at{5: number(uint32(n * round))}))
			if err := p.await("messages", func() bool { return p.messages >= (round+1)*n }); err != nil {
				return err
			}
		}
	})
}

// giveBack gives one message back each time that its first frame has come.
func giveBack(a *attacker, message func(p *peer) []byte, state []byte) error {
	const window = 2
	return a.again(manner{open: smallFrames, begin: at{2: number(window)}}, func(p *peer) error {
		p.write(sending(0, 0, "in", hostileQueue, nil))
		if err := p.attached(1); err != nil {
			return err
		}
		if err := p.produce(0, 1, message(p)); err != nil {
			return err
		}
		p.write(receiving(0, 1, "out", hostileQueue, nil), flow(0, 1, 1<<30, nil))
		next := uint32(0) // of the transfers' numbers
		for id := uint32(0); ; id++ {
			began := func() bool { return p.seen[codeTransfer] > 0 && p.last >= id }
			for deliver := false; !deliver; { // what is left of the delivery before may be first
				if err := p.await("a transfer", func() bool { return began() || p.seen[codeTransfer] > int(next) }); err != nil {
					return err
				}
				p.mu.Lock()
				deliver, next = began(), uint32(p.seen[codeTransfer])
				p.mu.Unlock()
				p.write(sessionFlow(0, window, at{0: number(next)}))
			}
			a.attacking()
			p.write(disposition(0, id, id, true, state))
		}
	})
}

// annotateRange gives no new credit, so that the messages stay where they are, with what was said of them.
func annotateRange(a *attacker) error {
	said := composite(codeModified, at{0: no, 2: mapping(symbol("x-opt-a"), text(string(make([]byte, 10<<10))))})
	return a.again(manner{}, func(p *peer) error {
		if err := p.hold(a.size(unsettledOfSession)); err != nil {
			return err
		}
		a.attacking()
		p.write(disposition(0, p.first, p.last, true, said))
		return p.await("nothing more", func() bool { return false })
	})
}

func detachUnsettled(a *attacker) error {
	return a.again(manner{}, func(p *peer) error {
		if err := p.hold(a.size(unsettledOfSession)); err != nil {
			return err
		}
		a.attacking()
		frames := joined(sending(0, 2, "third", hostileQueue, nil), detach(0, 2))
		for p.failed == nil {
			p.write(frames)
		}
		return p.failed
	})
}

func leaveUnsettled(a *attacker) error {
	n, links := a.size(unsettledOfSession), a.size(1_000)
	return a.again(manner{}, func(p *peer) error {
		if a.first() {
			p.write(sending(0, 0, "in", hostileQueue, nil))
			if err := p.attached(1); err != nil {
				return err
			}
			if err := p.produce(0, n, body(1)); err != nil {
				return err
			}
		}
		for i := range uint32(links) {
			p.write(receiving(0, 1+i, fmt.Sprint("out-", i), hostileQueue, nil), flow(0, 1+i, uint32((n+links-1)/links), nil))
		}
		err := p.await("messages", func() bool { return p.messages >= n })
		a.attacking()
		return err
	})
}

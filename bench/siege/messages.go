package main

import "fmt"

// messageAttacks are about transfers.
var messageAttacks = []attack{
	{name: "nested-maps", what: "sends messages of 15 MB of nested maps", victim: aContainer, run: func(a *attacker) error {
		return a.again(manner{}, func(p *peer) error {
			p.write(sending(0, 0, "in", "returned", nil))
			if err := p.attached(1); err != nil {
				return err
			}
			a.attacking()
			return p.produce(0, 1<<30, described(0x77, manyNested(a.size(15<<20))))
		})
	}},
	{name: "empty-lists", what: "sends messages of 15 MB of empty lists", victim: aContainer, run: func(a *attacker) error {
		return a.again(manner{}, func(p *peer) error {
			p.write(sending(0, 0, "in", "returned", nil))
			if err := p.attached(1); err != nil {
				return err
			}
			a.attacking()
			return p.produce(0, 1<<30, described(0x77, list(repeatedValue(a.size(250), emptyLists(60_000))...)))
		})
	}},
	{name: "id-jumps", what: "sends messages whose delivery-ids jump by 2^30, and settles none", victim: aBroker, run: func(a *attacker) error {
		return neverSettle(a, 1<<30+257)
	}},
	{name: "never-settled", what: "sends messages to be settled second, and settles none", victim: aBroker, run: func(a *attacker) error {
		return neverSettle(a, 1)
	}},
	{name: "noisy-neighbour", what: "sends messages of 100 bytes and takes them, as fast as it can", victim: aBroker, run: noisyNeighbour},
	{name: "bad-messages", what: "sends messages that cannot be decoded, settled", victim: aBroker, run: func(a *attacker) error {
		return a.messages(repeated(4, []byte{0x00, 0x53, 0x70, 0xff}), at{4: yes})
	}},
	{name: "half-messages", what: "begins 8,000 messages of 200 KB, from 4 connections, and ends none", victim: aBroker, run: halfMessages},
	{name: "abort-messages", what: "sends a message of 60 MB, and then begins and aborts messages of a byte", victim: aBroker, run: abortMessages},
	{name: "never-read", what: "asks for a message of 5 MB on 300 connections that never read", victim: aBroker, run: neverRead},
	{name: "window-copies", what: "asks for a message of 5 MB on 500 sessions whose windows take one frame", victim: aBroker, run: windowCopies},
	{name: "never-read-flows", what: "asks for flows on 300 connections that never read", victim: aBroker, run: neverReadFlows},
}

func repeatedValue(n int, value []byte) [][]byte {
	all := make([][]byte, n)
	for i := range all {
		all[i] = value
	}
	return all
}

// neverSettle sends messages to be settled after the receiver has, and does not. Another connection takes them from the queue.
func neverSettle(a *attacker, step uint32) error {
	to, err := a.open(manner{})
	if err != nil {
		return err
	}
	a.keep(to)
	to.write(receiving(0, 0, "out", hostileQueue, at{3: ubyte(1)}), flow(0, 0, 1<<31-1, nil))
	if err := to.attached(1); err != nil {
		return err
	}
	return a.again(manner{}, func(p *peer) error {
		p.write(sending(0, 0, "in", hostileQueue, at{3: ubyte(0), 4: ubyte(1)}))
		if err := p.attached(1); err != nil {
			return err
		}
		a.attacking()
		for {
			if err := p.message(0, body(1), nil); err != nil {
				return err
			}
			p.ids += step - 1
		}
	})
}

// messages sends the same message over and over.
func (a *attacker) messages(message []byte, more at) error {
	return a.again(manner{}, func(p *peer) error {
		p.write(sending(0, 0, "in", hostileQueue, nil))
		if err := p.attached(1); err != nil {
			return err
		}
		a.attacking()
		return p.produceUnsettled(0, 1<<30, message, more)
	})
}

func noisyNeighbour(a *attacker) error {
	return a.again(manner{}, func(p *peer) error {
		p.write(sending(0, 0, "in", hostileQueue, nil), receiving(0, 1, "out", hostileQueue, at{3: ubyte(1)}), flow(0, 1, 1<<31-1, nil))
		if err := p.attached(2); err != nil {
			return err
		}
		a.attacking()
		return p.produce(0, 1<<30, body(100))
	})
}

func halfMessages(a *attacker) error {
	a.attacking()
	n := uint32(a.size(2_000))
	return a.many(4, func(i int) error {
		return a.again(manner{}, func(p *peer) error {
			for h := range n {
				p.write(sending(0, h, fmt.Sprint("half-", h), fmt.Sprint(hostileQueue, i, "-", h%4), nil))
			}
			if err := p.attached(int(n)); err != nil {
				return err
			}
			part := make([]byte, 50<<10)
			for round := range 4 {
				for h := range n {
					if err := p.allowed("credit", func() bool { return p.room[link{0, h}] > 0 && int32(p.window-p.frames) > 0 }); err != nil {
						return err
					}
					if round == 0 {
						p.sent[link{0, h}] = p.ids
						p.ids++
					}
					p.frames++
					p.write(transfer(0, h, p.sent[link{0, h}], at{5: yes}, part))
				}
			}
			return p.await("nothing more", func() bool { return false })
		})
	})
}

func abortMessages(a *attacker) error {
	return a.again(manner{}, func(p *peer) error {
		p.write(sending(0, 0, "in", hostileQueue, nil))
		if err := p.attached(1); err != nil {
			return err
		}
		if err := p.produce(0, 1, p.large(a.size(60<<20))); err != nil {
			return err
		}
		a.attacking()
		l := link{0, 0}
		for {
			if err := p.allowed("credit", func() bool { return int32(p.room[l]-p.sent[l]) > 0 && int32(p.window-p.frames) > 1 }); err != nil {
				return err
			}
			p.sent[l]++
			p.frames += 2
			p.write(transfer(0, 0, p.ids, at{5: yes}, []byte{0}), transfer(0, 0, p.ids, at{9: yes}))
			p.ids++
		}
	})
}

func neverRead(a *attacker) error {
	p, err := a.open(manner{})
	if err != nil {
		return err
	}
	a.keep(p)
	p.write(sending(0, 0, "in", hostileQueue, nil))
	if err := p.attached(1); err != nil {
		return err
	}
	if err := p.produce(0, 1, p.large(a.size(5<<20))); err != nil {
		return err
	}
	a.attacking()
	return a.many(a.size(300), func(int) error {
		p, err := a.open(manner{})
		if err != nil {
			return err
		}
		a.keep(p)
		p.stall()
		return p.send(receiving(0, 0, "out", hostileQueue, browsed(hostileQueue)), flow(0, 0, 1<<20, nil))
	})
}

func windowCopies(a *attacker) error {
	return a.again(manner{open: smallFrames}, func(p *peer) error {
		p.write(sending(0, 0, "in", hostileQueue, nil))
		if err := p.attached(1); err != nil {
			return err
		}
		if a.first() {
			if err := p.produce(0, 1, body(a.size(5<<20))); err != nil {
				return err
			}
		}
		a.attacking()
		for i := range uint16(a.size(500)) {
			p.write(begin(1+i, at{2: number(1)}), receiving(1+i, 0, fmt.Sprint("browser-", i), hostileQueue, browsed(hostileQueue)))
			p.write(frame(1+i, composite(codeFlow, at{0: number(0), 1: number(1), 2: number(0), 3: number(1), 4: number(0), 5: number(0), 6: number(1)})))
		}
		return p.await("nothing more", func() bool { return false })
	})
}

func neverReadFlows(a *attacker) error {
	a.attacking()
	frames := repeated(1_000, sessionFlow(0, 1<<20, at{9: yes}))
	return a.many(a.size(300), func(int) error {
		return a.again(manner{}, func(p *peer) error {
			p.stall()
			for p.failed == nil {
				p.write(frames)
			}
			return p.failed
		})
	})
}

package main

import "fmt"

// queueAttacks are about the broker's queues.
var queueAttacks = []attack{
	{name: "undeliverable", what: "calls 600 messages undeliverable on one link after another", victim: aBroker, run: undeliverable},
	{name: "too-large", what: "attaches receivers that take messages of a byte to a queue of 90,000", victim: aBroker, run: tooLarge},
	{name: "silent-producers", what: "attaches 1,000 senders to a queue and sends nothing", victim: aBroker, pipelined: true, run: func(a *attacker) error {
		return a.links(1, a.size(1_000), func(i uint32) []byte { return sending(0, i, fmt.Sprint("silent-", i), sharedQueue, nil) })
	}},
	{name: "idle-browsers", what: "attaches 1,000 browsers without credit to a queue", victim: aBroker, pipelined: true, run: func(a *attacker) error {
		return a.links(1, a.size(1_000), func(i uint32) []byte {
			return receiving(0, i, fmt.Sprint("browser-", i), sharedQueue, browsed(sharedQueue))
		})
	}},
	{name: "fill-queues", what: "fills 8 queues with messages of 100 KB", victim: aBroker, run: fillQueues},
	{name: "fill-small", what: "fills queues with empty messages, from 8 connections", victim: aBroker, run: fillSmall},
	{name: "queue-names", what: "makes 16,000 queues, from 8 connections", victim: aBroker, run: func(a *attacker) error {
		return a.links(8, a.size(2_000), func(i uint32) []byte {
			return sending(0, i, fmt.Sprint("name-", i), fmt.Sprint("name-", a.serial()), nil)
		})
	}},
	{name: "dynamic-nodes", what: "makes 16,000 temporary nodes, from 8 connections", victim: aBroker, run: func(a *attacker) error {
		dynamic := at{5: composite(codeSource, at{4: yes})}
		return a.links(8, a.size(2_000), func(i uint32) []byte { return receiving(0, i, fmt.Sprint("dynamic-", i), "", dynamic) })
	}},
	{name: "long-queue-names", what: "makes queues with names of 100 KB", victim: aBroker, run: func(a *attacker) error {
		a.attacking()
		long := string(make([]byte, 100<<10))
		return a.links(8, a.size(2_000), func(i uint32) []byte {
			return sending(0, i, fmt.Sprint("name-", i), fmt.Sprint(long, a.serial()), nil)
		})
	}},
	{name: "drop-browsers", what: "attaches 8,000 browsers and drops the connection, again and again", victim: aBroker, run: dropBrowsers},
	{name: "browse-expired", what: "attaches browsers to a queue of 90,000 messages that have expired", victim: aBroker, run: browseExpired},
	{name: "flow-among-browsers", what: "gives a receiver credit of a queue that has 4,000 browsers, again and again", victim: aBroker, run: flowAmongBrowsers},
	{name: "relay-nested", what: "relays messages with 1 MB of nested maps for annotations", victim: aBroker, run: relayNested},
	{name: "relay-nowhere", what: "sends messages to nodes that do not exist, with names of 50 KB", victim: aBroker, run: relayNowhere},
}

// links attaches links from a number of connections, and leaves it at that.
func (a *attacker) links(connections, each int, attach func(i uint32) []byte) error {
	err := a.many(connections, func(int) error {
		p, err := a.open(manner{})
		if err != nil {
			return err
		}
		a.keep(p)
		for i := range uint32(each) {
			p.write(attach(i))
		}
		if err := p.attached(each); err != nil {
			a.note("given up: " + err.Error())
		}
		return nil
	})
	if err == nil {
		a.attacking()
	}
	return err
}

func undeliverable(a *attacker) error {
	n, links := a.size(600), a.size(1_500)
	return a.again(manner{}, func(p *peer) error {
		p.write(sending(0, 0, "in", hostileQueue, nil))
		if err := p.attached(1); err != nil {
			return err
		}
		if err := p.produce(0, n, body(1)); err != nil {
			return err
		}
		a.attacking()
		for i := range uint32(links) {
			p.write(receiving(0, 1+i, fmt.Sprint("out-", i), hostileQueue, nil), flow(0, 1+i, 1<<20, nil))
			if err := p.await("messages", func() bool { return p.messages >= n*int(i+1) }); err != nil {
				return err
			}
			p.write(disposition(0, p.last-uint32(n)+1, p.last, true, undelivered))
		}
		return p.await("nothing more", func() bool { return false })
	})
}

func tooLarge(a *attacker) error {
	return a.again(manner{}, func(p *peer) error {
		p.write(sending(0, 0, "in", hostileQueue, nil))
		if err := p.attached(1); err != nil {
			return err
		}
		p.mu.Lock()
		more := p.room[link{0, 0}] > 0
		p.mu.Unlock()
		if a.first() || more {
			if err := p.produce(0, a.size(unsettledOfSession), body(100)); err != nil {
				return err
			}
		}
		a.attacking()
		for i := uint32(1); p.failed == nil && i < 16_000; i++ {
			p.write(receiving(0, i, fmt.Sprint("out-", i), hostileQueue, at{10: ulong(1)}), flow(0, i, 1<<20, nil))
		}
		return p.flush()
	})
}

func fillQueues(a *attacker) error {
	a.attacking()
	return a.many(8, func(i int) error {
		return a.again(manner{}, func(p *peer) error {
			p.write(sending(0, 0, "in", fmt.Sprint("fill-", i), nil))
			if err := p.attached(1); err != nil {
				return err
			}
			return p.produce(0, 1<<30, body(100<<10))
		})
	})
}

// fillSmall goes on with another queue where one is full.
func fillSmall(a *attacker) error {
	a.attacking()
	return a.many(8, func(int) error {
		return a.again(manner{}, func(p *peer) error {
			for i := uint32(0); i < 100; i++ {
				p.write(sending(0, i, fmt.Sprint("in-", i), fmt.Sprint("small-", a.serial()), nil))
			}
			if err := p.attached(100); err != nil {
				return err
			}
			for i := uint32(0); i < 100; i++ {
				if err := p.produce(i, a.size(100_000), body(0)); err != nil {
					return err
				}
			}
			return p.await("nothing more", func() bool { return false })
		})
	})
}

func browseExpired(a *attacker) error {
	short := joined(described(0x70, list(no, ubyte(4), number(1))), body(1)) // a time to live of a millisecond
	return a.again(manner{}, func(p *peer) error {
		if a.first() {
			p.write(sending(0, 0, "in", hostileQueue, nil))
			if err := p.attached(1); err != nil {
				return err
			}
			if err := p.produce(0, a.size(unsettledOfSession), short); err != nil {
				return err
			}
		}
		a.attacking()
		for i := uint32(1); p.failed == nil && i < 16_000; i++ {
			p.write(receiving(0, i, fmt.Sprint("browser-", i), hostileQueue, browsed(hostileQueue)), flow(0, i, 1, nil))
		}
		return p.flush()
	})
}

func flowAmongBrowsers(a *attacker) error {
	return a.again(manner{}, func(p *peer) error {
		n := uint32(a.size(4_000))
		for i := range n {
			p.write(receiving(0, 1+i, fmt.Sprint("browser-", i), hostileQueue, browsed(hostileQueue)))
		}
		p.write(receiving(0, 0, "out", hostileQueue, nil))
		if err := p.attached(int(n) + 1); err != nil {
			return err
		}
		a.attacking()
		frames := joined(flow(0, 0, 0, nil), flow(0, 0, 1, nil))
		for p.failed == nil {
			p.write(frames)
		}
		return p.failed
	})
}

func relayNested(a *attacker) error {
	return a.again(manner{}, func(p *peer) error {
		p.write(sending(0, 0, "relay", "", at{6: composite(codeTarget, nil)}), sending(0, 1, "in", hostileQueue, nil))
		if err := p.attached(2); err != nil {
			return err
		}
		a.attacking()
		nest := described(0x72, mapping(symbol("x-nest"), manyNested(a.size(1<<20))))
		return p.produce(0, 1<<30, joined(nest, described(0x73, list(null, null, text("nowhere"))), body(1)))
	})
}

func dropBrowsers(a *attacker) error {
	return a.again(manner{}, func(p *peer) error {
		n := a.size(8_000)
		for i := range uint32(n) {
			p.write(receiving(0, i, fmt.Sprint("browser-", i), hostileQueue, browsed(hostileQueue)))
		}
		err := p.attached(n)
		a.attacking()
		return err
	})
}

func relayNowhere(a *attacker) error {
	return a.again(manner{}, func(p *peer) error {
		p.write(sending(0, 0, "relay", "", at{6: composite(codeTarget, nil)}))
		if err := p.attached(1); err != nil {
			return err
		}
		a.attacking()
		lost := joined(described(0x73, list(null, null, text(string(make([]byte, 50<<10))))), body(1))
		return p.produceUnsettled(0, 1<<30, lost, nil)
	})
}

package main

import "fmt"

// flowAttacks are about windows and credit.
var flowAttacks = []attack{
	{name: "window-toggle", what: "closes and opens the window of a session with 10,000 links", victim: aBroker, run: func(a *attacker) error {
		return a.flood(uint32(a.size(10_000)), joined(sessionFlow(0, 0, nil), sessionFlow(0, 1<<20, nil)))
	}},
	{name: "window-toggle-credit", what: "does so where all of them have credit", victim: aBroker, run: func(a *attacker) error {
		return a.floodLinks(func(uint32) []byte { return joined(sessionFlow(0, 0, nil), sessionFlow(0, 1<<20, nil)) })
	}},
	{name: "drain-links", what: "drains 10,000 links in turn", victim: aBroker, run: func(a *attacker) error {
		return a.floodLinks(func(i uint32) []byte { return flow(0, i, 1, at{8: yes}) })
	}},
	{name: "nested-flows", what: "sends flows with 100 KB of nested maps for properties", victim: aBroker, run: func(a *attacker) error {
		return a.again(manner{}, func(p *peer) error {
			a.attacking()
			flow := sessionFlow(0, 1<<20, at{10: mapping(symbol("x"), manyNested(a.fitting(100<<10)))})
			for p.failed == nil {
				p.write(flow)
			}
			return p.failed
		})
	}},
}

// floodLinks attaches 10,000 receivers with a credit of one, and writes what is made of each in turn.
func (a *attacker) floodLinks(frames func(i uint32) []byte) error {
	return a.again(manner{}, func(p *peer) error {
		n := uint32(a.size(10_000))
		for i := range n {
			p.write(receiving(0, i, fmt.Sprint("link-", i), hostileQueue, nil), flow(0, i, 1, nil))
		}
		if err := p.attached(int(n)); err != nil {
			return err
		}
		a.attacking()
		for i := uint32(0); p.failed == nil; i++ {
			p.write(frames(i % n))
		}
		return p.failed
	})
}

package main

import (
	"fmt"
	"strings"
)

// linkAttacks are about sessions and links: their number, and what is said when they begin and end.
var linkAttacks = []attack{
	{name: "attach-maps", what: "attaches links with 110 KB of unsettled deliveries and properties each", victim: aBroker, run: attachMaps},
	{name: "attach-filters", what: "attaches receivers with a filter of 100 KB of nested maps each", victim: aBroker, run: attachFilters},
	{name: "long-link-names", what: "attaches links with names of 100 KB", victim: aBroker, run: func(a *attacker) error {
		a.attacking()
		long := string(make([]byte, 100<<10))
		return a.links(4, a.size(4_000), func(i uint32) []byte { return sending(0, i, fmt.Sprint(long, i), hostileQueue, nil) })
	}},
	{name: "refused-links", what: "has a container-id of 100 KB, or of what it is allowed, and attaches links that are refused", victim: aBroker, run: refusedLinks},
	{name: "detach-errors", what: "attaches links, and detaches them with errors of 50 KB", victim: aBroker, run: detachErrors},
	{name: "attach-detach", what: "attaches and detaches a link, as fast as it can", victim: aBroker, run: func(a *attacker) error {
		return a.flood(0, joined(sending(0, 0, "one", hostileQueue, nil), detach(0, 0)))
	}},
	{name: "detach-among-links", what: "attaches and detaches a link of a session that has 10,000", victim: aBroker, run: func(a *attacker) error {
		n := uint32(a.size(10_000))
		return a.flood(n, joined(sending(0, n, "last", hostileQueue, nil), detach(0, n)))
	}},
	{name: "begin-end", what: "begins and ends a session, as fast as it can", victim: aBroker, run: func(a *attacker) error {
		return a.flood(0, joined(begin(1, nil), end(1)))
	}},
	{name: "links", what: "attaches 16,000 links on each of 20 connections", victim: aBroker, run: func(a *attacker) error {
		a.attacking()
		return a.links(20, a.size(16_000), func(i uint32) []byte { return sending(0, i, fmt.Sprint("link-", i), hostileQueue, nil) })
	}},
	{name: "session-errors", what: "sends messages on no link, so that its session is ended, and begins another", victim: aBroker, run: func(a *attacker) error {
		return a.flood(0, joined(begin(1, nil), transfer(1, 0, 0, nil, body(1)), end(1)))
	}},
	{name: "link-errors", what: "attaches links with an error in the attach, and detaches them", victim: aBroker, run: func(a *attacker) error {
		one := composite(codeAttach, at{0: text("one"), 1: number(0), 2: no, 5: composite(codeSource, nil), 6: target(hostileQueue)})
		return a.flood(0, joined(frame(0, one), detach(0, 0)))
	}},
	{name: "stolen-links", what: "attaches a link of the same name again and again", victim: aBroker, run: stolenLinks},
}

// flood makes a connection with a number of receivers, and writes the same frames over and over.
func (a *attacker) flood(links uint32, frames []byte) error {
	return a.again(manner{}, func(p *peer) error {
		for i := range links {
			p.write(receiving(0, i, fmt.Sprint("link-", i), hostileQueue, nil))
		}
		if err := p.attached(int(links)); err != nil {
			return err
		}
		a.attacking()
		for p.failed == nil {
			p.write(frames)
		}
		return p.failed
	})
}

func attachMaps(a *attacker) error {
	return a.again(manner{}, func(p *peer) error {
		var unsettled [][]byte
		for i := range a.fitting(10_000) {
			unsettled = append(unsettled, data([]byte{byte(i >> 8), byte(i)}), null)
		}
		more := at{7: mapping(unsettled...), 13: mapping(symbol("x"), emptyLists(a.fitting(60_000)))}
		a.attacking()
		for i := uint32(0); i < 16_000 && p.failed == nil; i++ {
			p.write(sending(0, i, fmt.Sprint("map-", i), hostileQueue, more))
		}
		if err := p.flush(); err != nil {
			return err
		}
		return p.await("nothing more", func() bool { return false })
	})
}

func attachFilters(a *attacker) error {
	return a.again(manner{}, func(p *peer) error {
		filter := mapping(symbol("x"), described(0, manyNested(a.fitting(100<<10))))
		a.attacking()
		for i := uint32(0); i < 16_000 && p.failed == nil; i++ {
			p.write(receiving(0, i, fmt.Sprint("filter-", i), hostileQueue, at{5: source(hostileQueue, at{7: filter})}))
		}
		if err := p.flush(); err != nil {
			return err
		}
		return p.await("nothing more", func() bool { return false })
	})
}

// emptyLists is a list of lists, which are a byte each.
func emptyLists(n int) []byte { return compound(0xc0, 0xd0, n, repeated(n, []byte{0x45})) }

// manyNested is lists of maps of one pair, each within another, of about so many bytes together.
func manyNested(size int) []byte {
	const inOne = 10_000
	one := nested(20)
	var lists [][]byte
	for ; size > 0; size -= inOne * len(one) {
		var maps [][]byte
		for range min(inOne, size/len(one)+1) {
			maps = append(maps, one)
		}
		lists = append(lists, list(maps...))
	}
	return list(lists...)
}

func refusedLinks(a *attacker) error {
	// The first connection may be refused for its open frame.
	if p, err := a.open(manner{open: at{0: text(strings.Repeat("x", 100<<10))}}); p != nil {
		if err != nil {
			a.note("given up: " + err.Error())
		}
		p.close()
	}
	return a.again(manner{open: at{0: text(strings.Repeat("x", 15<<10))}}, func(p *peer) error {
		a.attacking()
		nowhere := joined(receiving(0, 0, "refused", "", at{5: composite(codeSource, nil)}), detach(0, 0))
		for p.failed == nil {
			p.write(nowhere)
		}
		return p.failed
	})
}

func detachErrors(a *attacker) error {
	long := composite(codeError, at{0: symbol("amqp:internal-error"), 1: text(strings.Repeat("x", 50<<10))})
	frames := joined(sending(0, 0, "one", hostileQueue, nil), frame(0, composite(codeDetach, at{0: number(0), 1: yes, 2: long})))
	return a.flood(0, frames)
}

func stolenLinks(a *attacker) error {
	return a.again(manner{}, func(p *peer) error {
		a.attacking()
		for i := uint32(0); p.failed == nil && i < 16_000; i++ {
			p.write(sending(0, i, "stolen", hostileQueue, nil))
		}
		return p.flush()
	})
}

package main

import "slices"

// attack is one way to harm a victim with few bytes.
type attack struct {
	name      string
	what      string // it does, for a sentence that begins with a hostile peer
	victim    kind
	pipelined bool // the well-behaved client is one that sends as much as it can, on the queue that is attacked
	// run makes the attack. It may go on for ever; where it returns, what it has done stays until the process ends.
	run func(a *attacker) error
}

// attacks are all there are.
var attacks = slices.Concat(queueAttacks, settlementAttacks, linkAttacks, flowAttacks, messageAttacks, connectionAttacks, loginAttacks)

// find returns the attack of a name.
func find(name string) (attack, bool) {
	i := slices.IndexFunc(attacks, func(a attack) bool { return a.name == name })
	if i < 0 {
		return attack{}, false
	}
	return attacks[i], true
}

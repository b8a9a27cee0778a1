package broker

import (
	"sync"
	"sync/atomic"

	"github.com/hadron-mq/hadron/connection"
)

// account is who has to answer for what the broker holds: a user, with all of his connections, or a connection whose peer has not said who
// it is.
type account struct {
	bytes  atomic.Int64 // of memory
	queues atomic.Int64 // that it has made
	links  atomic.Int64
	peers  int // its connections; under the mutex of accounts

	waiting lane[*producer] // that wait for memory; under the mutex of memory
	line    place[*account] // among the accounts that have such
}

func newAccount() *account {
	a := new(account)
	a.line.of = a
	return a
}

// idle tells whether nothing is held for the account.
func (a *account) idle() bool { return a.bytes.Load() == 0 && a.queues.Load() == 0 }

// accounts are the users' accounts, by name.
type accounts struct {
	mu    sync.Mutex
	users map[string]*account
	sweep int // how many there may be before those that nobody uses are looked for
}

// open returns the account of a connection.
func (as *accounts) open(conn *connection.Connection) *account {
	user := conn.User()
	if user == "" || conn.Mechanism() == "ANONYMOUS" {
		return newAccount()
	}
	as.mu.Lock()
	defer as.mu.Unlock()
	a := as.users[user]
	if a == nil {
		as.tidy()
		a = newAccount()
		as.users[user] = a
	}
	a.peers++
	return a
}

// close ends a connection's part in its account. What is held for the account stays with it, whoever comes next.
func (as *accounts) close(a *account) {
	as.mu.Lock()
	defer as.mu.Unlock()
	if a.peers > 0 {
		a.peers--
	}
}

// tidy forgets accounts that nobody uses, once those may be half of all.
func (as *accounts) tidy() {
	if len(as.users) < as.sweep {
		return
	}
	for user, a := range as.users {
		if a.peers == 0 && a.idle() {
			delete(as.users, user)
		}
	}
	as.sweep = 2*len(as.users) + 64
}

// share returns how much more of something an account may have, of which there is limit, used is in use, and own is its own: as much as is free
// for all, and a little in any case, as long as there is some. So one alone has half at most, of two each a third, and there is always
// some left for another.
func share(limit, used, own, little int64) int64 {
	free := limit - used
	return min(max(free, little)-own, free)
}

package hadron_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

// floors is the plan of the house: the rooms, and the floor that each is on, from the ground up. A room imports only rooms on
// lower floors. ARCHITECTURE.md has the same table, with what lives where.
var floors = [][]string{
	{"internal/handle", "internal/poll", "internal/turn", "tlsconf", "value"},
	{"internal/wire"},
	{"sasl", "internal/trace"},
	{"sasl/gssapi", "internal/engine"},
	{"internal/settings"},
	{"delivery", "connection"},
	{"sender", "receiver"},
	{"internal/event"},
	{"handler"},
	{"container"},
	{"broker"},
	{"transaction", "blocking", "rpc", "worker", "outgoing", "spool", "topology"},
	{"bench/process"},
	{"bench/peers"},
	{"cmd", "examples", "bench"},
}

// streets are rooms with rooms of their own below: each folder in them that has no floor of its own is one program.
var streets = []string{"cmd", "examples", "bench"}

// beside are the rooms that no other room imports but in its tests, and what of the house they themselves may import.
var beside = map[string][]string{
	"internal/amqptest": nil, // it shares no code with what it tests
	"internal/wire/gen": nil, // it writes internal/wire
	"interop":           nil, // harnesses of real peers, and the tests that run against them
}

// floor returns the floor that a package is on, -1 for none.
func floor(pkg string) int {
	on := func(room string) int {
		return slices.IndexFunc(floors, func(rooms []string) bool { return slices.Contains(rooms, room) })
	}
	if at := on(pkg); at >= 0 {
		return at
	}
	street, _, _ := strings.Cut(pkg, "/")
	if slices.Contains(streets, street) {
		return on(street)
	}
	return -1
}

// aside returns what a package beside the house may import of it.
func aside(pkg string) (allowed []string, ok bool) {
	if strings.HasPrefix(pkg, "interop/") {
		pkg = "interop"
	}
	allowed, ok = beside[pkg]
	return allowed, ok
}

// TestFloors keeps the plan: no room imports one on its own floor or above.
func TestFloors(t *testing.T) {
	for _, s := range sources(t) {
		if s.test {
			continue
		}
		from := floor(s.pkg)
		allowed, isAside := aside(s.pkg)
		if from < 0 && !isAside {
			assert.Fail(t, "a package that is on no floor", "%s: package %s is not in the table of floors: add it to floors_test.go and to ARCHITECTURE.md",
				s.path, s.pkg)
			continue
		}
		for imported := range s.imports() {
			pkg, ours := strings.CutPrefix(imported, module+"/")
			switch {
			case !ours:
			case isAside:
				assert.Contains(t, allowed, pkg, "%s is beside the house and imports %s", s.path, pkg)
			default:
				to := floor(pkg)
				assert.GreaterOrEqual(t, to, 0, "%s imports %s, which only tests may", s.path, pkg)
				assert.Less(t, to, from, "%s, on floor %d, imports %s, on floor %d", s.path, from, pkg, to)
			}
		}
	}
}

// public are the rooms whose programs and packages show that the public API is enough.
var public = []string{"broker", "examples", "cmd", "bench"}

// TestPublicAPIIsEnough keeps what is built on the public API from reaching behind it.
func TestPublicAPIIsEnough(t *testing.T) {
	for _, s := range sources(t) {
		room, _, _ := strings.Cut(s.pkg, "/")
		if s.test || !slices.Contains(public, room) {
			continue
		}
		for imported := range s.imports() {
			assert.NotContains(t, imported, module+"/internal", "%s reaches behind the public API", s.path)
		}
	}
}

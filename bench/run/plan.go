package main

// plan is how much of everything is run.
type plan struct {
	rounds    int
	count     int   // messages of a pump
	bytes     int   // of a pump, at most, in bodies
	bodies    []int // bytes
	spread    []int // links, and connections
	pings     int   // round trips
	benchtime string
	pumped    string // -benchtime of the benchmarks that pump between processes

	connections, links, reconnecting, restarts int

	asking int     // connections that ask beside a busy one
	asked  float64 // seconds

	siege []string // arguments
}

// The credit of a pump, in messages and in bytes of bodies: all links together have no more than inFlight.
const (
	credit      = 1_000
	inFlight    = 100_000
	creditBytes = 64 << 20
)

const (
	usual = 100      // bytes of a body, where nothing else is said
	large = 64 << 10 // where a bare socket is the measure

	liveData = 32 // MiB that an application has
)

var full = plan{
	rounds:    9,
	count:     500_000,
	bytes:     1 << 30,
	bodies:    []int{16, usual, 256, 1 << 10, 4 << 10, 16 << 10, large, 256 << 10, 1 << 20},
	spread:    []int{1, 10, 100, 1_000},
	pings:     20_000,
	benchtime: "200ms",
	pumped:    "300000x",

	connections: 20_000, links: 100_000, reconnecting: 1_000, restarts: 10,

	asking: 100, asked: 5,
}

var small = plan{
	rounds:    1,
	count:     5_000,
	bytes:     4 << 20,
	bodies:    []int{16, usual, large, 1 << 20},
	spread:    []int{1, 10, 100},
	pings:     500,
	benchtime: "100x",
	pumped:    "1000x",

	connections: 200, links: 1_000, reconnecting: 50, restarts: 2,

	asking: 5, asked: 0.3,

	siege: []string{"-quick", "-only", "undeliverable,attach-detach,tls-half"},
}

// fewer is how many rounds there are of what has many points.
func (p plan) fewer() int { return (p.rounds + 1) / 2 }

// messages is how many of a size are pumped.
func (p plan) messages(body int) int { return max(min(p.count, p.bytes/max(body, 1)), 50) }

// Package peers builds the programs of other libraries that Hadron is measured side by side with.
//
// What lives here: [Build], which finds out what of them this machine has; their sources are in the folders below, and are called as Hadron's programs of
// the same names are. What does not: running them (see process), and what is measured.
package peers

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/hadron-mq/hadron/bench/process"
)

// Peer is a library that this machine has.
type Peer struct {
	Name    string
	Listens bool // it is no client library alone
	Slower  int  // a run with it has so many times fewer messages: about as many times it is slower than the fastest

	arrow, pingpong []string // how they are called, up to the role; nil for none
	env             []string
	version         []string // the command that prints it
}

// The names of the peers.
const (
	ProtonC      = "proton-c"
	GoAMQP       = "go-amqp"
	Rhea         = "rhea"
	ProtonPython = "proton-python"
)

// Names are all of them.
var Names = []string{ProtonC, GoAMQP, Rhea, ProtonPython}

// builders build a peer's programs into a folder.
var builders = map[string]func(ctx context.Context, dir string) (*Peer, error){
	ProtonC: protonC, GoAMQP: goAMQP, Rhea: rhea, ProtonPython: protonPython,
}

// sources is where the programs are, from the root of the module.
const sources = "bench/peers"

// Build builds the programs of a peer into a folder, which may have them from another time. It is called in the root of the module. The error says what
// the machine lacks.
func Build(ctx context.Context, dir, name string) (*Peer, error) {
	build, ok := builders[name]
	if !ok {
		return nil, fmt.Errorf("peers: %s: there are %v", name, Names)
	}
	dir, err := filepath.Abs(filepath.Join(dir, name))
	if err == nil {
		err = os.MkdirAll(dir, 0o755)
	}
	if err != nil {
		return nil, fmt.Errorf("peers: %s: %w", name, err)
	}
	p, err := build(ctx, dir)
	if err != nil {
		return nil, fmt.Errorf("peers: %s: %w", name, err)
	}
	p.Name = name
	return p, nil
}

// Required says whether a peer that is missing is a failure.
func Required() bool { return os.Getenv("HADRON_REQUIRE_PEERS") == "1" }

// Arrow is its program of that name, in a role.
func (p *Peer) Arrow(role string, flags ...string) process.End {
	return p.end(append(p.arrow[:len(p.arrow):len(p.arrow)], flags...), role)
}

// Pingpong is its program of that name, in a role.
func (p *Peer) Pingpong(role string) process.End { return p.end(p.pingpong, role) }

func (p *Peer) end(argv []string, role string) process.End {
	return process.End{Env: p.env, Argv: append(argv[:len(argv):len(argv)], role)}
}

// Version asks for the library's version.
func (p *Peer) Version(ctx context.Context) (string, error) {
	return process.Output(ctx, p.version[0], p.version[1:]...)
}

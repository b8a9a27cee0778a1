package peers

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/hadron-mq/hadron/bench/process"
)

// rhea has npm fetch the library, of the version in package.json, where the folder has it not from another time.
func rhea(ctx context.Context, dir string) (*Peer, error) {
	node, err := exec.LookPath("node")
	if err != nil {
		return nil, err
	}
	source, err := filepath.Abs(filepath.Join(sources, Rhea))
	if err != nil {
		return nil, err
	}
	modules := filepath.Join(dir, "node_modules")
	if _, err := os.Stat(filepath.Join(modules, "rhea")); err != nil {
		wanted, err := os.ReadFile(filepath.Join(source, "package.json"))
		if err == nil {
			err = os.WriteFile(filepath.Join(dir, "package.json"), wanted, 0o644)
		}
		if err != nil {
			return nil, err
		}
		if _, err := process.Output(ctx, "npm", "install", "--prefix", dir, "--no-audit", "--no-fund", "--ignore-scripts"); err != nil {
			return nil, err
		}
	}
	return &Peer{
		Listens: true, Slower: 5,
		arrow:   []string{node, filepath.Join(source, "arrow.js")},
		env:     []string{"NODE_PATH=" + modules},
		version: []string{node, "-p", fmt.Sprintf("require(%q).version", filepath.Join(modules, "rhea", "package.json"))},
	}, nil
}

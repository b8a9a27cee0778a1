package peers

import (
	"context"
	"errors"
	"os"
	"path/filepath"

	"github.com/hadron-mq/hadron/bench/process"
)

// protonPython finds a Python that has Proton: the first in the path may be another than the system's.
func protonPython(ctx context.Context, _ string) (*Peer, error) {
	for _, dir := range append(filepath.SplitList(os.Getenv("PATH")), "/usr/bin") {
		python := filepath.Join(dir, "python3")
		if _, err := process.Output(ctx, python, "-c", "import proton"); err != nil {
			continue
		}
		source, err := filepath.Abs(filepath.Join(sources, ProtonPython, "arrow.py"))
		if err != nil {
			return nil, err
		}
		return &Peer{
			Listens: true, Slower: 20,
			arrow:   []string{python, source},
			version: []string{python, "-c", "import proton; print('.'.join(map(str, proton.VERSION)))"},
		}, nil
	}
	return nil, errors.New("no python3 in the path has its module proton")
}

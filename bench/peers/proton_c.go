package peers

import (
	"context"
	"path/filepath"

	"github.com/hadron-mq/hadron/bench/process"
)

// protonC compiles the programs on Proton C, which needs its headers, its libraries and gcc.
func protonC(ctx context.Context, dir string) (*Peer, error) {
	p := &Peer{Listens: true, Slower: 1}
	for name, argv := range map[string]*[]string{"arrow": &p.arrow, "pingpong": &p.pingpong} {
		to := filepath.Join(dir, name)
		if err := compile(ctx, filepath.Join(sources, ProtonC, name+".c"), to); err != nil {
			return nil, err
		}
		*argv = []string{to}
	}
	p.version = append(p.pingpong[:1:1], "version")
	return p, nil
}

// compile compiles a program. The libraries are linked by the names of a development package, or else by those that only running programs need.
func compile(ctx context.Context, source, to string) error {
	gcc := func(libraries ...string) error {
		_, err := process.Output(ctx, "gcc", append([]string{"-O2", "-o", to, source}, libraries...)...)
		return err
	}
	if gcc("-lqpid-proton-proactor", "-lqpid-proton-core") == nil {
		return nil
	}
	var libraries []string
	for _, name := range []string{"libqpid-proton-proactor.so.1", "libqpid-proton-core.so.10"} {
		path, err := process.Output(ctx, "gcc", "-print-file-name="+name)
		if err != nil {
			return err
		}
		libraries = append(libraries, path)
	}
	return gcc(libraries...)
}

package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/hadron-mq/hadron/bench/process"
)

// buildBefore builds the programs of an older tree, a revision that git knows, to be compared with in the same run.
func buildBefore(ctx context.Context, dir, revision string) (p *programs, err error) {
	tree := filepath.Join(dir, "before")
	if _, err := process.Output(ctx, "git", "worktree", "add", "--detach", tree, revision); err != nil {
		return nil, err
	}
	defer func() {
		_, _ = process.Output(context.WithoutCancel(ctx), "git", "worktree", "remove", "--force", tree)
	}()
	p = &programs{dir: dir}
	for to, folders := range map[*string][]string{
		&p.arrow: {"arrow"}, &p.pingpong: {"pingpong"}, &p.scale: {"scale", "fleet"}, // as it was called
	} {
		for _, folder := range folders {
			if _, missing := os.Stat(filepath.Join(tree, "bench", folder)); missing != nil {
				continue
			}
			*to = filepath.Join(dir, folder+"-before")
			if _, err := process.Output(ctx, "go", "build", "-C", tree, "-o", *to, "./bench/"+folder); err != nil {
				return nil, fmt.Errorf("%s: %w", revision, err)
			}
		}
	}
	return p, nil
}

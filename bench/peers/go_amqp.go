package peers

import (
	"context"
	"path/filepath"

	"github.com/hadron-mq/hadron/bench/process"
)

// goAMQP builds the program on go-amqp, of the version that Hadron itself takes its messages from.
func goAMQP(ctx context.Context, dir string) (*Peer, error) {
	to := filepath.Join(dir, "arrow")
	if _, err := process.Output(ctx, "go", "build", "-o", to, "./"+sources+"/"+GoAMQP); err != nil {
		return nil, err
	}
	return &Peer{Slower: 5, arrow: []string{to}, version: []string{"go", "list", "-m", "-f", "{{.Version}}", "github.com/Azure/go-amqp"}}, nil
}

package interop_test

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/hadron-mq/hadron/interop/artemis"
)

// testExamples runs the examples as they are, as programs.
func testExamples(t *testing.T, b broker) {
	ctx, cancel := context.WithTimeout(t.Context(), 3*patience) // the first to build them has all to compile
	defer cancel()
	programs := t.TempDir()
	run := func(name string, args ...string) string {
		var problems bytes.Buffer
		command := exec.CommandContext(ctx, name, args...)
		command.Stderr = &problems
		out, err := command.Output()
		require.NoError(t, err, "%s %s: %s", name, strings.Join(args, " "), &problems)
		return string(out)
	}
	run("go", "build", "-o", programs+string(os.PathSeparator), "../examples/sender", "../examples/receiver")

	at := b.URL(artemis.AMQP) + "/examples.orders"
	require.Equal(t, "200 of 200 messages confirmed\n", run(filepath.Join(programs, "sender"), "-a", at, "-m", "200"))
	b.requireCount(t, "examples.orders", 200)
	received := strings.Fields(run(filepath.Join(programs, "receiver"), "-a", at, "-m", "150"))
	require.Len(t, received, 2*150)
	require.Equal(t, []string{"message", "1", "message", "2"}, received[:4])
	require.Equal(t, []string{"message", "150"}, received[298:])
	b.requireCount(t, "examples.orders", 50)
}

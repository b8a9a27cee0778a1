package poll_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// descriptors counts what the process has open.
func descriptors(t *testing.T) int {
	t.Helper()
	open, err := os.ReadDir(filepath.Join("/proc", "self", "fd"))
	require.NoError(t, err)
	return len(open)
}

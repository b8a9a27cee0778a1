package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestGeneratedFilesAreUpToDate(t *testing.T) {
	files := generate()
	for name, want := range files {
		got, err := os.ReadFile(filepath.Join("..", name))
		require.NoError(t, err)
		require.Equal(t, string(want), string(got), "%s: run go generate ./internal/wire", name)
	}
	there, err := filepath.Glob(filepath.Join("..", "*_gen.go"))
	require.NoError(t, err)
	require.Len(t, there, len(files))
}

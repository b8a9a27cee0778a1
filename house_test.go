// Package hadron_test keeps the rules of the house, as CONTRIBUTING.md and ARCHITECTURE.md have them, by reading the source.
package hadron_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const module = "github.com/hadron-mq/hadron"

// source is one Go file of the module.
type source struct {
	path      string // from the module's root, with slashes
	pkg       string // the folder: "" for the root
	test      bool
	generated bool
	lines     int
	fset      *token.FileSet
	syntax    *ast.File
}

// at returns where a node of the file is, for a message.
func (s *source) at(n ast.Node) string { return s.fset.Position(n.Pos()).String() }

// imports returns the import paths of the file and the names that they go by.
func (s *source) imports() map[string]string {
	names := make(map[string]string)
	for _, spec := range s.syntax.Imports {
		p := strings.Trim(spec.Path.Value, `"`)
		name := path.Base(p)
		if spec.Name != nil {
			name = spec.Name.Name
		}
		names[p] = name
	}
	return names
}

// files returns the paths of all files of the project, from the module's root.
func files(t *testing.T) []string {
	t.Helper()
	var all []string
	err := filepath.WalkDir(".", func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if name := d.Name(); name == ".git" || name == "bin" || name == ".idea" || name == ".vscode" {
				return filepath.SkipDir
			}
			return nil
		}
		if d.Name() == ".git" { // of a work tree beside its repository
			return nil
		}
		if ext := filepath.Ext(p); ext != ".test" && ext != ".out" && ext != ".prof" { // as .gitignore has it
			all = append(all, filepath.ToSlash(p))
		}
		return nil
	})
	require.NoError(t, err)
	return all
}

// sources parses every Go file of the module.
func sources(t *testing.T) []*source {
	t.Helper()
	var all []*source
	fset := token.NewFileSet()
	for _, p := range files(t) {
		if !strings.HasSuffix(p, ".go") || strings.Contains(p, "testdata/") {
			continue
		}
		text, err := os.ReadFile(p)
		require.NoError(t, err)
		syntax, err := parser.ParseFile(fset, p, text, parser.ParseComments|parser.SkipObjectResolution)
		require.NoError(t, err)
		pkg := path.Dir(p)
		if pkg == "." {
			pkg = ""
		}
		all = append(all, &source{
			path:      p,
			pkg:       pkg,
			test:      strings.HasSuffix(p, "_test.go"),
			generated: ast.IsGenerated(syntax),
			lines:     strings.Count(string(text), "\n"),
			fset:      fset,
			syntax:    syntax,
		})
	}
	require.NotEmpty(t, all)
	return all
}

package hadron_test

import (
	"bytes"
	"go/ast"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// pure are the packages of the first law: no input and output, no goroutine, no clock, no lock and no log.
var pure = []string{"internal/engine", "internal/wire"}

// clocks are the functions of package time that look at a clock or wait for one.
var clocks = []string{"Now", "Since", "Until", "After", "AfterFunc", "Sleep", "Tick", "NewTicker", "NewTimer"}

// TestFirstLaw keeps the protocol free of the world: time is an argument, and bytes go in and come out.
func TestFirstLaw(t *testing.T) {
	banned := []string{"net", "os", "sync", "sync/atomic", "log", "log/slog", "io", "context", "runtime", "syscall", "math/rand", "crypto/tls"}
	for _, s := range sources(t) {
		if s.test || !slices.Contains(pure, s.pkg) {
			continue
		}
		imports := s.imports()
		for p := range imports {
			assert.NotContains(t, banned, p, "%s: the first law", s.path)
			assert.False(t, strings.HasPrefix(p, "net/") || strings.HasPrefix(p, "os/"), "%s: the first law: %s", s.path, p)
		}
		ast.Inspect(s.syntax, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.GoStmt:
				assert.Fail(t, "the first law", "%s: a goroutine", s.at(n))
			case *ast.CallExpr:
				if sel, ok := n.Fun.(*ast.SelectorExpr); ok {
					assert.NotContains(t, []string{"Lock", "Unlock"}, sel.Sel.Name, "%s: the first law: a lock", s.at(n))
				}
			case *ast.SelectStmt, *ast.SendStmt, *ast.ChanType:
				assert.Fail(t, "the first law", "%s: a channel", s.at(n))
			case *ast.SelectorExpr:
				assert.False(t, calls(n, imports["time"], clocks), "%s: the first law: a clock", s.at(n))
			}
			return true
		})
	}
}

// TestFirstLawOfSASL keeps the mechanisms, which the engine drives, from the socket and the clock. What they need of a
// connection is a value that they are given: only that needs the types of package net.
func TestFirstLawOfSASL(t *testing.T) {
	for _, s := range sources(t) {
		if s.test || s.pkg != "sasl" {
			continue
		}
		imports := s.imports()
		for _, p := range []string{"os", "log", "log/slog"} {
			assert.NotContains(t, imports, p, "%s: the first law", s.path)
		}
		if imports["net"] != "" {
			assert.Equal(t, "sasl/negotiate.go", s.path, "one file negotiates on sockets; no other knows of them")
		}
		ast.Inspect(s.syntax, func(n ast.Node) bool {
			if sel, ok := n.(*ast.SelectorExpr); ok {
				assert.False(t, calls(sel, imports["time"], clocks), "%s: the first law: a clock", s.at(sel))
			}
			return true
		})
	}
}

// calls says whether a selector is one of a package's functions.
func calls(n *ast.SelectorExpr, pkg string, names []string) bool {
	x, ok := n.X.(*ast.Ident)
	return ok && pkg != "" && x.Name == pkg && slices.Contains(names, n.Sel.Name)
}

// TestFilesAreShort keeps one concern to a file.
func TestFilesAreShort(t *testing.T) {
	const most, mostInTests = 400, 600
	for _, s := range sources(t) {
		switch {
		case s.generated:
		case s.test:
			assert.LessOrEqual(t, s.lines, mostInTests, "%s is too long", s.path)
		default:
			assert.LessOrEqual(t, s.lines, most, "%s is too long: it has more than one concern", s.path)
		}
	}
}

// TestPackages keeps packages named after what they are, and each with a comment that tells a newcomer what lives there.
func TestPackages(t *testing.T) {
	documented := make(map[string]bool)
	for _, s := range sources(t) {
		if s.test {
			continue
		}
		for _, name := range []string{"util", "utils", "common", "helper", "helpers", "misc", "base", "shared"} {
			assert.NotEqual(t, name, s.syntax.Name.Name, "%s: the name says nothing of what lives there", s.path)
			assert.NotEqual(t, name, path.Base(s.pkg), "%s: the name says nothing of what lives there", s.path)
		}
		documented[s.pkg] = documented[s.pkg] || s.syntax.Doc != nil
	}
	for pkg, ok := range documented {
		assert.True(t, ok, "package %s has no comment", pkg)
	}
}

// TestEveryPublicPackageHasAnExample keeps a program beside each package that users import, which the documentation shows and go test runs.
func TestEveryPublicPackageHasAnExample(t *testing.T) {
	examples := make(map[string]bool)
	for _, s := range sources(t) {
		if at := floor(s.pkg); strings.HasPrefix(s.pkg, "internal/") || at < 0 || at >= floor("bench/process") {
			continue
		}
		examples[s.pkg] = examples[s.pkg] || s.test && slices.ContainsFunc(s.syntax.Decls, func(d ast.Decl) bool {
			f, ok := d.(*ast.FuncDecl)
			return ok && strings.HasPrefix(f.Name.Name, "Example")
		})
	}
	require.NotEmpty(t, examples)
	for pkg, ok := range examples {
		assert.True(t, ok, "package %s has no Example", pkg)
	}
}

// TestNoSleepInTests keeps tests from hoping: they wait for conditions, or run in a bubble of testing/synctest, where sleeping
// costs nothing and is exact.
func TestNoSleepInTests(t *testing.T) {
	for _, s := range sources(t) {
		imports := s.imports()
		if !s.test || imports["testing/synctest"] != "" {
			continue
		}
		ast.Inspect(s.syntax, func(n ast.Node) bool {
			if sel, ok := n.(*ast.SelectorExpr); ok {
				assert.False(t, calls(sel, imports["time"], []string{"Sleep"}), "%s: a test sleeps", s.at(sel))
			}
			return true
		})
	}
}

// TestNothingOfOneMachine keeps the project free of the paths and hosts of the machines that it was written on.
func TestNothingOfOneMachine(t *testing.T) {
	// The words are put together here, so that this file does not have them.
	machine := regexp.MustCompile(`(^|[^\w.:/-])/(` + strings.Join([]string{"wo" + "rk", "ro" + "ot", "ho" + "me", "Us" + "ers"}, "|") + `)/\w` +
		`|proxy\.` + `golang|registry\.` + `npmjs|artifac` + `tory|:` + `//[\w.-]+\.internal\b`)
	todo := regexp.MustCompile(`\b(` + strings.Join([]string{"TO" + "DO", "FIX" + "ME", "XX" + "X"}, "|") + `)\b`)
	for _, p := range files(t) {
		if strings.Contains(p, "/testdata/fuzz/") || path.Base(p) == "go.sum" {
			continue
		}
		text, err := os.ReadFile(p)
		require.NoError(t, err)
		if bytes.IndexByte(text, 0) >= 0 { // what a build left behind
			continue
		}
		for i, line := range strings.Split(string(text), "\n") {
			assert.False(t, machine.MatchString(line), "%s:%d: of one machine: %s", p, i+1, line)
			assert.False(t, strings.HasSuffix(p, ".go") && todo.MatchString(line), "%s:%d: something is left to do: %s", p, i+1, line)
		}
	}
}

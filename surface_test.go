package hadron_test

import (
	"encoding/json"
	"errors"
	"go/importer"
	"go/token"
	"go/types"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestThePublicSurfaceNamesNothingInternal keeps types of internal packages out of what users see: signatures, exported fields and aliases. What
// a type is underneath is its own affair: a view of an engine object names nothing, as long as its methods do not, and shows no field.
func TestThePublicSurfaceNamesNothingInternal(t *testing.T) {
	for _, pkg := range surface(t) {
		for _, name := range pkg.Scope().Names() {
			if o := pkg.Scope().Lookup(name); o.Exported() {
				s := seen{t: t, of: pkg.Name() + "." + name}
				s.object(o)
			}
		}
	}
}

// surface returns the packages that users import, as the compiler has them.
func surface(t *testing.T) (all []*types.Package) {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "go", "list", "-export", "-deps", "-json=ImportPath,Name,Export,Module", "./...").Output()
	require.NoError(t, err)
	exports := make(map[string]string)
	var public []string
	for d := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p struct {
			ImportPath, Name, Export string
			Module                   *struct{ Main bool }
		}
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			break
		}
		require.NoError(t, err)
		exports[p.ImportPath] = p.Export
		ours, _ := strings.CutPrefix(p.ImportPath, module+"/")
		if p.Module != nil && p.Module.Main && floor(ours) >= 0 && floor(ours) < len(floors)-1 && !internal(p.ImportPath) {
			public = append(public, p.ImportPath)
		}
	}
	imports := importer.ForCompiler(token.NewFileSet(), "gc", func(path string) (io.ReadCloser, error) { return os.Open(exports[path]) })
	for _, path := range public {
		pkg, err := imports.Import(path)
		require.NoError(t, err)
		all = append(all, pkg)
	}
	require.NotEmpty(t, all)
	return all
}

// internal says whether a package is one of ours that users cannot import.
func internal(path string) bool { return strings.HasPrefix(path, module+"/internal/") }

// seen is what a user sees of one name.
type seen struct {
	t  *testing.T
	of string
}

// object looks at what is declared, and at the methods and fields of a type.
func (s seen) object(o types.Object) {
	s.t.Helper()
	name, isType := o.(*types.TypeName)
	switch {
	case !isType:
		s.mentions(o.Type())
		return
	case name.IsAlias():
		s.mentions(types.Unalias(o.Type()))
		return
	}
	named := o.Type().(*types.Named)
	for m := range named.Methods() {
		if m.Exported() {
			seen{s.t, s.of + "." + m.Name()}.mentions(m.Type())
		}
	}
	switch u := named.Underlying().(type) {
	case *types.Signature: // of options, whose argument nobody can name
		for p := range u.Params().Variables() {
			if alias, ok := types.Unalias(p.Type()).(*types.Pointer); !ok || !hidden(alias.Elem()) {
				s.mentions(p.Type())
			}
		}
		s.mentions(u.Results())
	default:
		s.mentions(u)
	}
}

// hidden says whether a type goes by a name that is not exported.
func hidden(t types.Type) bool {
	alias, ok := t.(*types.Alias)
	return ok && !alias.Obj().Exported()
}

// mentions fails where a type names one of an internal package.
func (s seen) mentions(t types.Type) {
	s.t.Helper()
	switch t := t.(type) {
	case *types.Alias:
		s.named(t.Obj())
		s.mentions(types.Unalias(t))
	case *types.Named:
		s.named(t.Obj())
		for arg := range t.TypeArgs().Types() {
			s.mentions(arg)
		}
	case interface{ Elem() types.Type }: // a pointer, a slice, an array or a channel
		s.mentions(t.Elem())
		if m, ok := t.(*types.Map); ok {
			s.mentions(m.Key())
		}
	case *types.Signature:
		s.mentions(t.Params())
		s.mentions(t.Results())
	case *types.Tuple:
		for v := range t.Variables() {
			s.mentions(v.Type())
		}
	case *types.Struct:
		for f := range t.Fields() {
			if f.Exported() {
				assert.False(s.t, internal(f.Pkg().Path()), "%s shows field %s of %s", s.of, f.Name(), f.Pkg().Path())
				seen{s.t, s.of + "." + f.Name()}.mentions(f.Type())
			}
		}
	case *types.Interface:
		for m := range t.ExplicitMethods() {
			if m.Exported() {
				seen{s.t, s.of + "." + m.Name()}.mentions(m.Type())
			}
		}
	}
}

func (s seen) named(o *types.TypeName) {
	s.t.Helper()
	if o.Pkg() != nil {
		assert.False(s.t, internal(o.Pkg().Path()), "%s names %s.%s", s.of, o.Pkg().Name(), o.Name())
	}
}

package structure

import (
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// module is the name in go.mod.
const module = "fishpond"

// house is a source tree as the rules see it.
type house struct {
	root     string
	packages []pkg
	files    []source
	tables   []table
}

// pkg is what `go list -json` says of a package.
type pkg struct {
	ImportPath, Dir, Doc, Name                   string
	GoFiles, CgoFiles, TestGoFiles, XTestGoFiles []string
	Imports, TestImports, XTestImports           []string
}

// path is the package's place below the module: "internal/pool", "" for the root.
func (p pkg) path() string {
	return strings.TrimPrefix(strings.TrimPrefix(p.ImportPath, module), "/")
}

// source is a Go file, parsed.
type source struct {
	pkg  string // the package's place below the module
	name string // from the root, with slashes
	test bool
	ast  *ast.File
	fset *token.FileSet
}

func (s source) at(node ast.Node) string {
	return fmt.Sprintf("%s:%d", s.name, s.fset.Position(node.Pos()).Line)
}

// imports are the paths that the file imports.
func (s source) imports() []string {
	paths := make([]string, len(s.ast.Imports))
	for i, spec := range s.ast.Imports {
		paths[i] = strings.Trim(spec.Path.Value, `"`)
	}
	return paths
}

// open reads the house below root.
func open(t *testing.T, root string) *house {
	t.Helper()
	root, err := filepath.Abs(root)
	if err != nil {
		t.Fatal(err)
	}
	h := &house{root: root}
	if err := h.list(); err != nil {
		t.Fatal(err)
	}
	if err := h.parse(); err != nil {
		t.Fatal(err)
	}
	if err := h.readMigrations(); err != nil {
		t.Fatal(err)
	}
	return h
}

// list asks the go command for the packages. -e, because the bad house does not
// compile in all its parts.
func (h *house) list() error {
	cmd := exec.Command("go", "list", "-e", "-json=ImportPath,Dir,Doc,Name,GoFiles,CgoFiles,TestGoFiles,XTestGoFiles,Imports,TestImports,XTestImports", "./...")
	cmd.Dir = h.root
	cmd.Env = append(os.Environ(), "GOWORK=off")
	var complaint strings.Builder
	cmd.Stderr = &complaint
	out, err := cmd.Output()
	if err != nil {
		return fmt.Errorf("go list: %w\n%s", err, complaint.String())
	}
	decoder := json.NewDecoder(strings.NewReader(string(out)))
	for {
		var p pkg
		if err := decoder.Decode(&p); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return fmt.Errorf("go list: %w", err)
		}
		// npm packages bring Go files along at times.
		if !strings.Contains(p.Dir, "node_modules") {
			h.packages = append(h.packages, p)
		}
	}
}

func (h *house) parse() error {
	fset := token.NewFileSet()
	for _, p := range h.packages {
		for _, name := range slices.Concat(p.GoFiles, p.CgoFiles, p.TestGoFiles, p.XTestGoFiles) {
			path := filepath.Join(p.Dir, name)
			file, err := parser.ParseFile(fset, path, nil, parser.ParseComments)
			if err != nil {
				return fmt.Errorf("parse: %w", err)
			}
			h.files = append(h.files, source{
				pkg: p.path(), name: h.relative(path), test: strings.HasSuffix(name, "_test.go"), ast: file, fset: fset,
			})
		}
	}
	return nil
}

func (h *house) relative(path string) string {
	rel, err := filepath.Rel(h.root, path)
	if err != nil {
		return path
	}
	return filepath.ToSlash(rel)
}

// walk calls fn with every file below the root that is ours, named from the root.
func (h *house) walk(fn func(name string) error) error {
	return filepath.WalkDir(h.root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() {
			switch entry.Name() {
			case "node_modules", "testdata", ".git", "dist", "bin", "var":
				if path != h.root {
					return fs.SkipDir
				}
			}
			return nil
		}
		return fn(h.relative(path))
	})
}

// Rooms below internal that are not modules of the product.
var notModules = map[string]string{
	"platform":  "has no business word in it; everybody may use it",
	"app":       "the one place that knows every module",
	"demo":      "fills a brand through the modules' own verbs, all of them",
	"structure": "these tests",
}

// moduleOf returns the module that a package belongs to, or "".
func moduleOf(path string) string {
	rest, ok := strings.CutPrefix(path, "internal/")
	if !ok {
		return ""
	}
	name, _, _ := strings.Cut(rest, "/")
	if _, ok := notModules[name]; ok {
		return ""
	}
	return name
}

// eventLeaf reports whether a package holds nothing but a module's events:
// internal/pool/poolevent.
func eventLeaf(path string) bool {
	name := moduleOf(path)
	return name != "" && path == "internal/"+name+"/"+name+"event"
}

// modules returns the names of the modules that have a package of their own.
func (h *house) modules() []string {
	var names []string
	for _, p := range h.packages {
		if name := moduleOf(p.path()); name != "" && !eventLeaf(p.path()) && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

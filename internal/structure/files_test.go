package structure

import (
	"bytes"
	"fmt"
	"go/ast"
	"os"
	"path"
	"path/filepath"
	"strings"
)

// modulesIntroduceThemselves: every module has a doc.go that says what it owns.
func modulesIntroduceThemselves(h *house) (complaints []string) {
	for _, name := range h.modules() {
		if _, err := os.Stat(filepath.Join(h.root, "internal", name, "doc.go")); err != nil {
			complaints = append(complaints, "internal/"+name+" has no doc.go")
		}
	}
	return complaints
}

// packagesHaveComments: every package says in a sentence what it is for.
func packagesHaveComments(h *house) (complaints []string) {
	for _, p := range h.packages {
		if p.Doc == "" && len(p.GoFiles) > 0 {
			complaints = append(complaints, p.path()+" has no package comment")
		}
	}
	return complaints
}

const (
	maxLines     = 500
	maxMainLines = 80
)

// filesStayShort: past 500 lines, look for the second thing that a file does.
// Tests and generated files may be longer. main only opens the door.
func filesStayShort(h *house) (complaints []string) {
	err := h.walk(func(name string) error {
		limit := maxLines
		switch {
		case name == "cmd/fishpond/main.go":
			limit = maxMainLines
		case !isSource(name) || isTest(name):
			return nil
		}
		content, err := os.ReadFile(filepath.Join(h.root, filepath.FromSlash(name)))
		if err != nil {
			return err
		}
		if isGenerated(name, content) {
			return nil
		}
		if lines := bytes.Count(content, []byte("\n")); lines > limit {
			complaints = append(complaints, fmt.Sprintf("%s has %d lines, more than %d", name, lines, limit))
		}
		return nil
	})
	if err != nil {
		complaints = append(complaints, err.Error())
	}
	return complaints
}

func isSource(name string) bool {
	switch path.Ext(name) {
	case ".go", ".ts", ".tsx":
		return true
	}
	return false
}

func isTest(name string) bool {
	base := path.Base(name)
	return strings.HasSuffix(base, "_test.go") || strings.Contains(base, ".test.") || strings.HasPrefix(name, "web/e2e/")
}

func isGenerated(name string, content []byte) bool {
	head, _, _ := bytes.Cut(content, []byte("\npackage "))
	return strings.Contains(path.Base(name), ".gen.") || bytes.Contains(head, []byte("// Code generated "))
}

// Files that may hold an init function, with the reason.
var mayInit = map[string]string{}

// nothingHappensOnImport: no init functions; what must happen is called.
func nothingHappensOnImport(h *house) (complaints []string) {
	for _, f := range h.files {
		if f.test || mayInit[f.name] != "" {
			continue
		}
		for _, decl := range f.ast.Decls {
			if fn, ok := decl.(*ast.FuncDecl); ok && fn.Recv == nil && fn.Name.Name == "init" {
				complaints = append(complaints, f.at(fn)+" has an init function")
			}
		}
	}
	return complaints
}

// Files of modules that may read the machine's clock, with the reason.
var mayReadClock = map[string]string{
	"internal/importer/http_upload.go": "the deadline of a connection is compared with the machine's clock",
}

// timeIsPassedIn: modules take the time from an injected clock. Measuring how long
// something takes is left to the platform and the app.
func timeIsPassedIn(h *house) (complaints []string) {
	for _, f := range h.files {
		if f.test || moduleOf(f.pkg) == "" || mayReadClock[f.name] != "" {
			continue
		}
		ast.Inspect(f.ast, func(node ast.Node) bool {
			selector, ok := node.(*ast.SelectorExpr)
			if !ok || selector.Sel.Name != "Now" {
				return true
			}
			if from, ok := selector.X.(*ast.Ident); ok && from.Name == "time" {
				complaints = append(complaints, f.at(selector)+" reads the machine's clock")
			}
			return true
		})
	}
	return complaints
}

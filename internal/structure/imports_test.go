package structure

import (
	"fmt"
	"path"
	"slices"
	"strings"
)

// modulesStayApart: a module imports the platform, the timeline, its own packages
// and other modules' event leaves. The platform imports no module, an event leaf
// nothing of the house at all, and only internal/app, the command line, the demo and
// the benchmarks know the modules. Tests count too: what needs two modules is tested in
// internal/app. Only the simulator, which is nobody's module, may stand in for a
// platform in anybody's tests.
func modulesStayApart(h *house) (complaints []string) {
	for _, p := range h.packages {
		tests := slices.DeleteFunc(slices.Concat(p.TestImports, p.XTestImports), func(imported string) bool {
			return strings.HasPrefix(imported, module+"/internal/simulator") // stands for platforms that tests cannot reach
		})
		imports := slices.Concat(p.Imports, tests)
		slices.Sort(imports)
		for _, imported := range slices.Compact(imports) {
			target, ok := strings.CutPrefix(imported, module+"/")
			if ok && !mayImport(p.path(), target) {
				complaints = append(complaints, fmt.Sprintf("%s imports %s", p.path(), target))
			}
		}
	}
	return complaints
}

func mayImport(from, to string) bool {
	toModule := moduleOf(to)
	platform := strings.HasPrefix(to, "internal/platform/")
	switch {
	case from == to: // an external test imports its own package
		return true
	case eventLeaf(from):
		return false
	case strings.HasPrefix(from, "internal/platform/"):
		return platform
	case moduleOf(from) != "":
		return platform || to == "internal/timeline" || toModule == moduleOf(from) || eventLeaf(to)
	case from == "internal/app" || strings.HasPrefix(from, "internal/app/"):
		return !strings.HasPrefix(to, "cmd/")
	case from == "internal/demo" || strings.HasPrefix(from, "internal/demo/"):
		return platform || toModule != "" || strings.HasPrefix(to, "internal/demo/")
	case strings.HasPrefix(from, "cmd/"):
		// The command line runs verbs of modules that internal/app has wired.
		return true
	case from == "bench" || strings.HasPrefix(from, "bench/"):
		return true
	}
	// web and whatever else stands outside.
	return platform
}

// confined libraries and the one place for each: code that knows them all over
// cannot be moved off them.
var confined = []struct {
	prefix string
	where  string
	ok     func(f source) bool
}{
	{"github.com/danielgtaylor/huma/", "files named http*.go and internal/platform/httpx", func(f source) bool {
		return strings.HasPrefix(path.Base(f.name), "http") || f.pkg == "internal/platform/httpx"
	}},
	{"github.com/riverqueue/", "internal/platform/jobs", inPackage("internal/platform/jobs")},
	{"github.com/pressly/goose/", "internal/platform/db", inPackage("internal/platform/db")},
	{"modernc.org/sqlite", "internal/platform/db", inPackage("internal/platform/db", "bench")},
	{"github.com/jackc/pgx/", "internal/platform/db", inPackage("internal/platform/db", "bench")},
	{"go.opentelemetry.io/", "internal/platform/obs", inPackage("internal/platform/obs")},
	{"github.com/prometheus/", "internal/platform/obs", inPackage("internal/platform/obs")},
	{"github.com/alecthomas/kong", "cmd", inPackage("cmd/fishpond", "internal/app")},
}

func inPackage(paths ...string) func(source) bool {
	return func(f source) bool {
		return slices.ContainsFunc(paths, func(p string) bool { return f.pkg == p || strings.HasPrefix(f.pkg, p+"/") })
	}
}

func librariesStayConfined(h *house) (complaints []string) {
	for _, f := range h.files {
		for _, imported := range f.imports() {
			for _, c := range confined {
				if strings.HasPrefix(imported, c.prefix) && !c.ok(f) {
					complaints = append(complaints, fmt.Sprintf("%s imports %s, which belongs into %s", f.name, imported, c.where))
				}
			}
		}
	}
	return complaints
}

package obs

import (
	"runtime"
	"runtime/debug"
)

// version is set by the linker: -X fishpond/internal/platform/obs.version=v1.2.3.
var version = "dev"

// Build says what is running.
type Build struct {
	// Version is the release, "dev" when built without the Makefile.
	Version string `json:"version"`
	// Commit is the revision built from, empty when unknown.
	Commit string `json:"commit,omitempty"`
	// Modified tells that the work tree held changes that no commit has.
	Modified bool `json:"modified,omitempty"`
	// Go is the toolchain, such as "go1.26.0".
	Go string `json:"go"`
}

// ReadBuild returns what the linker and the Go toolchain recorded in this binary.
func ReadBuild() Build {
	build := Build{Version: version, Go: runtime.Version()}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return build
	}
	for _, setting := range info.Settings {
		switch setting.Key {
		case "vcs.revision":
			build.Commit = setting.Value
		case "vcs.modified":
			build.Modified = setting.Value == "true"
		}
	}
	return build
}

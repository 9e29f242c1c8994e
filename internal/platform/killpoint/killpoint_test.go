package killpoint

import (
	"errors"
	"os"
	"os/exec"
	"strings"
	"testing"
)

const program = `package main

import "fishpond/internal/platform/killpoint"

func main() {
	for range 3 {
		println("before")
		killpoint.Here("there")
	}
	killpoint.Here("elsewhere")
}
`

// A build with the tag ends where it is told to, one without it never does.
func TestHere(t *testing.T) {
	dir, err := os.MkdirTemp(".", "testdata-") // inside the module
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	if err := os.WriteFile(dir+"/main.go", []byte(program), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		tags, at string
		said     int
		killed   bool
	}{{"", "there", 3, false}, {"killpoints", "", 3, false}, {"killpoints", "there", 1, true}, {"killpoints", "there:2", 2, true}, {"killpoints", "there:4", 3, false}, {"killpoints", "elsewhere", 3, true}} {
		bin := dir + "/bin" + c.tags
		if out, err := exec.Command("go", "build", "-tags", c.tags, "-o", bin, "./"+dir).CombinedOutput(); err != nil { //nolint:gosec // the test's own words
			t.Fatalf("%v: %s", err, out)
		}
		cmd := exec.Command(bin) //nolint:gosec // built just now
		cmd.Env = append(os.Environ(), Env+"="+c.at)
		out, err := cmd.CombinedOutput()
		var exit *exec.ExitError
		if killed := errors.As(err, &exit) && !exit.Exited(); killed != c.killed || strings.Count(string(out), "before") != c.said {
			t.Errorf("%+v: %v %q", c, err, out)
		}
	}
}

package testkit

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// processEnv holds the arguments of a test binary that stands in for a process.
const processEnv = "FISHPOND_TEST_PROCESS"

// AsProcess ends the process after running fn when the test binary was started
// by Process, and does nothing otherwise. TestMain calls it first.
func AsProcess(fn func(args []string) error) {
	args, started := os.LookupEnv(processEnv)
	if !started {
		return
	}
	if err := fn(strings.Split(args, "\n")); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

// Process is the test binary as a process of its own, which can be killed. Its
// TestMain must call AsProcess; no argument may hold a line break.
func Process(tb testing.TB, args ...string) *exec.Cmd {
	tb.Helper()
	self, err := os.Executable()
	if err != nil {
		tb.Fatal(err)
	}
	cmd := exec.Command(self)
	cmd.Env = append(os.Environ(), processEnv+"="+strings.Join(args, "\n"))
	cmd.Stderr = os.Stderr
	return cmd
}

// KillAfter starts cmd and kills it after a while, with SIGKILL. It returns
// false when the process ended before by itself, which must be in order.
func KillAfter(tb testing.TB, cmd *exec.Cmd, after time.Duration) bool {
	tb.Helper()
	if err := cmd.Start(); err != nil {
		tb.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	select {
	case err := <-ended:
		if err != nil {
			tb.Fatalf("the process failed: %v", err)
		}
		return false
	case <-time.After(after):
		_ = cmd.Process.Kill() // it may just have ended
		return <-ended != nil
	}
}

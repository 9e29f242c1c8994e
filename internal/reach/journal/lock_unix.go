//go:build unix

package journal

import (
	"errors"
	"os"
	"strings"
	"syscall"
)

// locks tells whether the system has locks that end with the process.
const locks = true

// lock waits for a file until this process alone has it.
func lock(f *os.File) error { return flock(f, syscall.LOCK_EX) }

// tryLock takes a file for this process alone; false: another process has it.
func tryLock(f *os.File) (bool, error) {
	err := flock(f, syscall.LOCK_EX|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return false, nil
	}
	return err == nil, err
}

func flock(f *os.File, how int) error {
	for {
		if err := syscall.Flock(int(f.Fd()), how); !errors.Is(err, syscall.EINTR) { //nolint:gosec // a file's number fits
			return err
		}
	}
}

// bootID tells one start of the machine from another; empty: it cannot be told.
func bootID() string {
	id, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	if err != nil {
		return "" // not Linux
	}
	return strings.TrimSpace(string(id))
}

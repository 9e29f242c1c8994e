package clock

import (
	"syscall"
	"time"
)

// Steady is how long the machine has run, sleep included. No setting of the
// clock changes it.
func Steady() time.Duration {
	var info syscall.Sysinfo_t
	if err := syscall.Sysinfo(&info); err != nil {
		return time.Since(began)
	}
	return time.Duration(info.Uptime) * time.Second //nolint:unconvert // its width differs between machines
}

var began = time.Now()

//go:build !linux

package clock

import "time"

var began = time.Now()

// Steady is how long the process has run. No setting of the clock changes it.
func Steady() time.Duration { return time.Since(began) }

// Package clock is how time enters the program: as a value that is passed in,
// so that a test decides what time it is. Stored times are UTC microseconds.
package clock

import "time"

// Clock tells the present time.
type Clock func() time.Time

// System is the machine's clock in UTC.
func System() time.Time { return time.Now().UTC() }

// Micros is t as UTC microseconds since 1970, the form in which times are
// stored; the zero time is 0.
func Micros(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}

// Time is the inverse of Micros: 0 gives the zero time.
func Time(us int64) time.Time {
	if us == 0 {
		return time.Time{}
	}
	return time.UnixMicro(us).UTC()
}

// Ptr is Time for JSON fields that are null when there is no time.
func Ptr(us int64) *time.Time {
	if us == 0 {
		return nil
	}
	t := Time(us)
	return &t
}

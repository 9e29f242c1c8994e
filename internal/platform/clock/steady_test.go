package clock

import "testing"

// Steady goes on, and not backwards.
func TestSteady(t *testing.T) {
	last := Steady()
	for range 1000 {
		now := Steady()
		if now < last || now <= 0 {
			t.Fatalf("%v after %v", now, last)
		}
		last = now
	}
}

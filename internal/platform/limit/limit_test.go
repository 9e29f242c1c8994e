package limit_test

import (
	"fmt"
	"testing"
	"time"

	"fishpond/internal/platform/limit"
)

func TestLimits(t *testing.T) {
	var l limit.Counts
	now := time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC)
	for i := range 5 {
		if got := l.Allow("a", 3, time.Minute, now); got != (i < 3) {
			t.Errorf("%d: %v", i, got)
		}
	}
	if !l.Allow("b", 3, time.Minute, now) || !l.Allow("a", 3, time.Minute, now.Add(time.Minute)) {
		t.Error("another place or another minute is refused")
	}
	for i := range 120_000 { // memory is bounded, and nobody is locked out by it
		if !l.Allow(fmt.Sprint(i), 3, time.Minute, now) {
			t.Fatal(i)
		}
	}
	var p limit.Places
	one, two := p.Take("a", 2, 3), p.Take("a", 2, 3)
	if one == nil || two == nil || p.Take("a", 2, 3) != nil || p.Take("b", 2, 3) == nil || p.Take("c", 2, 3) != nil {
		t.Error("places are not bounded")
	}
	one()
	if p.Take("a", 2, 3) == nil {
		t.Error("a place that was left is not given again")
	}
}

package reach

import (
	"testing"
	"time"
)

// The last place is for a plan that has none.
func TestSlots(t *testing.T) {
	s := newSlots(3)
	for i, step := range []struct {
		plan string
		want bool
	}{{"a", true}, {"a", true}, {"a", false}, {"b", true}, {"c", false}} {
		if got := s.take(step.plan); got != step.want {
			t.Fatalf("%d: %s took one: %v", i, step.plan, got)
		}
	}
	s.give("a")
	if s.take("a") || s.take("b") || !s.take("c") {
		t.Error("the last place is not for the plan that has none")
	}
	for _, p := range []string{"a", "b", "c"} {
		s.give(p)
	}
	if s.taken != 0 || len(s.of) != 0 {
		t.Errorf("%+v", s)
	}
	if one := newSlots(1); !one.take("a") || one.take("b") {
		t.Error("a single place")
	}
}

// Batches grow while they are quick and shrink while they are slow, those of
// each plan by themselves.
func TestPaces(t *testing.T) {
	var p paces
	if n := p.size("a", 500); n != paceFirst {
		t.Error(n)
	}
	for range 10 {
		p.took("a", p.size("a", 500), 500, paceFast/2)
		p.took("b", p.size("b", 500), 500, 2*paceSlow)
	}
	if a, b := p.size("a", 500), p.size("b", 500); a != 500 || b != paceLeast {
		t.Error(a, b)
	}
	p.took("c", paceFirst*9/10, 500, 0) // some of it were left out
	if p.size("c", 500) != 2*paceFirst {
		t.Error(p.of)
	}
	p.took("a", 20, 500, time.Hour) // the last few of a plan say nothing
	if p.size("a", 500) != 500 || p.size("a", 80) != 80 {
		t.Error(p.of)
	}
	for i := range 2 * pacesMost {
		p.took(string(rune('a'+i)), 1, 500, 0)
	}
	if len(p.of) > pacesMost {
		t.Errorf("%d plans are remembered", len(p.of))
	}
}

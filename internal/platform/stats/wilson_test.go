package stats_test

import (
	"testing"

	"fishpond/internal/platform/stats"
)

// The rows of table I in Newcombe (1998), method 3, to the four digits printed
// there.
func TestWilsonAgainstNewcombesTable(t *testing.T) {
	for _, c := range []struct {
		yes, n    int64
		low, high float64
	}{
		{81, 263, 0.2553, 0.3662}, {15, 148, 0.0624, 0.1605}, {0, 20, 0, 0.1611}, {1, 29, 0.0061, 0.1718}, {20, 20, 0.8389, 1}, {0, 0, 0, 1},
	} {
		low, high := stats.Wilson(c.yes, c.n)
		about(t, "low", low, c.low, 6e-5)
		about(t, "high", high, c.high, 6e-5)
	}
}

// Judge tells the same as the comparison that it is made of, and how many people
// an unequal trial takes.
func TestJudge(t *testing.T) {
	control, treated := yes(50, 1000), yes(540, 9000)
	o := stats.Judge("converted", control, treated, 0.1)
	e := stats.Compare(control, treated, 0)
	if o.Effect != e || o.Key != "converted" {
		t.Errorf("%+v", o)
	}
	about(t, "per 1000", o.Per1000.Estimate, 10, 1e-9)
	about(t, "total", o.Total.Estimate, 90, 1e-9)
	about(t, "low", o.Total.Low, 9000*e.Low, 1e-9)
	if o.Verdict != stats.CannotTell || o.NeededPeople != stats.WithShare(e.NeededEach, 0.1) || o.NeededPeople < 10*e.NeededEach/2 {
		t.Errorf("%+v", o)
	}
	if o := stats.Judge("converted", control, treated, 0); o.NeededPeople != 0 {
		t.Errorf("%+v", o)
	}
}

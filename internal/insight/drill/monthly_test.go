package drill

import (
	"errors"
	"testing"
	"time"

	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/testkit"
)

func (w *world) monthly() Monthly {
	w.t.Helper()
	m, err := w.svc.Monthly(w.ctx, testOrg)
	if err != nil {
		w.t.Fatal(err)
	}
	return m
}

// tickAt moves the clock and lets the month's drill begin if it is due, twice;
// it tells how many runs have been asked for so far.
func (w *world) tickAt(at string) int {
	w.t.Helper()
	to, err := time.Parse(time.RFC3339, at)
	if err != nil {
		w.t.Fatal(err)
	}
	w.clock.Advance(to.Sub(w.clock.Now()))
	for range 2 {
		if err := w.svc.Tick(w.t.Context()); err != nil {
			w.t.Fatal(err)
		}
	}
	return len(w.queued)
}

// A month has one drill by itself, from the day that is set, and none before it
// was known of; what fails is told; the next is compared with the one before.
func TestMonthly(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d, twoPlatforms(10, 4)) // on the 15th of June
		if m := w.monthly(); !m.Enabled || m.Day != 1 || m.NextAt.Format(time.RFC3339) != "2026-07-01T04:00:00Z" || m.Last != nil || m.UpdatedAt != nil {
			t.Fatalf("by default: %+v", m)
		}
		for _, c := range []struct {
			at   string
			runs int
		}{{"2026-06-15T00:00:01Z", 0}, {"2026-07-01T03:59:00Z", 0}, {"2026-07-01T04:00:00Z", 1}, {"2026-07-20T04:00:00Z", 1}} {
			if n := w.tickAt(c.at); n != c.runs {
				t.Fatalf("at %s: %d runs, not %d", c.at, n, c.runs)
			}
		}
		july := w.queued[0]
		w.broken = errors.New("nothing can be read")
		if err := w.svc.Do(w.ctx, testOrg, july); !errors.Is(err, w.broken) {
			t.Fatal(err)
		}
		if err := w.svc.Abandon(w.ctx, testOrg, july, w.broken); err != nil {
			t.Fatal(err)
		}
		if m := w.monthly(); m.Last == nil || m.Last.Status != StatusFailed || m.Last.Error == "" || m.CompareTo != "" {
			t.Fatalf("after one that failed: %+v", m)
		}
		w.broken = nil
		byHand := w.run(RunInput{Purpose: "service"}).Run.ID

		// The day goes by while nothing runs, and is made up for; not while another run is going on.
		other, err := w.svc.Start(w.ctx, RunInput{})
		if err != nil {
			t.Fatal(err)
		}
		if n := w.tickAt("2026-08-09T12:00:00Z"); n != 3 {
			t.Fatalf("beside one that is going on: %d runs", n)
		}
		if err := w.svc.Delete(w.ctx, other.ID); err != nil {
			t.Fatal(err)
		}
		if n := w.tickAt("2026-08-09T12:10:00Z"); n != 4 {
			t.Fatalf("after it: %d runs", n)
		}
		if err := w.svc.Do(w.ctx, testOrg, w.queued[3]); err != nil {
			t.Fatal(err)
		}
		m := w.monthly()
		if m.Last == nil || m.Last.ID != w.queued[3] || m.Last.Status != StatusDone || !m.Last.Kept || m.Last.MadeBy != "" || m.Last.Month != "2026-08" || m.CompareTo != byHand {
			t.Fatalf("of August: %+v, to compare with %s", m.Last, m.CompareTo)
		}
		if _, err := w.svc.Compare(w.ctx, testOrg, m.CompareTo, m.Last.ID); err != nil {
			t.Fatal(err)
		}

		// Off, nothing runs; on again, or on another day, no month has two.
		set := func(in MonthlyInput, next string) {
			t.Helper()
			m, err := w.svc.SetMonthly(w.ctx, in)
			if err != nil || m.MonthlyInput != in {
				t.Fatalf("%+v %v", m, err)
			}
			got := ""
			if m.NextAt != nil {
				got = m.NextAt.Format(time.RFC3339)
			}
			if got != next {
				t.Fatalf("next at %q, not %q", got, next)
			}
		}
		set(MonthlyInput{true, 20, "service"}, "2026-09-20T04:00:00Z") // August has had its one
		set(MonthlyInput{false, 20, "service"}, "")
		if n := w.tickAt("2026-10-21T12:00:00Z"); n != 4 {
			t.Fatalf("while it is off: %d runs", n)
		}
		set(MonthlyInput{true, 20, "service"}, "2026-11-20T04:00:00Z")
		if n := w.tickAt("2026-11-20T03:00:00Z"); n != 4 {
			t.Fatalf("before its day: %d runs", n)
		}
		if n := w.tickAt("2026-11-21T03:00:00Z"); n != 5 {
			t.Fatalf("on its day: %d runs", n)
		}
		for _, day := range []int{0, 29} {
			if _, err := w.svc.SetMonthly(w.ctx, MonthlyInput{true, day, "service"}); !errs.Is(err, errs.CodeInvalid) {
				t.Errorf("day %d: %v", day, err)
			}
		}
	})
}

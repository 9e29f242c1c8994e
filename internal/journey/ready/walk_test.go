package ready

import (
	"fmt"
	"testing"
	"time"

	"fishpond/internal/journey/graph"
	"fishpond/internal/journey/walk"
	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/i18n"
)

// person is what somebody in a dry run does, always the same.
type person struct {
	name   string
	reacts int    // from which event on that is waited for they happen, an hour later; 0: none does
	fits   bool   // conditions hold
	run    string // by which splits are drawn
}

// try walks somebody through a journey from its beginning and tells what they met.
func try(t *testing.T, s *graph.Spec, p person) (met []walk.Left, r walk.Result) {
	t.Helper()
	zone, err := time.LoadLocation("Asia/Shanghai")
	if err != nil {
		t.Fatal(err)
	}
	now := clock.Micros(time.Date(2026, 11, 23, 10, 17, 0, 0, zone))
	if e := s.Entry; e.Kind == graph.ByDate {
		now = walk.NextYearly(now, time.Date(1990, 12, 24, 0, 0, 0, 0, time.UTC), e.Offset, zone, e.At)
	}
	st := walk.State{Step: s.Graph.Steps[0].ID, Visit: 1, Wait: walk.Begin}
	events := 0
	for range 500 {
		r = walk.On("jny_1", p.run, &s.Graph, st, walk.Look{Now: now, Zone: zone,
			Holds: func(*graph.Step, int) walk.Truth {
				if p.fits {
					return walk.Yes
				}
				return walk.No
			},
			Date: func(string) (time.Time, bool) { return time.Date(1990, 12, 24, 0, 0, 0, 0, time.UTC), true },
			Can:  func(*graph.Step) (string, string) { return "", "" },
			Fate: func() walk.Fate { return walk.Fate{Over: true, Outcome: "sent"} },
		})
		met = append(met, r.Left...)
		if r.Status != "" {
			return met, r
		}
		st = r.State
		if st.Wait == walk.Event {
			events++
		}
		switch {
		case st.Wait == walk.Event && p.reacts > 0 && events >= p.reacts:
			now, st.Wait = now+int64(time.Hour/time.Microsecond), walk.Happened
		case st.Due <= now:
			t.Fatalf("stands at %s, waiting for %q, due in the past", st.Step, st.Wait)
		default:
			now = st.Due
		}
	}
	t.Fatal("walks for ever")
	return nil, r
}

// Everybody comes to the end of a ready journey, by day, in reasonable time, and is
// not written to more often than anybody would bear; every step is met by somebody.
func TestDryRuns(t *testing.T) {
	zone, err := time.LoadLocation("Asia/Shanghai")
	if err != nil {
		t.Fatal(err)
	}
	for _, j := range Journeys(i18n.EN) {
		t.Run(j.Key, func(t *testing.T) {
			s := Chosen(j.Spec)
			seen := map[string]bool{}
			for _, run := range []string{"run_a", "run_b", "run_c", "run_d", "run_e", "run_f"} {
				for i := range 6 {
					p := person{reacts: i / 2, fits: i&1 != 0, run: run}
					p.name = fmt.Sprintf("%s reacts %d fits %v", run, p.reacts, p.fits)
					met, r := try(t, s, p)
					if r.Status != walk.Done {
						t.Fatalf("%s ends as %s %s", p.name, r.Status, r.Why)
					}
					last := time.Time{}
					for _, l := range met {
						seen[l.Step.ID] = true
						at := clock.Time(l.Arrived).In(zone)
						if l.Step.Kind != graph.Message {
							continue
						}
						if h := at.Hour(); h < 8 || h > 21 {
							t.Errorf("%s gets %s at %s", p.name, l.Step.ID, at.Format("15:04"))
						}
						if !last.IsZero() && at.Sub(last) < 8*time.Hour && !afterDeed(l.Step.ID) {
							t.Errorf("%s gets %s %s after the one before", p.name, l.Step.ID, at.Sub(last))
						}
						last = at
					}
					if took := time.Duration(met[len(met)-1].At-met[0].Arrived) * time.Microsecond; took > 120*24*time.Hour {
						t.Errorf("%s walks for %s", p.name, took)
					}
				}
			}
			for _, st := range s.Graph.Steps {
				if !seen[st.ID] {
					t.Errorf("nobody comes to %s", st.ID)
				}
			}
		})
	}
}

// afterDeed are messages that answer what somebody has just done.
func afterDeed(step string) bool {
	return step == "thanks" || step == "welcome" || step == "lesson1" // they have answered, ordered, come in
}

package app

import (
	"testing"
	"time"

	"fishpond/internal/journey"
	"fishpond/internal/platform/db"
)

// The synthetic brand has live journeys with people at several of their steps, with
// a past, and with a hold-out that a report speaks of; and one that is a draft.
func TestDemoJourneys(t *testing.T) {
	h := newHouse(t, db.SQLite)
	login, err := h.Demo(t.Context(), DemoOptions{Persons: 900, Seed: 5, Until: time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC)})
	if err != nil {
		t.Fatal(err)
	}
	b := &brand{h: h, jar: newJar(t)}
	b.must(t, 200, "POST", "/auth/sign-in", `{"email":"`+login.Email+`","password":"`+login.Password+`"}`, nil)
	var list struct{ Items []journey.Journey }
	b.must(t, 200, "GET", "/journeys", "", &list)
	if len(list.Items) != 4 {
		t.Fatalf("%+v", list.Items)
	}
	for _, j := range list.Items {
		if j.Status != "live" {
			if j.Status != "draft" || j.Name != "品茶训练营（草稿）" {
				t.Errorf("%+v", j)
			}
			continue
		}
		var p journey.Progress
		b.must(t, 200, "GET", "/journeys/"+j.ID+"/counts", "", &p)
		here, passed := 0, 0
		for _, s := range p.Steps {
			if s.Here > 0 {
				here++
			}
			if s.WentOn > 0 {
				passed++
			}
			if s.Here < 0 || s.Entered < 0 || s.Failed > 0 {
				t.Errorf("%s: %+v", j.Name, s)
			}
		}
		var r journey.Report
		b.must(t, 200, "GET", "/journeys/"+j.ID+"/report", "", &r)
		t.Logf("%s: %+v, %d steps with people, %d passed; %+v %s", j.Name, j.Counts, here, passed, r.Arms, r.Say)
		if here < 2 || passed < 3 || j.Counts.Entered < 10 || r.Arms[0].People < 10 || len(r.Days) < 5 || r.Say == "" {
			t.Errorf("%s: %+v %+v", j.Name, p, r)
		}
		var runs struct{ Items []journey.Run }
		b.must(t, 200, "GET", "/journeys/"+j.ID+"/runs", "", &runs)
		if len(runs.Items) < 10 || runs.Items[0].PersonName == "" {
			t.Errorf("%s: %+v", j.Name, runs)
		}
	}
}

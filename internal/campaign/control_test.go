package campaign

import (
	"fmt"
	"testing"
	"time"

	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/testkit"
	"fishpond/internal/pool/poolevent"
	"fishpond/internal/timeline"
)

// What a quarter's marketing brought is told against those who got none of it,
// everybody counted from the first campaign on that they would have been in.
func TestWhatMarketingBrought(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.populate(2000)
		_, err := w.svc.PutSettings(as("owner", "stf_1"), Settings{ApproveOver: 5000, GlobalBP: 2000})
		testkit.Must(t, err)
		control := func(quarter string) Control {
			t.Helper()
			c, err := w.svc.Control(as("viewer", "stf_1"), quarter)
			testkit.Must(t, err)
			return c
		}
		if c := control(""); c.Quarter != "2026Q4" || len(c.Quarters) != 0 || len(c.Outcomes) != 0 || c.Until.Format(time.RFC3339) != "2026-12-31T16:00:00Z" {
			t.Errorf("%+v", c)
		}
		w.start(w.draft(func(in *Input) { in.Purpose = Care }))
		if c := control(""); c.Control+c.Marketed != 0 {
			t.Errorf("service is no marketing: %+v", c)
		}
		w.clock.Advance(time.Hour)
		early := timeline.Fact{Kind: pageViewed, PersonID: w.people[0].ID, OccurredAt: w.clock.Now().Add(-time.Minute)}
		c := w.start(w.draft(share(1000)))
		w.happened(early)
		groups := w.variants(c.ID)
		var facts []timeline.Fact
		n := map[string]int{}
		var left, got, also string
		for i, p := range w.people {
			g := groups[p.ID]
			if g == Holdout {
				g = Treated // it is all of marketing that is measured
			}
			every := map[string]int{Treated: 5, Global: 10}[g]
			if n[g]++; n[g]%every == 0 {
				facts = append(facts, paid(fmt.Sprint("o", i), p.ID, 1000, "CNY"))
			} else if g == Global {
				left = p.ID
			} else {
				got, also = p.ID, got
			}
		}
		w.clock.Advance(20 * 24 * time.Hour) // long after the campaign was measured
		w.start(w.draft(nil))                // another of the quarter: nobody begins anew
		w.happened(facts...)
		r := control("2026Q4")
		if r.Control != int64(n[Global]) || r.Marketed != int64(n[Treated]) || len(r.Outcomes) != 4 || r.Final || len(r.Quarters) != 1 {
			t.Fatalf("%+v of %v", r, n)
		}
		if o := r.Outcomes[0]; o.Control.Total+o.Treated.Total != 0 {
			t.Errorf("a visit before the first campaign counts: %+v", o)
		}
		if o := r.Outcomes[1]; o.Verdict != "higher" || o.Per1000.Estimate < 80 || o.Per1000.Estimate > 120 || o.Per1000.Low <= 0 {
			t.Errorf("%+v", o)
		}
		merge := func(kind, winner, loser string) timeline.Fact {
			return timeline.Fact{Kind: kind, PersonID: winner, Data: poolevent.Merge{MergeID: "m", WinnerID: winner, LoserID: loser, Members: []string{loser}}}
		}
		w.happened(merge(poolevent.Merged, got, left))
		if m := control(""); m.Mixed != 2 || m.Control != r.Control-1 || m.Marketed != r.Marketed-1 {
			t.Errorf("merged across: %+v", m)
		}
		w.happened(merge(poolevent.Split, got, left), merge(poolevent.Merged, got, also))
		if m := control(""); m.Mixed != 0 || m.Control != r.Control || m.Marketed != r.Marketed-1 {
			t.Errorf("merged within: %+v", m)
		}
		w.clock.Advance(30 * 24 * time.Hour)
		w.happened(paid("late", got, 100, "CNY"))
		if m := control("2026Q4"); !m.Final || !near(m.Outcomes[2].Treated.Total, r.Outcomes[2].Treated.Total) {
			t.Errorf("the next quarter's: %+v", m.Outcomes[2])
		}
		if m := control(""); m.Quarter != "2027Q1" || m.Control+m.Marketed != 0 {
			t.Errorf("%+v", m)
		}
		testkit.Must(t, w.runner.Rebuild(t.Context(), SubscriberName, org))
		testkit.Must(t, w.runner.CatchUp(t.Context(), org))
		if m := control("2026Q4"); !near(m.Outcomes[2].Treated.Total, r.Outcomes[2].Treated.Total) || m.Marketed != r.Marketed-1 {
			t.Errorf("built anew: %+v", m)
		}
		if _, err := w.svc.Control(as("viewer", "stf_1"), "2026Q5"); !errs.Is(err, errs.CodeInvalid) {
			t.Errorf("%v", err)
		}
		var got2 Control
		w.api.Want(t, "org_a viewer stf_1", 200, "GET", "/campaigns/control?quarter=2026Q4", "", &got2)
		w.api.Want(t, "org_a viewer stf_1", 422, "GET", "/campaigns/control?quarter=Q4", "", nil)
		w.api.Want(t, "org_b viewer stf_1", 200, "GET", "/campaigns/control?quarter=2026Q4", "", &got2)
		if got2.Control != 0 {
			t.Errorf("another brand's: %+v", got2)
		}
	})
}

// Two of one group who turn out to be one count as one, with all that both did,
// and as two again when they were told apart.
func TestMergedWithinAGroup(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.populate(100)
		_, err := w.svc.PutSettings(as("owner", "stf_1"), Settings{ApproveOver: 5000, GlobalBP: 0})
		testkit.Must(t, err)
		c := w.start(w.draft(share(5000)))
		var pair []string
		for p, v := range w.variants(c.ID) {
			if v == Treated && len(pair) < 2 {
				pair = append(pair, p)
			}
		}
		report := func() Report {
			r, err := w.svc.Report(as("viewer", "stf_1"), c.ID)
			testkit.Must(t, err)
			return r
		}
		w.clock.Advance(time.Minute)
		w.happened(paid("a", pair[0], 100, "CNY"), paid("b", pair[1], 200, "CNY"))
		before := report()
		merge := poolevent.Merge{MergeID: "m", WinnerID: pair[0], LoserID: pair[1], Members: []string{pair[1]}}
		w.happened(timeline.Fact{Kind: poolevent.Merged, PersonID: pair[0], Data: merge}, paid("c", pair[0], 400, "CNY"))
		if r := report(); r.Treated != before.Treated-1 || r.Mixed != 0 || !near(r.Outcomes[3].Treated.Total, 700) || !near(r.Outcomes[1].Treated.Total, 1) {
			t.Errorf("%+v", r)
		}
		w.happened(timeline.Fact{Kind: poolevent.Split, PersonID: pair[0], Data: merge})
		if r := report(); r.Treated != before.Treated || !near(r.Outcomes[3].Treated.Total, 700) || !near(r.Outcomes[1].Treated.Total, 2) {
			t.Errorf("told apart: %+v", r)
		}
	})
}

package reach

import (
	"fmt"
	"maps"
	"testing"
	"time"

	"fishpond/internal/platform/db"
	"fishpond/internal/platform/testkit"
)

func TestPlanIsSent(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.put(nil)
		r := mailTo("per_1", "per_2", "per_3", "per_1")
		r = append(r, Recipient{PersonID: "per_4", Variant: Holdout, Addresses: r[0].Addresses}, Recipient{PersonID: "per_5"})
		r[2].Data = []byte(`"broken"`)
		w.plan("pln_1", nil, r...)
		w.send()
		want := map[string]string{"per_1": "sent", "per_2": "sent", "per_3": "held:content", "per_4": "held:holdout", "per_5": "held:no_address"}
		if got := w.states("pln_1"); !maps.Equal(got, want) {
			t.Errorf("%v, want %v", got, want)
		}
		if len(w.ocean.got) != 2 || w.planStatus("pln_1") != PlanDone {
			t.Errorf("%v arrived, the plan is %s", w.ocean.got, w.planStatus("pln_1"))
		}
	})
}

// What goes wrong on our side while messages are made holds nobody back.
func TestMakingIsTriedAgain(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.put(nil)
		r := mailTo("per_1", "per_2")
		r[1].Data = []byte(`"unlucky"`)
		w.unlucky = 1
		w.plan("pln_1", nil, r...)
		w.send()
		if got := w.states("pln_1"); got["per_1"] != "sent" || got["per_2"] != "waiting:retry" {
			t.Fatal(got)
		}
		w.clock.Advance(time.Minute)
		w.send()
		if got := w.states("pln_1"); got["per_2"] != "sent" || w.planStatus("pln_1") != PlanDone {
			t.Fatal(got, w.planStatus("pln_1"))
		}
	})
}

func TestQuietHoursWait(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.put(func(s *Settings) { s.Quiet.Enabled = true })
		w.clock.Advance(10 * time.Hour) // ten at night
		w.plan("pln_1", nil, mailTo("per_1")...)
		w.send()
		if got := w.states("pln_1"); got["per_1"] != "waiting:quiet_hours" {
			t.Fatal(got)
		}
		w.clock.Advance(10*time.Hour + 59*time.Minute)
		w.send()
		if got := w.states("pln_1"); got["per_1"] != "waiting:quiet_hours" {
			t.Fatal(got)
		}
		w.clock.Advance(time.Minute)
		w.send()
		if got := w.states("pln_1"); got["per_1"] != "sent" || w.planStatus("pln_1") != PlanDone {
			t.Fatal(got, w.planStatus("pln_1"))
		}
	})
}

func TestTwoPlansShareACap(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.put(func(s *Settings) { s.Caps = []CapSetting{{"all", 1, "day"}} })
		var people []string
		for i := range 100 {
			people = append(people, fmt.Sprintf("per_%03d", i))
		}
		w.plan("pln_1", nil, mailTo(people...)...)
		w.plan("pln_2", nil, mailTo(people...)...)
		w.send()
		n := map[string]int{}
		for _, p := range []string{"pln_1", "pln_2"} {
			for who, st := range w.states(p) {
				if st == "sent" {
					n[who]++
				} else if st != "waiting:cap" {
					t.Fatalf("%s is %s", who, st)
				}
			}
		}
		for _, p := range people {
			if n[p] != 1 {
				t.Errorf("%s got %d", p, n[p])
			}
		}
		w.clock.Advance(24 * time.Hour)
		w.send()
		if len(w.ocean.got) != 200 || w.planStatus("pln_2") != PlanDone || w.planStatus("pln_1") != PlanDone {
			t.Errorf("%d arrived", len(w.ocean.got))
		}
	})
}

package reach

import (
	"fmt"
	"maps"
	"testing"
	"time"

	"fishpond/internal/platform/db"
	"fishpond/internal/platform/testkit"
)

// entries are the states of a plan's messages by the key they were added under.
func (w *world) entries(plan string) map[string]string {
	w.t.Helper()
	out := map[string]string{}
	w.write(func(tx *db.Tx) error {
		rows, err := tx.Query(w.ctx(), "SELECT entry, status, why FROM reach_message WHERE org_id = ? AND plan_id = ?", org, plan)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var k, st, why string
			if err := rows.Scan(&k, &st, &why); err != nil {
				return err
			}
			if why != "" {
				st += ":" + why
			}
			out[k] = st
		}
		return rows.Err()
	})
	w.check(plan)
	return out
}

func (w *world) add(plan string, r ...Recipient) {
	w.t.Helper()
	w.write(func(tx *db.Tx) error { return w.s.Add(w.ctx(), tx, org, plan, r) })
}

func keyed(person, key string) Recipient {
	r := mailTo(person)[0]
	r.Key = key
	return r
}

// A standing plan takes people at any time, the same person under several keys,
// and never ends by itself.
func TestStandingPlan(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.put(nil)
		w.plan("pln_1", func(p *Plan) { p.Standing = true })
		w.send()
		w.add("pln_1", keyed("per_1", "a:1"), keyed("per_1", "a:2"), keyed("per_1", "a:2"), mailTo("per_1")[0])
		w.send()
		want := map[string]string{"a:1": "sent", "a:2": "sent", "": "sent"}
		if got := w.entries("pln_1"); !maps.Equal(got, want) || len(w.ocean.got) != 3 {
			t.Fatalf("%v, and %d arrived", got, len(w.ocean.got))
		}
		w.clock.Advance(60 * 24 * time.Hour) // longer than any other plan
		w.send()
		w.add("pln_1", keyed("per_1", "a:2"), keyed("per_2", "a:3"), mailTo("per_1")[0])
		w.send()
		want["a:3"] = "sent"
		if got := w.entries("pln_1"); !maps.Equal(got, want) || len(w.ocean.got) != 4 || w.planStatus("pln_1") != PlanRunning {
			t.Fatalf("%v, %d arrived, and the plan is %s", got, len(w.ocean.got), w.planStatus("pln_1"))
		}
		p, err := w.s.PlanProgress(w.ctx(), "pln_1")
		if err != nil || !p.Standing || p.NextAt != nil || !p.EndAt.IsZero() || p.Sent != 4 {
			t.Errorf("%+v %v", p, err)
		}
		w.write(func(tx *db.Tx) error { return w.s.Cancel(w.ctx(), tx, org, "pln_1") })
		w.send()
		if got := w.planStatus("pln_1"); got != PlanCancelled {
			t.Errorf("the plan is %s", got)
		}
	})
}

// A message waits until its own time, and is held back after its own end.
func TestOwnTimes(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.put(func(s *Settings) { s.Quiet.Enabled = true })
		now := w.clock.Now() // noon
		one := func(key string, from, until time.Duration) Recipient {
			r := keyed("per_"+key, key)
			if from != 0 {
				r.NotBefore = now.Add(from)
			}
			if until != 0 {
				r.Until = now.Add(until)
			}
			return r
		}
		all := []Recipient{one("now", 0, time.Hour), one("later", time.Hour, 2*time.Hour), one("never", 2*time.Hour, time.Hour), one("over", 0, -time.Second), one("night", 10*time.Hour, 11*time.Hour), one("morning", 10*time.Hour, 22*time.Hour)}
		tally, err := w.s.Preview(w.ctx(), org, "marketing", now, func(yield func(Recipient) bool) {
			for _, r := range all {
				if !yield(r) {
					return
				}
			}
		})
		if err != nil || tally.Go != 1 || tally.Wait[WhyLocalTime] != 3 || tally.Held[WhyExpired] != 2 {
			t.Errorf("%+v %v", tally, err)
		}
		w.plan("pln_1", func(p *Plan) { p.Standing = true }, all...)
		w.send()
		want := map[string]string{"now": "sent", "later": "waiting:local_time", "never": "held:expired", "over": "held:expired", "night": "waiting:local_time", "morning": "waiting:local_time"}
		if got := w.entries("pln_1"); !maps.Equal(got, want) {
			t.Fatalf("%v, want %v", got, want)
		}
		w.clock.Advance(time.Hour)
		w.send()
		want["later"] = "sent"
		if got := w.entries("pln_1"); !maps.Equal(got, want) {
			t.Fatalf("%v, want %v", got, want)
		}
		w.clock.Advance(9 * time.Hour) // ten at night
		w.send()
		want["night"], want["morning"] = "held:quiet_hours", "waiting:quiet_hours"
		if got := w.entries("pln_1"); !maps.Equal(got, want) {
			t.Fatalf("%v, want %v", got, want)
		}
		w.clock.Advance(11 * time.Hour)
		w.send()
		want["morning"] = "sent"
		if got := w.entries("pln_1"); !maps.Equal(got, want) {
			t.Fatalf("%v, want %v", got, want)
		}
	})
}

// What was added under a key can be called off while it has not left, and makes
// room again.
func TestCallOffByKey(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.put(func(s *Settings) { s.Caps = []CapSetting{{"all", 1, "day"}} })
		busyFor := map[string]bool{"per_1@x.example": true}
		w.ocean.answer = func(m Delivery) (Result, bool) {
			if busyFor[m.To] {
				return Result{Status: Failed, Again: true, Code: "451", Reason: busy}, true
			}
			return Result{Status: Sent}, true
		}
		w.plan("pln_1", func(p *Plan) { p.Standing = true }, keyed("per_1", "a"), keyed("per_2", "b"), keyed("per_2", "c"))
		w.send()
		want := map[string]string{"a": "waiting:retry", "b": "sent", "c": "waiting:cap"}
		if got := w.entries("pln_1"); !maps.Equal(got, want) {
			t.Fatalf("%v, want %v", got, want)
		}
		w.plan("pln_2", nil, mailTo("per_1")...)
		w.send()
		if got := w.states("pln_2"); got["per_1"] != "waiting:cap" {
			t.Fatal(got)
		}
		var open map[string]bool
		w.write(func(tx *db.Tx) error {
			if err := w.s.CallOff(w.ctx(), tx, org, "pln_1", []string{"a", "b", "nobody", ""}); err != nil {
				return err
			}
			var err error
			open, err = w.s.Open(w.ctx(), tx, org, "pln_1", []string{"a", "b", "c", "nobody"})
			return err
		})
		if fmt.Sprint(open) != "map[c:true]" {
			t.Errorf("open are %v", open)
		}
		want["a"] = "cancelled"
		if got := w.entries("pln_1"); !maps.Equal(got, want) {
			t.Fatalf("%v, want %v", got, want)
		}
		delete(busyFor, "per_1@x.example")
		w.clock.Advance(23 * time.Hour) // the other waits for the end of the day that was reserved
		w.send()
		w.clock.Advance(2 * time.Hour)
		w.send()
		if got := w.states("pln_2"); got["per_1"] != "sent" {
			t.Error(got)
		}
	})
}

// An asked message counts on the day on which it is confirmed, and until then on
// every day.
func TestConfirmedLater(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		asks(w)
		w.put(func(s *Settings) { s.WecomPer = "day" })
		w.plan("pln_1", func(p *Plan) { p.EndAt = w.clock.Now().Add(20 * 24 * time.Hour) }, taskTo("per_1")...)
		w.send()
		w.clock.Advance(5 * 24 * time.Hour)
		w.plan("pln_2", nil, taskTo("per_1")...)
		w.send()
		if got := w.states("pln_2"); got["per_1"] != "waiting:platform_quota" {
			t.Fatal(got)
		}
		w.told(Told{Key: w.keys("pln_1")["per_1"], Status: Sent, At: w.clock.Now().Add(-26 * time.Hour)}) // yesterday
		w.clock.Advance(13 * time.Hour)                                                                   // a new day
		w.send()
		if got := w.states("pln_2"); got["per_1"] != "asked" {
			t.Error(got)
		}
	})
}

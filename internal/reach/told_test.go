package reach

import (
	"context"
	"maps"
	"slices"
	"testing"
	"time"

	"fishpond/internal/carrier/carrierevent"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/testkit"
	"fishpond/internal/timeline"
)

// asks is a sea in which the account for tasks hands messages to staff.
func asks(w *world) {
	w.ocean.accounts["acc_task"] = Account{Name: "Corp", Kind: "wecom", Active: true}
	w.ocean.answer = func(m Delivery) (Result, bool) {
		if m.To == m.PersonID+"@x.example" {
			return Result{Status: Sent}, true
		}
		return Result{Status: Asked}, true
	}
}

func taskTo(persons ...string) (out []Recipient) {
	for _, p := range persons {
		out = append(out, Recipient{PersonID: p, Addresses: []Address{{"acc_task", "wecom", "bob/" + p}}})
	}
	return out
}

// keys are the ids of a plan's messages by person.
func (w *world) keys(plan string) map[string]string {
	w.t.Helper()
	out := map[string]string{}
	w.write(func(tx *db.Tx) error {
		rows, err := tx.Query(w.ctx(), "SELECT person_id, id FROM reach_message WHERE org_id = ? AND plan_id = ?", org, plan)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var p, id string
			if err := rows.Scan(&p, &id); err != nil {
				return err
			}
			out[p] = id
		}
		return rows.Err()
	})
	return out
}

func (w *world) told(all ...Told) {
	w.t.Helper()
	w.write(func(tx *db.Tx) error { return w.s.Told(w.ctx(), tx, org, all) })
}

// facts are what is on the timeline of one kind, by person.
func (w *world) facts(kind string, persons ...string) (out []timeline.Event) {
	w.t.Helper()
	if err := w.d.Read(w.ctx(), org, func(tx *db.Tx) error {
		out = nil
		return w.log.Facts(w.ctx(), tx, org, persons, []string{kind}, func(e timeline.Event) error {
			out = append(out, e)
			return nil
		})
	}); err != nil {
		w.t.Fatal(err)
	}
	return out
}

// What a member of staff must confirm is asked, counts against people's limits,
// and comes to an end when the carrier tells of it.
func TestAskedAndTold(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		asks(w)
		w.put(func(s *Settings) { s.Caps = []CapSetting{{"all", 1, "day"}} })
		r := taskTo("per_1", "per_2", "per_3", "per_4", "per_5")
		r[1].Addresses = append(r[1].Addresses, mailTo("per_2")[0].Addresses...)
		w.plan("pln_1", nil, r...)
		w.send()
		want := map[string]string{"per_1": "asked", "per_2": "asked", "per_3": "asked", "per_4": "asked", "per_5": "asked"}
		if got := w.states("pln_1"); !maps.Equal(got, want) || w.planStatus("pln_1") != PlanRunning {
			t.Fatal(got, w.planStatus("pln_1"))
		}
		p, err := w.s.PlanProgress(w.ctx(), "pln_1")
		if err != nil || p.Asked != 5 || p.Sent != 0 || p.Sending != 0 {
			t.Fatalf("%+v %v", p, err)
		}
		listed, _, err := w.s.Messages(w.ctx(), MessageFilter{PlanID: "pln_1", Status: Asked}, messagePlace{}, 10)
		if err != nil || len(listed) != 5 {
			t.Fatalf("%d listed: %v", len(listed), err)
		}
		// They count: another plan gets nobody, and what is cancelled makes room again.
		w.plan("pln_2", nil, mailTo("per_1", "per_3")...)
		w.send()
		if got := w.states("pln_2"); got["per_1"] != "waiting:cap" || got["per_3"] != "waiting:cap" {
			t.Fatal(got)
		}
		key := w.keys("pln_1")
		confirmed := w.clock.Now().Add(-time.Minute)
		all := []Told{{Key: key["per_1"], Status: Sent, At: confirmed}, {Key: key["per_2"], Status: Failed, Code: "not_friend", Reason: busy}, {Key: key["per_3"], Status: Cancelled},
			{Key: key["per_4"], Status: Failed, Code: "limit", Reason: busy}, {Key: "msg_of_nobody", Status: Sent}}
		w.told(all...)
		w.told(all...) // twice
		w.send()
		want = map[string]string{"per_1": "sent", "per_2": "sent", "per_3": "cancelled", "per_4": "failed:limit", "per_5": "asked"}
		if got := w.states("pln_1"); !maps.Equal(got, want) {
			t.Fatalf("%v, want %v", got, want)
		}
		if sent := w.facts(carrierevent.MessageSent, "per_1", "per_2", "per_3"); len(sent) != 2 || !sent[0].OccurredAt.Equal(confirmed) {
			t.Errorf("%d sent on the timeline: %v", len(sent), sent)
		}
		if failed := w.facts(carrierevent.MessageFailed, "per_2", "per_3", "per_4"); len(failed) != 1 {
			t.Errorf("%d failed on the timeline", len(failed))
		}
		w.told(Told{Key: key["per_5"], Status: Sent})
		w.send()
		if got := w.planStatus("pln_1"); got != PlanDone {
			t.Errorf("the plan is %s", got)
		}
		w.clock.Advance(24 * time.Hour)
		w.send()
		if got := w.states("pln_2"); got["per_1"] != "sent" || got["per_3"] != "sent" {
			t.Error(got)
		}
	})
}

// A plan does not wait for staff beyond its end; what is told later still counts.
func TestPlanEndsWhileAsked(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		asks(w)
		w.put(nil)
		w.plan("pln_1", func(p *Plan) { p.EndAt = w.clock.Now().Add(time.Hour) }, taskTo("per_1", "per_2")...)
		w.send()
		w.clock.Advance(time.Hour)
		w.send()
		if got := w.states("pln_1"); got["per_1"] != "asked" || w.planStatus("pln_1") != PlanDone {
			t.Fatal(got, w.planStatus("pln_1"))
		}
		key := w.keys("pln_1")
		w.told(Told{Key: key["per_1"], Status: Sent}, Told{Key: key["per_2"], Status: Failed, Code: "limit"})
		w.send()
		if got := w.states("pln_1"); got["per_1"] != "sent" || got["per_2"] != "failed:limit" {
			t.Error(got)
		}
	})
}

// recalling is a transport that takes back what waits for staff.
type recalling struct {
	*ocean
	called []string
}

func (r *recalling) Recall(_ context.Context, _ *db.Tx, _, planID string) error {
	r.called = append(r.called, planID)
	return nil
}

// When a plan is cancelled the transport is told which tasks are not wanted any
// more; it tells later which of them went all the same.
func TestCancelWhileAsked(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		asks(w)
		back := &recalling{ocean: w.ocean}
		w.s.Transport = back
		w.put(nil)
		w.plan("pln_1", nil, taskTo("per_1", "per_2")...)
		w.send()
		w.write(func(tx *db.Tx) error { return w.s.Cancel(w.ctx(), tx, org, "pln_1") })
		w.send()
		key := w.keys("pln_1")
		if !slices.Equal(back.called, []string{"pln_1", "pln_1"}) || w.planStatus("pln_1") != PlanCancelled { // at once, and when nothing is on its way any more
			t.Fatal(back.called, w.planStatus("pln_1"))
		}
		w.told(Told{Key: key["per_1"], Status: Cancelled}, Told{Key: key["per_2"], Status: Sent})
		if got := w.states("pln_1"); got["per_1"] != "cancelled" || got["per_2"] != "sent" {
			t.Error(got)
		}
	})
}

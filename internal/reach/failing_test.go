package reach

import (
	"context"
	"fmt"
	"maps"
	"testing"
	"time"

	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
	"fishpond/internal/platform/testkit"
	"fishpond/internal/reach/gate"
)

var busy = i18n.T("忙", "busy")

// A message that is not taken for now is tried again, later each time; one that
// is refused goes over the next address, and fails when there is none.
func TestRetryAndFallback(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.put(func(s *Settings) { s.Caps = []CapSetting{{"all", 1, "day"}} })
		tries := map[string]int{}
		w.ocean.answer = func(m Delivery) (Result, bool) {
			tries[m.To]++
			switch m.To {
			case "per_1@x.example":
				if tries[m.To] < 3 {
					return Result{Status: Failed, Again: true, Code: "451", Reason: busy}, true
				}
			case "per_2@x.example", "per_3@x.example":
				return Result{Status: Failed, Code: "550", Reason: busy}, true
			case "per_4@x.example":
				return Result{Status: Failed, Again: true, Code: "451", Reason: busy}, true
			case "per_5@x.example":
				if tries[m.To] < 3 {
					return Result{}, false // says nothing of it: it was not tried
				}
			}
			return Result{Status: Sent}, true
		}
		r := mailTo("per_1", "per_2", "per_3", "per_4", "per_5")
		r[1].Addresses = append(r[1].Addresses, Address{"acc_web", "web", "per_2"})
		w.plan("pln_1", func(p *Plan) { p.EndAt = w.clock.Now().Add(5 * time.Hour) }, r...)
		w.send()
		want := map[string]string{"per_1": "waiting:retry", "per_2": "sent", "per_3": "failed:550", "per_4": "waiting:retry", "per_5": "waiting:retry"}
		if got := w.states("pln_1"); got["per_2"] != "sent" || got["per_1"] != want["per_1"] || got["per_3"] != want["per_3"] || got["per_4"] != want["per_4"] {
			t.Errorf("%v, want %v", got, want)
		}
		for range 40 {
			w.clock.Advance(10 * time.Minute)
			w.send()
		}
		want = map[string]string{"per_1": "sent", "per_2": "sent", "per_3": "failed:550", "per_4": "failed:451", "per_5": "sent"}
		if got := w.states("pln_1"); !maps.Equal(got, want) {
			t.Errorf("%v, want %v", got, want)
		}
		if tries["per_1@x.example"] != 3 || tries["per_4@x.example"] != retries || tries["per_2"] != 1 {
			t.Errorf("tries: %v", tries)
		}
		// What failed does not count: they can be written to again, the others not.
		w.plan("pln_2", nil, mailTo("per_1", "per_3", "per_9")...)
		w.ocean.answer = nil
		w.send()
		if got := w.states("pln_2"); got["per_3"] != "sent" || got["per_1"] != "waiting:cap" || got["per_9"] != "sent" {
			t.Errorf("%v", got)
		}
	})
}

// Where the carrier knows the key, doubt is cleared up by asking again.
func TestDoubtIsClearedUp(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.put(nil)
		w.plan("pln_1", nil, Recipient{PersonID: "per_1", Addresses: []Address{{"acc_web", "web", "v1"}, {"acc_mail", "email", "p@x.example"}}, Data: []byte(`"x"`)})
		doubts := 0
		w.ocean.answer = func(m Delivery) (Result, bool) {
			if m.To != "v1" {
				t.Errorf("sent to %s, though it may have arrived", m.To)
			}
			if doubts++; doubts < 3 {
				return Result{Status: "doubtful", Again: true, Code: "lost"}, true
			}
			return Result{Status: Sent}, true
		}
		for range 4 {
			w.send()
			clear(w.ocean.known)
			w.clock.Advance(time.Minute)
		}
		if got := w.states("pln_1"); got["per_1"] != "sent" || doubts != 3 {
			t.Errorf("%v after %d tries", got, doubts)
		}
	})
}

// An account that keeps failing rests; one message shows whether it works
// again, and nobody's message fails for it.
func TestBreaker(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.put(nil)
		down, tried := true, 0
		w.ocean.answer = func(Delivery) (Result, bool) {
			tried++
			if down {
				return Result{Status: Failed, Again: true, Down: true, Code: "unavailable", Reason: busy}, true
			}
			return Result{Status: Sent}, true
		}
		var people []string
		for i := range 200 {
			people = append(people, fmt.Sprintf("per_%03d", i))
		}
		w.plan("pln_1", nil, mailTo(people...)...)
		w.send()
		list, err := w.s.AccountList(w.ctx())
		if err != nil {
			t.Fatal(err)
		}
		at := -1
		for i, a := range list {
			if a.AccountID == "acc_mail" {
				at = i
			}
		}
		if at < 0 || list[at].State != "resting" || list[at].Reason != "busy" || list[at].Until == nil {
			t.Fatalf("%+v", list)
		}
		first := tried
		if first > paceFirst {
			t.Errorf("%d were tried before it rested", first)
		}
		w.clock.Advance(10 * time.Second)
		w.send()
		if tried != first {
			t.Errorf("%d were tried while it rested", tried-first)
		}
		w.clock.Advance(25 * time.Second)
		w.send()
		if tried != first+1 {
			t.Errorf("%d were tried to see whether it works", tried-first)
		}
		down = false
		for range 30 {
			w.clock.Advance(2 * time.Minute)
			w.send()
		}
		if p, err := w.s.PlanProgress(w.ctx(), "pln_1"); err != nil || p.Sent != 200 || len(p.Failed) != 0 {
			t.Errorf("%+v %v", p, err)
		}
	})
}

func TestPauseResumeCancel(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.put(nil)
		var people []string
		for i := range 120 {
			people = append(people, fmt.Sprintf("per_%03d", i))
		}
		w.plan("pln_1", func(p *Plan) { p.PerMinute = 30 }, mailTo(people...)...)
		act := func(what, want string) {
			t.Helper()
			if p, err := w.s.Act(w.ctx(), "pln_1", what); err != nil || p.Status != want {
				t.Fatalf("%s: %+v %v", what, p, err)
			}
		}
		w.send()
		if n := len(w.ocean.got); n != 1 {
			t.Fatalf("%d at once", n)
		}
		for range 60 {
			w.clock.Advance(time.Second)
			w.send()
		}
		if n := len(w.ocean.got); n > 31 || n < 28 {
			t.Fatalf("%d in the first minute", n)
		}
		act("pause", PlanPaused)
		had := len(w.ocean.got)
		w.clock.Advance(time.Hour)
		w.send()
		if len(w.ocean.got) != had {
			t.Error("a paused plan was sent")
		}
		if _, err := w.s.Act(w.ctx(), "pln_1", "pause"); !errs.Is(err, errs.CodeConflict) {
			t.Errorf("pausing what is paused: %v", err)
		}
		act("resume", PlanRunning)
		w.send()
		if n := len(w.ocean.got) - had; n != 1 {
			t.Errorf("%d at once after a long rest", n)
		}
		had = len(w.ocean.got)
		act("cancel", PlanCancelling)
		w.send()
		if p, err := w.s.PlanProgress(w.ctx(), "pln_1"); err != nil || p.Status != PlanCancelled || p.Cancelled != int64(120-had) || p.Sent != int64(had) {
			t.Errorf("%+v %v", p, err)
		}
		w.check("pln_1")
		if fmt.Sprint(w.audit[len(w.audit)-3:]) != "[reach.plan_pause reach.plan_resume reach.plan_cancel]" {
			t.Errorf("%v", w.audit)
		}
	})
}

// What a node was sending when it died is doubtful over SMTP and tried again
// where the carrier knows the key; what was written meanwhile is right.
func TestWhatADeadNodeWasSending(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.put(func(s *Settings) { s.Caps = []CapSetting{{"all", 1, "day"}} })
		r := mailTo("per_1", "per_2")
		r = append(r, Recipient{PersonID: "per_3", Addresses: []Address{{"acc_web", "web", "v3"}}, Data: []byte(`"x"`)})
		w.plan("pln_1", nil, r...)
		b, err := w.s.claim(w.ctx(), org, "pln_1")
		if err != nil || len(b.messages) != 3 {
			t.Fatalf("%+v %v", b, err)
		}
		// The web message was handed over; then the node died.
		w.ocean.known[b.messages[2].id] = Result{Status: Sent}
		w.ocean.got[b.messages[2].id] = []string{"x"}
		other := New(d, w.log, w.clock.Now, w.s.logger, w.s.Ports, Options{})
		w.clock.Advance(19 * time.Second)
		other.bury(w.ctx(), "node <> ? AND lease_until < ?", other.node, other.micros())
		if got := w.states("pln_1"); got["per_1"] != "sending" {
			t.Fatalf("before its lease was over: %v", got)
		}
		w.clock.Advance(2 * time.Second)
		other.bury(w.ctx(), "node <> ? AND lease_until < ?", other.node, other.micros())
		other.bury(w.ctx(), "node <> ? AND lease_until < ?", other.node, other.micros())
		w.s = other
		w.send()
		want := map[string]string{"per_1": "doubtful:lost", "per_2": "doubtful:lost", "per_3": "sent"}
		if got := w.states("pln_1"); !maps.Equal(got, want) || len(w.ocean.got) != 1 || len(w.ocean.got[b.messages[2].id]) != 1 {
			t.Errorf("%v, arrived %v", got, w.ocean.got)
		}
		// They count: nobody gets another today.
		w.plan("pln_2", nil, mailTo("per_1")...)
		w.send()
		if got := w.states("pln_2"); got["per_1"] != "waiting:cap" {
			t.Errorf("%v", got)
		}
		// The first node was not dead: it knows better.
		w.s.record(w.ctx(), b, []outcome{{i: 0, Result: Result{Status: Sent}}, {i: 1, Result: Result{Status: Failed, Code: "550"}}}, true)
		if got := w.states("pln_1"); got["per_1"] != "sent" || got["per_2"] != "doubtful:lost" {
			t.Errorf("%v", got)
		}
		// A human decides about the other.
		list, _, err := w.s.Messages(w.ctx(), MessageFilter{Status: Doubtful}, messagePlace{}, 10)
		if err != nil || len(list) != 1 || list[0].Name != "Name of per_2" || list[0].To != "p***@x.example" || list[0].Reason != stopped.EN {
			t.Fatalf("%+v %v", list, err)
		}
		testkit.Must(t, w.s.Settle(w.ctx(), list[0].ID, "again"))
		w.send()
		if got := w.states("pln_1"); got["per_2"] != "sent" || len(w.ocean.got[list[0].ID]) != 1 {
			t.Errorf("%v", got)
		}
		if err := w.s.Settle(w.ctx(), list[0].ID, "sent"); !errs.Is(err, errs.CodeNotFound) {
			t.Errorf("settling what is settled: %v", err)
		}
	})
}

// Who says no while a message is tried again gets none, and what was reserved
// for it counts no longer.
func TestNoBetweenTries(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.put(func(s *Settings) { s.Caps = []CapSetting{{"all", 1, "day"}} })
		w.ocean.answer = func(Delivery) (Result, bool) { return Result{Status: Failed, Again: true, Code: "451"}, true }
		w.plan("pln_1", nil, mailTo("per_1")...)
		w.send()
		w.ocean.answer = nil
		w.tell(consent("per_1", false, w.clock.Now()))
		w.clock.Advance(2 * time.Minute)
		w.send()
		if got := w.states("pln_1"); got["per_1"] != "held:consent" {
			t.Fatal(got)
		}
		w.plan("pln_2", func(p *Plan) { p.Purpose = gate.Service }, mailTo("per_1")...)
		w.send()
		if got := w.states("pln_2"); got["per_1"] != "sent" {
			t.Error(got)
		}
	})
}

// What did not go by the end of the plan is held back, and counts for nothing.
func TestPlanEnds(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.put(func(s *Settings) { s.Caps = []CapSetting{{"all", 1, "day"}} })
		w.ocean.answer = func(Delivery) (Result, bool) { return Result{Status: Failed, Again: true, Code: "451"}, true }
		w.plan("pln_1", func(p *Plan) { p.EndAt = w.clock.Now().Add(90 * time.Second) }, mailTo("per_1")...)
		w.send()
		if got := w.states("pln_1"); got["per_1"] != "waiting:retry" {
			t.Fatal(got)
		}
		w.clock.Advance(90 * time.Second)
		w.send()
		if got := w.states("pln_1"); got["per_1"] != "held:expired" || w.planStatus("pln_1") != PlanDone {
			t.Error(got, w.planStatus("pln_1"))
		}
		w.ocean.answer = nil
		w.plan("pln_2", nil, mailTo("per_1")...)
		w.send()
		if got := w.states("pln_2"); got["per_1"] != "sent" {
			t.Error(got)
		}
	})
}

// Run sends what is planned, by itself, and stops when it is told to.
func TestRun(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.put(nil)
		ctx, stop := context.WithCancel(w.ctx())
		done := make(chan struct{})
		go func() { defer close(done); w.s.Run(ctx) }()
		var people []string
		for i := range 2500 {
			people = append(people, fmt.Sprintf("per_%04d", i))
		}
		w.plan("pln_1", nil, mailTo(people...)...)
		for w.planStatus("pln_1") != PlanDone && t.Context().Err() == nil {
			time.Sleep(2 * time.Millisecond) // it works in its own time
		}
		stop()
		<-done
		if len(w.ocean.got) != 2500 {
			t.Errorf("%d arrived", len(w.ocean.got))
		}
		w.check("pln_1")
	})
}

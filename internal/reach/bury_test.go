package reach

import (
	"maps"
	"slices"
	"testing"
	"time"

	"fishpond/internal/carrier/carrierevent"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/testkit"
	"fishpond/internal/reach/gate"
	"fishpond/internal/reach/journal"
)

// dying is a node that has claimed a plan of five and dies while it sends: per_1
// was taken, per_2 refused, per_3 is on its way, the others were not begun.
func (w *world) dying(dir string) (died time.Time) {
	w.t.Helper()
	var err error
	if w.s.journal, err = journal.Open(dir, w.s.node); err != nil {
		w.t.Fatal(err)
	}
	r := mailTo("per_1", "per_2", "per_3", "per_4")
	r = append(r, Recipient{PersonID: "per_5", Addresses: []Address{{"acc_web", "web", "v5"}}, Data: []byte(`"x"`)})
	w.plan("pln_1", nil, r...)
	b, err := w.s.claim(w.ctx(), org, "pln_1")
	if err != nil || len(b.messages) != 5 {
		w.t.Fatalf("%+v %v", b, err)
	}
	if b.journal, err = w.s.journal.Batch(b.id); err != nil {
		w.t.Fatal(err)
	}
	m := b.messages
	for _, err := range []error{b.begin(m[0]), b.begin(m[1]), b.begin(m[2])} {
		testkit.Must(w.t, err)
	}
	b.ended(m[0], Result{Status: Sent})
	b.ended(m[1], Result{Status: Failed, Code: "451", Again: true})
	w.ocean.got[m[0].id], w.ocean.got[m[2].id] = []string{"1"}, []string{"3"} // they arrived
	testkit.Must(w.t, b.journal.Keep())
	testkit.Must(w.t, w.s.journal.Close()) // as the system does it for who is killed
	return w.clock.Now()
}

// next is the process that is started after one died.
func (w *world) next(dir string) *Service {
	return New(w.d, w.log, w.clock.Now, w.s.logger, w.s.Ports, Options{Journal: dir})
}

// What a process had not begun when it was killed goes out after all, what was
// taken is known to be, and one mail is doubtful: the one on its way.
func TestJournalOfADeadProcess(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.put(func(s *Settings) { s.Caps = []CapSetting{{"all", 1, "day"}} })
		dir := t.TempDir()
		died := w.dying(dir)
		w.clock.Advance(3 * time.Hour)
		w.s = w.next(dir)
		w.s.adopt(w.ctx())
		w.s.adopt(w.ctx())
		w.s.bury(w.ctx(), "node <> ?", w.s.node) // nothing is left
		w.send()
		want := map[string]string{"per_1": "sent", "per_2": "sent", "per_3": "doubtful:lost", "per_4": "sent", "per_5": "sent"}
		if got := w.states("pln_1"); !maps.Equal(got, want) || w.planStatus("pln_1") != PlanDone {
			t.Fatalf("%v, the plan is %s", got, w.planStatus("pln_1"))
		}
		for key, texts := range w.ocean.got {
			if len(texts) != 1 {
				t.Errorf("%s arrived %d times", key, len(texts))
			}
		}
		if len(w.ocean.got) != 5 {
			t.Errorf("%d arrived", len(w.ocean.got))
		}
		sent := w.facts(carrierevent.MessageSent, "per_1", "per_2", "per_3", "per_4", "per_5")
		if len(sent) != 4 || !sent[0].OccurredAt.Equal(died) {
			t.Errorf("%d sent on the timeline, the first at %v", len(sent), sent[0].OccurredAt)
		}
		// All of them count, the doubtful one too.
		w.plan("pln_2", nil, mailTo("per_1", "per_2", "per_3", "per_4", "per_5")...)
		w.send()
		for who, st := range w.states("pln_2") {
			if st != "waiting:cap" {
				t.Errorf("%s is %s", who, st)
			}
		}
	})
}

// Where another node settles first, without the journal, all is doubtful; when
// the journal turns up, what it knows is mended, but for what a human has
// decided meanwhile.
func TestJournalTurnsUpLater(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.put(nil)
		dir := t.TempDir()
		w.dying(dir)
		w.clock.Advance(time.Minute)
		other := New(d, w.log, w.clock.Now, w.s.logger, w.s.Ports, Options{})
		w.s = other
		for range 2 {
			other.bury(w.ctx(), "node <> ? AND lease_until < ?", other.node, other.micros())
		}
		w.send()
		want := map[string]string{"per_1": "doubtful:lost", "per_2": "doubtful:lost", "per_3": "doubtful:lost", "per_4": "doubtful:lost", "per_5": "sent"}
		if got := w.states("pln_1"); !maps.Equal(got, want) || w.planStatus("pln_1") != PlanDone {
			t.Fatalf("%v, the plan is %s", got, w.planStatus("pln_1"))
		}
		list, _, err := w.s.Messages(w.ctx(), MessageFilter{Status: Doubtful}, messagePlace{}, 10)
		i := slices.IndexFunc(list, func(m MessageItem) bool { return m.PersonID == "per_2" })
		if err != nil || i < 0 {
			t.Fatal(list, err)
		}
		testkit.Must(t, w.s.Settle(w.ctx(), list[i].ID, "sent"))
		w.s = w.next(dir)
		w.s.adopt(w.ctx())
		w.send()
		want["per_1"], want["per_2"], want["per_4"] = "sent", "sent", "sent"
		if got := w.states("pln_1"); !maps.Equal(got, want) || w.planStatus("pln_1") != PlanDone {
			t.Fatalf("%v, the plan is %s", got, w.planStatus("pln_1"))
		}
		if len(w.ocean.got) != 4 { // per_2's was refused, and somebody said that it arrived
			t.Errorf("%d arrived", len(w.ocean.got))
		}
	})
}

// A plan that was cancelled or is over by the time that a journal turns up gets
// nothing more out.
func TestJournalOfWhatIsOver(t *testing.T) {
	for name, c := range map[string]struct {
		over func(*world)
		rest string
	}{
		"cancelled": {func(w *world) {
			w.write(func(tx *db.Tx) error { return w.s.Cancel(w.ctx(), tx, org, "pln_1") })
		}, "cancelled"},
		"ended": {func(w *world) { w.clock.Advance(8 * 24 * time.Hour) }, "held:expired"},
	} {
		t.Run(name, func(t *testing.T) {
			testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
				w := newWorld(t, d)
				w.put(func(s *Settings) { s.Caps = []CapSetting{{"all", 1, "month"}} })
				dir := t.TempDir()
				w.dying(dir)
				w.clock.Advance(time.Minute)
				other := New(d, w.log, w.clock.Now, w.s.logger, w.s.Ports, Options{})
				w.s = other
				other.bury(w.ctx(), "node <> ? AND lease_until < ?", other.node, other.micros())
				c.over(w)
				w.send()
				w.s = w.next(dir)
				w.s.adopt(w.ctx())
				w.send()
				got := w.states("pln_1")
				if got["per_1"] != "sent" || got["per_2"] != c.rest || got["per_3"] != "doubtful:lost" || got["per_4"] != c.rest {
					t.Errorf("%v", got)
				}
				// Who got none of it has room again.
				w.plan("pln_2", func(p *Plan) { p.Purpose = gate.Service }, mailTo("per_3", "per_4")...)
				w.send()
				if got := w.states("pln_2"); got["per_4"] != "sent" || got["per_3"] == "sent" {
					t.Errorf("%v", got)
				}
			})
		})
	}
}

// A batch whose journal cannot be made is not begun.
func TestNoJournalNoMail(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.put(nil)
		var err error
		if w.s.journal, err = journal.Open(t.TempDir(), "nod_1"); err != nil {
			t.Fatal(err)
		}
		testkit.Must(t, w.s.journal.Close()) // takes the folder with it
		w.plan("pln_1", nil, mailTo("per_1", "per_2")...)
		w.send()
		if got := w.states("pln_1"); got["per_1"] != "waiting:retry" || got["per_2"] != "waiting:retry" || len(w.ocean.got) != 0 {
			t.Fatalf("%v, and %d arrived", got, len(w.ocean.got))
		}
		if w.s.journal, err = journal.Open(t.TempDir(), "nod_1"); err != nil {
			t.Fatal(err)
		}
		w.clock.Advance(time.Minute)
		w.send()
		if got := w.states("pln_1"); got["per_1"] != "sent" || got["per_2"] != "sent" || w.planStatus("pln_1") != PlanDone {
			t.Fatal(got)
		}
		testkit.Must(t, w.s.journal.Close())
	})
}

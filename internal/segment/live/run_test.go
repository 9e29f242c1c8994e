package live_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/RoaringBitmap/roaring/v2"

	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/testkit"
	"fishpond/internal/segment/facts"
	"fishpond/internal/segment/live"
	"fishpond/internal/segment/predicate/plan"
)

// eventually asks again and again whether something has come true in another
// goroutine, which has no way to tell.
func eventually(t *testing.T, what string, ask func() bool) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); !ask(); {
		if time.Now().After(deadline) {
			t.Fatal(what)
		}
		time.Sleep(5 * time.Millisecond)
	}
}

// running follows an org until the test ends.
func running(t *testing.T, e *live.Engine) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	wg.Go(func() { e.Run(ctx) })
	stop = func() {
		cancel()
		wg.Wait()
	}
	t.Cleanup(stop)
	return stop
}

// TestRunFollowsAndSaves: changes of this process and of others become
// members by themselves, and the index is saved on the way out.
func TestRunFollowsAndSaves(t *testing.T) {
	on(t, func(t *testing.T, w *world, _ *testkit.Clock) {
		dir := t.TempDir()
		w.save("seg_a", "stage = silent")
		w.put(false, person(1, "silent"))
		e := w.engine(live.Options{Dir: dir})
		stop := running(t, e)
		moved := func(n int) func() bool { return func() bool { return len(w.moves()) == n } }
		eventually(t, "nobody enters", moved(1))
		w.put(false, person(2, "silent"))
		e.Wake(w.org)
		eventually(t, "nobody enters after Wake", moved(2))
		w.put(false, person(1, "new")) // by another process
		eventually(t, "nobody leaves", moved(3))
		stop()
		w.check(e)

		again := w.engine(live.Options{Dir: dir})
		if s := status(w, again); s.LoadedFrom != "snapshot" || s.Position != 3 || s.Persons != 2 {
			t.Errorf("after a restart: %+v", s)
		}
		w.put(false, person(2, "new"), person(3, "silent"))
		w.catchUp(again)
		w.check(again)
	})
}

// TestAnIndexThatCannotBeUsedIsBuilt: whatever is wrong with the file.
func TestAnIndexThatCannotBeUsedIsBuilt(t *testing.T) {
	for what, spoil := range map[string]func(w *world, file string) error{
		"damaged": func(_ *world, file string) error { return os.Truncate(file, 100) },
		"missing": func(_ *world, file string) error { return os.Remove(file) },
		"of other traits": func(w *world, _ string) error {
			w.define(func() { w.def.Traits = w.def.Traits[1:] })
			return nil
		},
		"too old": func(w *world, _ string) error {
			return w.d.Write(w.ctx, w.org, func(tx *db.Tx) error { return facts.Trim(w.ctx, tx, w.org, 5) })
		},
		"of a database that was younger": func(w *world, _ string) error {
			return w.d.Write(w.ctx, w.org, func(tx *db.Tx) error {
				_, err := tx.Exec(w.ctx, "UPDATE segment_state SET n = 1 WHERE org_id = ?", w.org)
				return err
			})
		},
	} {
		t.Run(what, func(t *testing.T) {
			w := newWorld(t, t.Context(), testkit.Open(t, db.SQLite, schema), org, clock.System)
			dir := t.TempDir()
			e := w.engine(live.Options{Dir: dir})
			w.save("seg_a", "stage = silent")
			for seq := range uint32(3) {
				w.put(false, person(seq+1, "silent"))
			}
			w.catchUp(e)
			if err := e.Save(w.ctx, w.org); err != nil {
				t.Fatal(err)
			}
			w.put(false, person(4, "silent"))
			w.put(false, person(2, "new"))
			if err := spoil(w, filepath.Join(dir, org+".index")); err != nil {
				t.Fatal(err)
			}
			again := w.engine(live.Options{Dir: dir})
			if s := status(w, again); s.LoadedFrom != "facts" || s.Persons != 4 {
				t.Errorf("status is %+v", s)
			}
			w.catchUp(again)
			w.check(again)
			if what == "of a database that was younger" {
				return // the first engine will never see change 1 again
			}
			w.catchUp(e) // while it runs, too
			w.check(e)
		})
	}
}

// TestOldFeedIsTrimmed: what is older than a week and saved is deleted.
func TestOldFeedIsTrimmed(t *testing.T) {
	on(t, func(t *testing.T, w *world, c *testkit.Clock) {
		e := w.engine(live.Options{Dir: t.TempDir()})
		left := func() (n int) {
			w.write(func(tx *db.Tx) error {
				return tx.QueryRow(w.ctx, "SELECT count(*) FROM segment_feed WHERE org_id = ?", w.org).Scan(&n)
			})
			return n
		}
		keep := func() {
			w.catchUp(e)
			if err := e.Save(w.ctx, w.org); err != nil {
				t.Fatal(err)
			}
		}
		for seq := range uint32(4) {
			w.put(false, person(seq+1, "silent"))
			c.Advance(3 * 24 * time.Hour)
		}
		keep()
		if n := left(); n != 2 { // of 6 and 3 days ago
			t.Errorf("%d are left, want 2", n)
		}
		c.Advance(30 * 24 * time.Hour)
		w.put(false, person(1, "new"))
		keep()
		if n := left(); n != 1 {
			t.Errorf("%d are left, want 1", n)
		}
		w.put(false, person(2, "new"))
		w.catchUp(e)
		w.check(e)
	})
}

// failing is a source of two orgs, one of which cannot be read.
type failing struct {
	*world

	bad string
}

func (f failing) OrgIDs(context.Context) ([]string, error) { return []string{f.bad, f.org}, nil }

func (f failing) World(ctx context.Context, tx *db.Tx, orgID string) (live.World, error) {
	if orgID == f.bad {
		return live.World{}, errors.New("its definitions are lost")
	}
	return f.world.World(ctx, tx, orgID)
}

func TestAFailingOrgStopsNobodyElse(t *testing.T) {
	w := newWorld(t, t.Context(), testkit.Open(t, db.SQLite, schema), org, clock.System)
	w.save("seg_a", "stage = silent")
	w.put(false, person(1, "silent"))
	e := live.New(w.d, w.log, failing{w, "org_bad"}, w.now, w.logger, live.Options{})
	running(t, e)
	eventually(t, "nobody enters", func() bool { return len(w.moves()) == 1 })
	if _, err := e.Pool(w.ctx, "org_bad"); err == nil || !strings.Contains(err.Error(), "its definitions are lost") {
		t.Errorf("the failing org says %v", err)
	}
}

// TestSizesOverDays: days without change are as the day before.
func TestSizesOverDays(t *testing.T) {
	on(t, func(t *testing.T, w *world, c *testkit.Clock) {
		e := w.engine(live.Options{})
		today := plan.DayOf(c.Now().In(w.def.Zone))
		day := func() { c.Advance(24 * time.Hour) }
		w.save("seg_a", "stage = silent")
		w.put(false, person(1, "silent"), person(2, "silent"), person(3, "new"))
		w.catchUp(e)
		day()
		day()
		w.put(false, person(2, "new"), person(3, "silent"))
		w.catchUp(e)
		w.put(false, person(2, "silent"))
		w.catchUp(e)
		w.save("seg_b", "stage = lost")
		day()
		w.catchUp(e)
		day()
		w.leave(1)
		w.catchUp(e)
		var got map[string][]live.Size
		ask := func(from, to plan.Day) {
			t.Helper()
			if err := w.d.Read(w.ctx, w.org, func(tx *db.Tx) (err error) {
				got, err = e.Sizes(w.ctx, tx, w.org, []string{"seg_a", "seg_b", "seg_none"}, from, to)
				return err
			}); err != nil {
				t.Fatal(err)
			}
		}
		ask(today-5, today+5)
		want := []live.Size{{today, 2, 2, 0}, {today + 1, 2, 0, 0}, {today + 2, 3, 2, 1}, {today + 3, 3, 0, 0}, {today + 4, 2, 0, 1}, {today + 5, 2, 0, 0}}
		if !equal(got["seg_a"], want) {
			t.Errorf("got %+v, want %+v", got["seg_a"], want)
		}
		if b := got["seg_b"]; len(b) != 3 || b[0] != (live.Size{Day: today + 3}) {
			t.Errorf("of an empty segment: %+v", b)
		}
		ask(today+1, today+2)
		if !equal(got["seg_a"], want[1:3]) || len(got["seg_b"]) != 0 || len(got) != 1 {
			t.Errorf("of a part: %+v", got)
		}
		ask(today+5, today+4)
		if len(got) != 0 {
			t.Errorf("of no days: %+v", got)
		}
	})
}

func equal(a, b []live.Size) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}

// TestReconcileFindsAndHeals: with facts that changed behind everybody's back
// and members that somebody put into the table.
func TestReconcileFindsAndHeals(t *testing.T) {
	on(t, func(t *testing.T, w *world, _ *testkit.Clock) {
		e := w.engine(live.Options{})
		w.save("seg_a", "stage = silent")
		w.save("seg_b", "not segment:seg_a")
		var persons []*plan.Person
		for seq := range uint32(20) {
			persons = append(persons, person(seq+1, "silent"))
		}
		w.put(false, persons...)
		reconcile := func() []live.Drift {
			t.Helper()
			drifts, err := e.Reconcile(w.ctx, w.org)
			if err != nil {
				t.Fatal(err)
			}
			return drifts
		}
		if got := reconcile(); len(got) != 0 {
			t.Fatalf("nothing is wrong: %+v", got)
		}
		if s := status(w, e); s.ReconciledAt == nil || len(s.Drift) != 0 {
			t.Errorf("status is %+v", s)
		}
		w.write(func(tx *db.Tx) error {
			if _, err := tx.Exec(w.ctx, "UPDATE segment_person SET stage = 'new' WHERE org_id = ? AND seq <= 7", w.org); err != nil {
				return err
			}
			members, err := roaring.BitmapOf(1, 2, 3, 4, 5, 6, 7, 8).ToBytes()
			if err != nil {
				return err
			}
			_, err = tx.Exec(w.ctx, "UPDATE segment_member SET members = ? WHERE org_id = ? AND segment_id = 'seg_a'", members, w.org)
			return err
		})
		for seq := range uint32(7) {
			w.persons[seq+1].Stage = "new"
		}
		got := reconcile()
		if len(got) != 2 || got[0].SegmentID != "seg_a" || got[0].Index != 7 || got[0].Record != 19 || len(got[0].IndexExamples) != 5 || got[0].IndexExamples[0] != "per_1" ||
			got[1].SegmentID != "seg_b" || got[1].Index != 7 || got[1].Record != 7 {
			t.Fatalf("got %+v", got)
		}
		if s := status(w, e); len(s.Drift) != 2 || s.Drift[0].Record != 19 || len(s.Drift[0].RecordExamples) != 5 {
			t.Errorf("status is %+v", s)
		}
		for id, want := range w.truth() {
			if is := w.recorded()[id]; !is.Equals(want) || !members(w, e, id).Equals(want) {
				t.Errorf("%s is healed to %v, want %v", id, is, want)
			}
		}
		if got := reconcile(); len(got) != 0 {
			t.Fatalf("after healing: %+v", got)
		}
	})
}

// TestReconcileWhileFactsChange: what is under way is not drift.
func TestReconcileWhileFactsChange(t *testing.T) {
	on(t, func(t *testing.T, w *world, _ *testkit.Clock) {
		e := w.engine(live.Options{})
		w.save("seg_a", "stage = silent")
		running(t, e)
		done := make(chan struct{})
		var wg sync.WaitGroup
		wg.Go(func() {
			for round := range 150 {
				w.put(false, person(uint32(round%10+1), []string{"silent", "new"}[round/10%2]))
			}
			close(done)
		})
		for changing := true; changing; {
			select {
			case <-done:
				changing = false
			default:
			}
			drifts, err := e.Reconcile(w.ctx, w.org)
			if err != nil {
				t.Log(err) // too fast to tell is an answer, too
			}
			if len(drifts) > 0 {
				t.Errorf("drift where there is none: %+v", drifts)
			}
		}
		wg.Wait()
		w.catchUp(e)
		w.check(e)
	})
}

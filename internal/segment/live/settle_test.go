package live_test

import (
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/RoaringBitmap/roaring/v2"

	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/testkit"
	"fishpond/internal/segment/facts"
	"fishpond/internal/segment/live"
	"fishpond/internal/segment/predicate"
	"fishpond/internal/segment/predicate/plan"
	"fishpond/internal/segment/segmentevent"
)

func members(w *world, e *live.Engine, id string) *roaring.Bitmap {
	w.Helper()
	got, err := e.Members(w.ctx, w.org, id)
	if err != nil {
		w.Fatal(err)
	}
	return got
}

func status(w *world, e *live.Engine) live.Status {
	w.Helper()
	s, err := e.Status(w.ctx, w.org)
	if err != nil {
		w.Fatal(err)
	}
	return s
}

// TestAnEditFlipsAtOnce: who asks after a save gets the new version, before
// anything is recorded by it.
func TestAnEditFlipsAtOnce(t *testing.T) {
	on(t, func(t *testing.T, w *world, _ *testkit.Clock) {
		e := w.engine(live.Options{})
		w.put(false, person(1, "silent"), person(2, "new"))
		w.save("seg_a", "stage = silent")
		w.save("seg_b", "not segment:seg_a")
		w.catchUp(e)
		w.save("seg_a", "stage = new")
		e.Wake(w.org)
		if a, b := members(w, e, "seg_a"), members(w, e, "seg_b"); !a.Equals(roaring.BitmapOf(2)) || !b.Equals(roaring.BitmapOf(1)) {
			t.Errorf("after the edit: %v and %v", a, b)
		}
		n := len(w.moves())
		w.catchUp(e)
		w.check(e)
		wantMoves(w, n, "per_2 entered seg_a v2 edited", "per_1 left seg_a v2 edited", "per_1 entered seg_b v1 edited", "per_2 left seg_b v1 edited")
		if s := status(w, e); !s.Settled || s.Segments != 2 || s.Persons != 2 {
			t.Errorf("status is %+v", s)
		}
	})
}

// TestReadIsNotSettled: what has been read, defined or brought by time is not
// settled before those whom it moves are recorded.
func TestReadIsNotSettled(t *testing.T) {
	on(t, func(t *testing.T, w *world, c *testkit.Clock) {
		e := w.engine(live.Options{})
		w.save("seg_a", "stage = silent")
		w.save("seg_b", "did order.paid in 2h")
		w.catchUp(e)
		unsettled := func(why string) {
			t.Helper()
			if s := status(w, e); s.Settled || s.Behind > 0 {
				t.Errorf("%s: status is %+v before anybody was moved", why, s)
			}
			w.catchUp(e)
			if s := status(w, e); !s.Settled {
				t.Errorf("%s: status is %+v in the end", why, s)
			}
		}
		w.put(false, person(1, "silent", func(p *plan.Person) {
			p.Events = []plan.Event{{Kind: "order.paid", At: c.Now().UnixMicro()}}
		}))
		if err := e.Follow(w.ctx, w.org); err != nil {
			t.Fatal(err)
		}
		unsettled("facts")
		w.save("seg_a", "stage = new")
		e.Wake(w.org)
		unsettled("an edit")
		c.Advance(3 * time.Hour)
		unsettled("time")
	})
}

// TestTimeAloneMovesPeople: windows slide and birthdays come without an event,
// at midnight of the org's zone, also where the clocks are put back.
func TestTimeAloneMovesPeople(t *testing.T) {
	on(t, func(t *testing.T, w *world, c *testkit.Clock) {
		zone, err := time.LoadLocation("America/New_York")
		if err != nil {
			t.Fatal(err)
		}
		w.def.Zone = zone
		at := func(text string) time.Time {
			when, err := time.ParseInLocation(time.DateTime, text, zone)
			if err != nil {
				t.Fatal(err)
			}
			return when
		}
		until := func(text string) { c.Advance(at(text).Sub(c.Now())) }
		until("2026-10-30 12:00:00")
		e := w.engine(live.Options{})
		w.put(false,
			person(1, "new", func(p *plan.Person) {
				p.Events = []plan.Event{{Kind: "order.paid", At: at("2026-10-30 09:00:00").UnixMicro()}}
			}),
			person(2, "new", func(p *plan.Person) { p.Birthday = "1990-11-01" }),
			person(3, "new", func(p *plan.Person) {
				p.Events = []plan.Event{{Kind: "order.paid", At: at("2026-10-30 11:30:00").UnixMicro()}}
			}))
		w.save("seg_window", "did order.paid in 3d")
		w.save("seg_birthday", "birthday today")
		w.save("seg_hours", "did order.paid in 2h")
		w.save("seg_nested", "segment:seg_birthday or segment:seg_window")
		w.catchUp(e)
		w.check(e)
		n := len(w.moves())
		until("2026-10-30 13:31:00") // hours end with the minute
		w.catchUp(e)
		w.check(e)
		n = wantMoves(w, n, "per_3 left seg_hours v1 time")
		until("2026-10-31 23:59:59")
		w.catchUp(e)
		w.check(e)
		n = wantMoves(w, n)
		until("2026-11-01 00:00:00") // a day of 25 hours
		if got := members(w, e, "seg_birthday"); !got.Equals(roaring.BitmapOf(2)) {
			t.Errorf("before it is settled, %v have their birthday", got)
		}
		w.catchUp(e)
		w.check(e)
		n = wantMoves(w, n, "per_2 entered seg_birthday v1 time", "per_2 entered seg_nested v1 time")
		c.Advance(24 * time.Hour) // 23:00 on the same day
		w.catchUp(e)
		w.check(e)
		n = wantMoves(w, n)
		c.Advance(time.Hour)
		w.catchUp(e)
		w.check(e)
		wantMoves(w, n, "per_1 left seg_window v1 time", "per_3 left seg_window v1 time", "per_2 left seg_birthday v1 time",
			"per_1 left seg_nested v1 time", "per_2 left seg_nested v1 time", "per_3 left seg_nested v1 time")
	})
}

// TestNestedSegmentsFollow: who moves in a segment is looked at in those that
// refer to it.
func TestNestedSegmentsFollow(t *testing.T) {
	on(t, func(t *testing.T, w *world, _ *testkit.Clock) {
		e := w.engine(live.Options{})
		w.save("seg_base", "stage = silent and did page.viewed where (url contains sale)")
		w.save("seg_mid", "segment:seg_base and not tag:母婴")
		w.save("seg_top", "not segment:seg_mid")
		saw := func(p *plan.Person) {
			p.Events = []plan.Event{{Kind: "page.viewed", At: w.now().UnixMicro(), Data: map[string]any{"url": "/sale"}}}
		}
		w.put(false, person(1, "silent"), person(2, "silent", saw))
		w.catchUp(e)
		w.check(e)
		n := len(w.moves())
		w.put(false, person(1, "silent", saw))
		w.catchUp(e)
		w.check(e)
		n = wantMoves(w, n, "per_1 entered seg_base v1 changed", "per_1 entered seg_mid v1 changed", "per_1 left seg_top v1 changed")
		w.put(false, person(2, "silent", saw, func(p *plan.Person) { p.Tags = []string{"tag_1"} }))
		w.catchUp(e)
		w.check(e)
		wantMoves(w, n, "per_2 left seg_mid v1 changed", "per_2 entered seg_top v1 changed")
		answer, err := e.Eval(w.ctx, w.org, plan.And{Of: []plan.Node{plan.InSegment{ID: "seg_base"}, plan.Tagged{IDs: []string{"tag_1"}}}})
		if err != nil || !answer.Members.Equals(roaring.BitmapOf(2)) || answer.Fallback {
			t.Errorf("got %+v, %v", answer, err)
		}
		answer, err = e.Eval(w.ctx, w.org, plan.Measure{Kind: "page.viewed", Window: plan.Always, Spans: []plan.Span{{Lo: 1, Hi: plan.Max}},
			Where: []plan.Cond{{Prop: plan.Prop{Path: "url", Type: plan.Text}, Test: plan.Contains, Values: []string{"sale"}}}})
		if err != nil || !answer.Members.Equals(roaring.BitmapOf(1, 2)) || !answer.Fallback {
			t.Errorf("got %+v, %v", answer, err)
		}
	})
}

// TestNobodyMovesWhileFactsAreBuiltAnew: half the facts say nothing about who
// has left, to an engine that runs and to one that starts.
func TestNobodyMovesWhileFactsAreBuiltAnew(t *testing.T) {
	on(t, func(t *testing.T, w *world, _ *testkit.Clock) {
		e := w.engine(live.Options{})
		w.save("seg_a", "stage = silent")
		one, two := person(1, "silent"), person(2, "silent")
		w.put(false, one, two)
		w.catchUp(e)
		w.check(e)
		n := len(w.moves())
		w.write(func(tx *db.Tx) error {
			return facts.New(nil, nil, w.log, w.now, func(string) {}).Subscriber().Reset(w.ctx, tx, w.org)
		})
		w.catchUp(e)
		w.put(true, one)
		for _, engine := range []*live.Engine{e, w.engine(live.Options{})} {
			w.catchUp(engine)
			wantMoves(w, n)
		}
		if got := members(w, e, "seg_a"); !got.Equals(roaring.BitmapOf(1, 2)) {
			t.Errorf("meanwhile readers see %v", got)
		}
		w.put(true, two)
		w.write(func(tx *db.Tx) error {
			_, err := tx.Exec(w.ctx, "UPDATE segment_state SET rebuild_xid = 0, rebuild_seq = 0, revision = revision + 1 WHERE org_id = ?", w.org)
			return err
		})
		w.catchUp(e)
		wantMoves(w, n)
		w.check(e)
	})
}

// TestBrokenSegmentsStandStill: what no longer makes sense is said so, keeps
// its record, and stops nobody else.
func TestBrokenSegmentsStandStill(t *testing.T) {
	on(t, func(t *testing.T, w *world, _ *testkit.Clock) {
		e := w.engine(live.Options{})
		w.put(false, person(1, "silent", func(p *plan.Person) { p.Tags = []string{"tag_1"} }))
		w.save("seg_tag", "tag:#tag_1")
		w.save("seg_on", "segment:seg_tag")
		w.save("seg_fine", "stage = silent")
		w.catchUp(e)
		w.check(e)
		n := len(w.moves())
		tags := w.def.Tags
		w.define(func() { w.def.Tags = nil })
		w.put(false, person(1, "new"))
		w.catchUp(e)
		n = wantMoves(w, n, "per_1 left seg_fine v1 changed")
		for _, id := range []string{"seg_tag", "seg_on"} {
			if _, err := e.Members(w.ctx, w.org, id); !errs.Is(err, errs.CodeConflict) {
				t.Errorf("%s: %v", id, err)
			}
		}
		if _, err := e.Members(w.ctx, w.org, "seg_none"); !errs.Is(err, errs.CodeNotFound) {
			t.Errorf("an unknown segment: %v", err)
		}
		if s := status(w, e); len(s.Broken) != 2 || s.Broken[0].Reason == "" {
			t.Errorf("broken are %+v", s.Broken)
		}
		w.define(func() { w.def.Tags = tags })
		w.catchUp(e)
		w.check(e)
		n = wantMoves(w, n, "per_1 left seg_tag v1 changed", "per_1 left seg_on v1 changed")

		circle := func(id, to string) {
			w.saveExpr(id, &predicate.Not{Of: &predicate.Segment{Ref: predicate.Ref{ID: to}}})
		}
		w.define(func() { w.segments[0].Expr = &predicate.Segment{Ref: predicate.Ref{ID: "seg_on"}} }) // nobody is let to save this
		circle("seg_self", "seg_self")
		w.catchUp(e)
		if s := status(w, e); len(s.Broken) != 3 {
			t.Errorf("broken are %+v", s.Broken)
		}
		wantMoves(w, n)
	})
}

// TestTraitsThatComeLater: a trait is found by who has it, whenever it was
// declared, and what was known of one of the same name is forgotten.
func TestTraitsThatComeLater(t *testing.T) {
	on(t, func(t *testing.T, w *world, _ *testkit.Clock) {
		all := slices.Clone(w.def.Traits)
		e := w.engine(live.Options{})
		with := func(p *plan.Person) {
			p.Traits = map[string]any{"score": 2.5, "interests": []string{"滑雪"}, "vip": true, "wedding": "2020-02-02", "skin": "油性"}
		}
		w.put(false, person(1, "new", with), person(2, "new"))
		w.define(func() { w.def.Traits = nil })
		w.save("seg_a", "stage = new")
		w.catchUp(e)
		w.define(func() { w.def.Traits = all })
		w.save("seg_b", "trait:score > 2 and trait:interests has any of (滑雪) and trait:vip = true and trait:wedding = 2020-02-02 and trait:skin = 油性")
		e.Wake(w.org)
		if got := members(w, e, "seg_b"); !got.Equals(roaring.BitmapOf(1)) {
			t.Errorf("at once: %v", got)
		}
		w.catchUp(e)
		w.check(e)
		w.define(func() { w.def.Traits, w.segments = nil, w.segments[:1] })
		w.catchUp(e)
		w.write(func(tx *db.Tx) error {
			_, err := tx.Exec(w.ctx, "DELETE FROM segment_trait WHERE org_id = ?", w.org)
			return err
		})
		w.persons[1].Traits = nil
		w.define(func() { w.def.Traits = all })
		w.save("seg_c", "trait:score is set")
		w.catchUp(e)
		w.check(e)
		if got := members(w, e, "seg_c"); !got.IsEmpty() {
			t.Errorf("of a trait that was deleted, %v is left", got)
		}
	})
}

// TestALargeTurnIsInterrupted: the process ends after the first of several
// transactions, and another goes on.
func TestALargeTurnIsInterrupted(t *testing.T) {
	on(t, func(t *testing.T, w *world, _ *testkit.Clock) {
		var persons []*plan.Person
		for seq := range uint32(2*live.TurnSize + 100) {
			persons = append(persons, person(seq+1, "silent"))
		}
		w.put(false, persons...)
		w.save("seg_a", "stage = silent")
		w.save("seg_b", "segment:seg_a")
		first := w.engine(live.Options{})
		if more, err := first.Step(w.ctx, w.org); err != nil || !more {
			t.Fatal(more, err)
		}
		if n := len(w.moves()); n != live.TurnSize {
			t.Fatalf("%d moves in the first turn", n)
		}
		e := w.engine(live.Options{})
		w.put(false, person(3, "new"), person(2*live.TurnSize, "new"))
		w.catchUp(e)
		w.check(e)
		for _, m := range w.moves() {
			if m.Cause != segmentevent.Created && m.person != personID(3) {
				t.Fatalf("%+v", m)
			}
		}
		w.catchUp(first)
		w.check(first)
	})
}

// TestTwoNodesSettleAtOnce: while facts change, two engines settle the same
// org; who has written what does not matter.
func TestTwoNodesSettleAtOnce(t *testing.T) {
	on(t, func(t *testing.T, w *world, _ *testkit.Clock) {
		w.save("seg_a", "stage = silent")
		w.save("seg_b", "not segment:seg_a and orders > 1")
		var wg sync.WaitGroup
		done := make(chan struct{})
		engines := []*live.Engine{w.engine(live.Options{}), w.engine(live.Options{}), w.engine(live.Options{})}
		failures := make(chan error, len(engines))
		for _, e := range engines {
			wg.Go(func() {
				for {
					if err := e.CatchUp(w.ctx, w.org); err != nil {
						failures <- err
						return
					}
					select {
					case <-done:
						return
					default:
					}
				}
			})
		}
		stages := []string{"silent", "new", "repeat"}
		for round := range 60 {
			var persons []*plan.Person
			for seq := range uint32(40) {
				if (int(seq)+round)%3 == 0 {
					persons = append(persons, person(seq*5000+1, stages[(round+int(seq))/3%3], func(p *plan.Person) { p.Orders = int64(round % 4) }))
				}
			}
			w.put(round%7 == 0, persons...)
		}
		close(done)
		wg.Wait()
		select {
		case err := <-failures:
			t.Fatal(err)
		default:
		}
		for _, e := range engines {
			w.catchUp(e)
			w.check(e)
		}
	})
}

package live_test

import (
	"fmt"
	"testing"

	"fishpond/internal/platform/db"
	"fishpond/internal/platform/testkit"
	"fishpond/internal/segment/live"
	"fishpond/internal/segment/predicate/plan"
	"fishpond/internal/segment/segmentevent"
)

const org = "org_1"

func on(t *testing.T, fn func(t *testing.T, w *world, c *testkit.Clock)) {
	t.Helper()
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		c := testkit.NewClock(t, "2026-11-21T12:00:00Z")
		fn(t, newWorld(t, t.Context(), d, org, c.Now), c)
	})
}

// person is somebody of a stage.
func person(seq uint32, stage string, change ...func(p *plan.Person)) *plan.Person {
	p := &plan.Person{Seq: seq, Stage: stage}
	for _, fn := range change {
		fn(p)
	}
	return p
}

func wantMoves(w *world, from int, want ...string) int {
	w.Helper()
	moves := w.moves()
	var got []string
	for _, m := range moves[from:] {
		got = append(got, fmt.Sprintf("%s %s %s v%d %s", m.person, m.kind[len("segment."):], m.SegmentID, m.Version, m.Cause))
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		w.Fatalf("got %q, want %q", got, want)
	}
	return len(moves)
}

func TestMembersFollowChanges(t *testing.T) {
	on(t, func(t *testing.T, w *world, _ *testkit.Clock) {
		e := w.engine(live.Options{})
		w.put(false, person(1, "silent"), person(2, "new"), person(70_000, "silent"))
		w.save("seg_a", "stage = silent")
		w.catchUp(e)
		w.check(e)
		n := wantMoves(w, 0, "per_1 entered seg_a v1 "+segmentevent.Created, "per_70000 entered seg_a v1 "+segmentevent.Created)

		w.put(false, person(1, "repeat"), person(2, "silent"))
		w.catchUp(e)
		w.check(e)
		n = wantMoves(w, n, "per_2 entered seg_a v1 changed", "per_1 left seg_a v1 changed")

		w.catchUp(e)
		wantMoves(w, n)

		w.save("seg_a", "stage in (silent, repeat)")
		w.catchUp(e)
		w.check(e)
		n = wantMoves(w, n, "per_1 entered seg_a v2 edited")

		w.put(false, person(2, "new", func(p *plan.Person) { p.Lists = []string{"lst_1"} }))
		w.catchUp(e)
		n = wantMoves(w, n, "per_2 left seg_a v2 changed")
		w.save("seg_a", "stage in (silent, repeat) or list:#lst_1")
		w.catchUp(e)
		n = wantMoves(w, n, "per_2 entered seg_a v3 edited")
		w.put(false, person(2, "new"))
		w.catchUp(e)
		wantMoves(w, n, "per_2 left seg_a v3 list")
	})
}

package live_test

import (
	"fmt"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"pgregory.net/rapid"

	"fishpond/internal/platform/db"
	"fishpond/internal/platform/testkit"
	"fishpond/internal/segment/live"
	"fishpond/internal/segment/predicate"
	"fishpond/internal/segment/predicate/plan"
	"fishpond/internal/segment/predicate/predicatetest"
)

var orgNumber atomic.Int64

// someone lie in several chunks of what is recorded.
var someone = []uint32{1, 2, 3, 4, 65535, 65536, 131073}

// history is what happens to an org at random.
type history struct {
	*rapid.T
	*world

	clock   *testkit.Clock
	dir     string
	engines []*live.Engine
}

// Both halves know how to complain.
func (h *history) Helper()                           { h.T.Helper() }
func (h *history) Fatal(args ...any)                 { h.T.Fatal(args...) }
func (h *history) Fatalf(format string, args ...any) { h.T.Fatalf(format, args...) }

// tree is a predicate that refers at most to the segments that it may.
func (h *history) tree(may ...string) predicate.Expr {
	c := predicatetest.Catalogue()
	return predicatetest.Trees(3).Filter(func(e predicate.Expr) bool {
		compiled, err := predicate.Compile(e, c, h.now())
		return err == nil && !slices.ContainsFunc(compiled.Needs.Segments, func(id string) bool { return !slices.Contains(may, id) })
	}).Draw(h.T, "tree")
}

func (h *history) define() {
	h.saveExpr("seg_2", h.tree())
	h.saveExpr("seg_1", h.tree("seg_2"))
	h.saveExpr("seg_3", h.tree("seg_2", "seg_1"))
}

// someday is a person with an event of each kind that trees ask for, or none.
func (h *history) someday() *plan.Person {
	p := predicatetest.Persons(h.now()).Draw(h.T, "person")
	p.Seq, p.Segments = rapid.SampledFrom(someone).Draw(h.T, "seq"), nil
	return &p
}

func (h *history) happen() {
	switch what := rapid.SampledFrom([]string{"put", "put", "put", "whole", "leave", "edit", "time", "settle", "settle", "other", "restart", "save"}).Draw(h.T, "what"); what {
	case "put", "whole":
		var persons []*plan.Person
		for range rapid.IntRange(1, 3).Draw(h.T, "n") {
			p := h.someday()
			if slices.ContainsFunc(persons, func(q *plan.Person) bool { return q.Seq == p.Seq }) {
				continue
			}
			if was := h.persons[p.Seq]; was != nil && what == "put" {
				p.Events = append(slices.Clone(was.Events), p.Events...)
			}
			persons = append(persons, p)
		}
		h.put(what == "whole", persons...)
	case "leave":
		if seqs := h.seqs(); len(seqs) > 0 {
			h.leave(rapid.SampledFrom(seqs).Draw(h.T, "leaves"))
		}
	case "edit":
		h.saveExpr("seg_1", h.tree("seg_2"))
	case "time":
		h.clock.Advance(rapid.SampledFrom([]time.Duration{time.Minute, time.Hour, 12 * time.Hour, 24 * time.Hour, 31 * 24 * time.Hour}).Draw(h.T, "later"))
	case "settle":
		h.catchUp(h.engines[0])
	case "other":
		h.catchUp(h.engines[1])
	case "save":
		h.keep()
	case "restart": // as it was last saved, whatever happened since
		h.engines[0] = h.engine(live.Options{Dir: h.dir})
	}
}

func (h *history) keep() {
	if err := h.engines[0].Save(h.ctx, h.org); err != nil {
		h.Fatal(err)
	}
}

// TestEveryHistory lets things happen to an org that two engines follow by
// turns, one of which is stopped at any time: in the end answers and records
// are what the definitions say, and each change was told once.
func TestEveryHistory(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		root := t.TempDir()
		rapid.Check(t, func(r *rapid.T) {
			c := testkit.NewClock(t, "2026-11-21T12:00:00Z")
			h := &history{T: r, clock: c, dir: root}
			h.world = newWorld(r, t.Context(), d, fmt.Sprintf("org_%d", orgNumber.Add(1)), c.Now)
			h.engines = []*live.Engine{h.engine(live.Options{Dir: h.dir}), h.engine(live.Options{})}
			h.define()
			for range rapid.IntRange(1, 12).Draw(r, "happenings") {
				h.happen()
			}
			for _, e := range h.engines {
				h.catchUp(e)
				h.check(e)
			}
		})
	})
}

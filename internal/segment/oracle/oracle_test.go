package oracle_test

import (
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"fishpond/internal/segment/predicate"
	"fishpond/internal/segment/predicate/plan"
	"fishpond/internal/segment/predicate/predicatetest"
)

// TestEveryoneAgrees asks random plans of random pools: plan.Eval, the index
// (with the oracle for what it cannot tell), SQLite and PostgreSQL must find
// the same people.
func TestEveryoneAgrees(t *testing.T) {
	c := predicatetest.Catalogue()
	moments := []time.Time{predicatetest.Now, time.Date(2028, 2, 28, 16, 0, 0, 0, time.UTC), time.Date(2026, 12, 31, 15, 59, 59, 0, time.UTC)}
	for i, now := range moments {
		t.Run(now.Format(time.RFC3339), func(t *testing.T) {
			trees := predicatetest.Trees(2)
			seg1 := compiled(t, now, c, without(trees, 1000*i))
			seg2 := plan.Or{Of: []plan.Node{plan.InSegment{ID: "seg_1"}, compiled(t, now, c, without(trees, 1000*i+500))}}
			w := newWorld(t, now, people(now, spread(300), 10_000*i), seg1, seg2)
			asked, found := 0, 0
			rapid.Check(t, func(r *rapid.T) {
				among := rapid.SliceOfDistinct(rapid.Uint32Range(1, 310), rapid.ID[uint32]).Draw(r, "among")
				for range plansACase {
					tree := predicatetest.Trees(3).Draw(r, "tree")
					n := compiled(r, now, c, tree)
					if wrong := w.disagreement(t, n, among); wrong != "" {
						r.Fatalf("%s\n%s\n%s", predicate.Format(tree), plan.Key(n), wrong)
					}
					asked++
					if in := w.eval(n).GetCardinality(); in > 0 && in < uint64(len(w.persons)) {
						found++
					}
				}
			})
			if found < asked/3 {
				t.Errorf("only %d of %d plans describe somebody and not everybody", found, asked)
			}
			t.Logf("%d plans, %d of them with some", asked, found)
		})
	}
}

// without is a tree that refers to no segment.
func without(trees *rapid.Generator[predicate.Expr], seed int) predicate.Expr {
	c := predicatetest.Catalogue()
	for ; ; seed++ {
		tree := trees.Example(seed)
		out, err := predicate.Compile(tree, c, predicatetest.Now)
		if err != nil {
			panic(fmt.Sprintf("%s: %v", predicate.Format(tree), err))
		}
		if len(out.Needs.Segments) == 0 {
			return tree
		}
	}
}

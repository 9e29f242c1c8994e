package index_test

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"fishpond/internal/segment/index"
	"fishpond/internal/segment/predicate"
	"fishpond/internal/segment/predicate/plan"
	"fishpond/internal/segment/predicate/predicatetest"
)

// declared are the traits of the org that trees speak of.
func declared() (out []plan.Attr) {
	for _, t := range predicatetest.Definitions().Traits {
		out = append(out, plan.Attr{Name: t.Key, Trait: true, Type: t.Type})
	}
	return out
}

// seqs are spread over pages and chunks.
var seqs = []uint32{1, 2, 3, 63, 64, 255, 256, 257, 1023, 1024, 4097, 65535, 65536, 65537, 131072, 200001}

// world is an index and the same persons as plan.Eval knows them.
type world struct {
	x       *index.Index
	persons map[uint32]*plan.Person
}

// track are the properties that the index keeps: all that it can but one.
func track() (out []index.Property) {
	for _, e := range predicatetest.Definitions().Events {
		for _, p := range e.Properties {
			if p.Type != plan.List && p.Name != "lines" {
				out = append(out, index.Property{Kind: e.Kind, Prop: plan.Prop{Path: cmp.Or(p.Path, p.Name), Type: p.Type}})
			}
		}
	}
	return out
}

func newWorld() *world { return &world{index.New(track()...), map[uint32]*plan.Person{}} }

// disagreement compares the index with plan.Eval on everybody; it is empty if
// they agree.
func (w *world) disagreement(s *index.Snapshot, n plan.Node) string {
	r := s.Eval(n, nil)
	if r.Exact && !r.Sure.Equals(r.Bitmap) || r.Exact != (r.Residual == nil) {
		return fmt.Sprintf("result contradicts itself: %+v", r)
	}
	all := 0
	for seq, p := range w.persons {
		want := plan.Eval(n, p)
		got := r.Bitmap.Contains(seq)
		if got && !r.Exact {
			if r.Sure.Contains(seq) && !want {
				return fmt.Sprintf("%d is surely in, but not so: %+v", seq, p)
			}
			got = plan.Eval(r.Residual, p)
		}
		if got != want {
			return fmt.Sprintf("%d: eval says %t, the index %t (%+v): %+v", seq, want, got, r, p)
		}
		if r.Bitmap.Contains(seq) {
			all++
		}
		switch t := s.Holds(seq, n, nil); {
		case t == index.Yes && !want, t == index.No && want, t == index.Maybe && s.Exact(n):
			return fmt.Sprintf("%d: eval says %t, Holds %d: %+v", seq, want, t, p)
		}
	}
	if all != int(r.Bitmap.GetCardinality()) {
		return fmt.Sprintf("strangers among %v", r.Bitmap)
	}
	return ""
}

// plans makes what trees come to at a moment.
func plans(t *rapid.T, now time.Time, c *predicate.Catalogue) plan.Node {
	tree := predicatetest.Trees(3).Draw(t, "tree")
	compiled, err := predicate.Compile(tree, c, now)
	if err != nil {
		t.Fatalf("%s: %v", predicate.Format(tree), err)
	}
	return compiled.Plan
}

// history applies random batches to a world: persons put, put again and
// removed.
func history(t *rapid.T, now time.Time, w *world, traits []plan.Attr) {
	for range rapid.IntRange(1, 3).Draw(t, "batches") {
		b := index.NewBatch()
		for range rapid.IntRange(0, 8).Draw(t, "changes") {
			seq := rapid.SampledFrom(seqs).Draw(t, "seq")
			if rapid.IntRange(0, 5).Draw(t, "remove") == 0 {
				b.Remove(seq)
				delete(w.persons, seq)
				continue
			}
			p := predicatetest.Persons(now).Draw(t, "person")
			p.Seq = seq
			b.Put(&p, traits)
			w.persons[seq] = &p
		}
		w.x.Apply(b, index.Position{})
	}
}

// TestIndexAgreesWithEval asks random plans of random pools.
func TestIndexAgreesWithEval(t *testing.T) {
	for name, limit := range map[string]int{"numbered": 1000, "hashed": 3, "one by one": 1000} {
		t.Run(name, func(t *testing.T) {
			index.Limits(t, limit)
			if name == "one by one" {
				index.OneByOne(t)
			}
			c, traits := predicatetest.Catalogue(), declared()
			rapid.Check(t, func(t *rapid.T) {
				now := predicatetest.Moments().Draw(t, "now")
				w := newWorld()
				history(t, now, w, traits)
				s := w.x.Snapshot()
				if s.Len() != len(w.persons) {
					t.Fatalf("%d persons, want %d", s.Len(), len(w.persons))
				}
				for range 8 {
					n := plans(t, now, c)
					if wrong := w.disagreement(s, n); wrong != "" {
						t.Fatalf("%s\n%s\n%v", plan.Key(n), wrong, slices.Sorted(maps.Keys(w.persons)))
					}
				}
			})
		})
	}
}

// TestHash: remainders without division are the same, also where the hash is 0.
func TestHash(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := plan.Share(0, 10000, rapid.String().Draw(t, "salt"))
		seq := rapid.OneOf(rapid.Uint32(), rapid.SampledFrom([]uint32{0, 1, 1<<31 - 1, 1 << 31, 1<<32 - 1})).Draw(t, "seq")
		for range 2 {
			want := r.Hash(seq)
			if got := index.Hash(r, seq); got != want {
				t.Fatalf("%d, want %d", got, want)
			}
			r.D = (r.D + (1<<31 - 1) - want) % (1<<31 - 1)
		}
	})
}

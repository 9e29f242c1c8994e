package index_test

import (
	"math/rand/v2"
	"path/filepath"
	"sync"
	"testing"

	"fishpond/internal/segment/index"
	"fishpond/internal/segment/predicate/plan"
)

// TestReadersSeeWholeBatches: while a writer moves persons, who is tagged is
// silent, has an order, and no other, in every version that a reader takes.
func TestReadersSeeWholeBatches(t *testing.T) {
	x := index.New()
	stage := plan.Texts{Attr: text("stage"), Values: []string{"silent"}}
	tagged := plan.Tagged{IDs: []string{"tag_1"}}
	bought := plan.Range{Attr: orders, Spans: atLeast(1)}
	did := plan.Measure{Kind: "order.paid", Window: plan.Always, Spans: atLeast(1)}
	odd := plan.Or{Of: []plan.Node{
		plan.And{Of: []plan.Node{tagged, plan.Not{Of: plan.And{Of: []plan.Node{stage, bought, did}}}}},
		plan.And{Of: []plan.Node{plan.Or{Of: []plan.Node{stage, bought, did}}, plan.Not{Of: tagged}}},
	}}
	done := make(chan struct{})
	var wg sync.WaitGroup
	for range 2 {
		wg.Go(func() {
			for version := uint64(0); ; {
				s := x.Snapshot()
				if r := s.Eval(odd, nil); !r.Bitmap.IsEmpty() || s.Version() < version {
					t.Errorf("version %d after %d: %v", s.Version(), version, r.Bitmap)
				}
				version = s.Version()
				select {
				case <-done:
					return
				default:
				}
			}
		})
	}
	path := filepath.Join(t.TempDir(), "x.index")
	r := rand.New(rand.NewPCG(1, 2))
	for n := range 60 {
		b := index.NewBatch()
		for range 50 {
			seq, on := 1+r.Uint32N(200_000), r.IntN(2) == 0
			b.Tag(seq, "tag_1", on)
			if on {
				b.SetText(seq, text("stage"), "silent")
				b.SetNumber(seq, orders, 2)
				b.Event(seq, "order.paid", int64(n), nil)
			} else {
				b.SetText(seq, text("stage"), "new")
				b.SetNumber(seq, orders, 0)
				b.Forget(seq, "order.paid")
			}
		}
		s := x.Apply(b, index.Position{Seq: int64(n)})
		if n%20 == 0 {
			if err := s.Save(path, "org_1"); err != nil {
				t.Error(err)
			}
		}
	}
	close(done)
	wg.Wait()
}

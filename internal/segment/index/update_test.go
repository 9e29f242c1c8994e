package index_test

import (
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/RoaringBitmap/roaring/v2"
	"pgregory.net/rapid"

	"fishpond/internal/segment/index"
	"fishpond/internal/segment/predicate/plan"
	"fishpond/internal/segment/predicate/predicatetest"
)

// toggle puts s into a set or takes it out.
func toggle(set []string, s string, on bool) []string {
	set = slices.DeleteFunc(slices.Clone(set), func(x string) bool { return x == s })
	if on {
		set = append(set, s)
	}
	return set
}

// alter makes one small random change to a person, in the batch and in the
// person as plan.Eval knows them.
func alter(t *rapid.T, now time.Time, b *index.Batch, p *plan.Person, traits []plan.Attr) {
	other := predicatetest.Persons(now).Draw(t, "other")
	seq, on := p.Seq, rapid.Bool().Draw(t, "on")
	switch rapid.IntRange(0, 11).Draw(t, "what") {
	case 0:
		p.Tags = toggle(p.Tags, "tag_2", on)
		b.Tag(seq, "tag_2", on)
	case 1:
		p.Identities, p.Carriers = toggle(p.Identities, "phone", on), toggle(p.Carriers, "sms", on)
		b.Identity(seq, "phone", on)
		b.Carrier(seq, "sms", on)
	case 2:
		p.Segments, p.Lists = toggle(p.Segments, "seg_1", on), toggle(p.Lists, "lst_2", on)
		b.Segment(seq, "seg_1", on)
		b.List(seq, "lst_2", on)
	case 3:
		state := rapid.SampledFrom([]string{"granted", "withdrawn", "none"}).Draw(t, "state")
		delete(p.Consents, "marketing")
		if state != "none" {
			p.Consents["marketing"] = state == "granted"
		}
		b.Consent(seq, "marketing", state)
	case 4:
		p.Stage, p.Region = other.Stage, other.Region
		b.SetText(seq, plan.Attr{Name: "stage", Type: plan.Text}, p.Stage)
		b.Set(seq, plan.Attr{Name: "region", Type: plan.Text}, p.Region)
	case 5:
		p.Orders, p.GMV = other.Orders, other.GMV
		b.SetNumber(seq, plan.Attr{Name: "orders", Type: plan.Count}, p.Orders)
		b.SetNumber(seq, plan.Attr{Name: "gmv", Type: plan.Money}, p.GMV)
	case 6:
		p.LastOrder, p.Created = other.LastOrder, other.Created
		b.SetNumber(seq, plan.Attr{Name: "last_order", Type: plan.Instant}, p.LastOrder)
		b.Set(seq, plan.Attr{Name: "created", Type: plan.Instant}, p.Created)
	case 7:
		p.Birthday = other.Birthday
		b.Set(seq, plan.Attr{Name: "birthday", Type: plan.Date}, p.Birthday)
	case 8, 9:
		a := rapid.SampledFrom(traits).Draw(t, "trait")
		p.Traits[a.Name] = other.Traits[a.Name]
		b.Set(seq, a, other.Traits[a.Name])
	case 10:
		for _, e := range other.Events {
			p.Events = append(p.Events, e)
			b.Event(seq, e.Kind, e.At, e.Data)
		}
	case 11:
		p.Events = slices.DeleteFunc(p.Events, func(e plan.Event) bool { return e.Kind == "order.paid" })
		b.Forget(seq, "order.paid")
	}
}

// moved is of whom the index says otherwise than before.
func moved(before, after *index.Snapshot, n plan.Node) *roaring.Bitmap {
	a, b := before.Eval(n, nil), after.Eval(n, nil)
	return roaring.Or(roaring.Xor(a.Bitmap, b.Bitmap), roaring.Xor(a.Sure, b.Sure))
}

// TestUpdatesEqualAFreshBuild changes persons bit by bit and compares with an
// index that has known them as they are from the start; versions that readers
// kept must not have changed.
func TestUpdatesEqualAFreshBuild(t *testing.T) {
	c, traits := predicatetest.Catalogue(), declared()
	rapid.Check(t, func(t *rapid.T) {
		now := predicatetest.Moments().Draw(t, "now")
		w := newWorld()
		history(t, now, w, traits)
		kept := w.x.Snapshot()
		was := index.Dump(kept)
		n := plans(t, now, c)
		if pick(t, true, false) { // what is worked out from others
			n = plan.Range{Attr: plan.Attr{Name: "average_order", Type: plan.Money}, Spans: numberSpans(t, 0, 1000, 10000, 20000, 30000)}
		}
		dependents := index.NewDependents(map[string]plan.Needs{"seg_9": plan.NeedsOf(n)})
		for range rapid.IntRange(1, 3).Draw(t, "batches") {
			b := index.NewBatch()
			for range rapid.IntRange(1, 10).Draw(t, "changes") {
				seq := rapid.SampledFrom(seqs).Draw(t, "seq")
				p := w.persons[seq]
				if p != nil && rapid.IntRange(0, 9).Draw(t, "remove") == 0 {
					b.Remove(seq)
					delete(w.persons, seq)
					continue
				}
				if p == nil {
					p = &plan.Person{Seq: seq, Traits: map[string]any{}, Consents: map[string]bool{}}
					w.persons[seq] = p
					b.Add(seq)
				}
				alter(t, now, b, p, traits)
			}
			before := w.x.Snapshot()
			affected := b.Affected(before, dependents)["seg_9"]
			if moved := moved(before, w.x.Apply(b, index.Position{}), n); !moved.IsEmpty() && (affected == nil || moved.AndCardinality(affected) != moved.GetCardinality()) {
				t.Fatalf("%v moved, but only %v should", moved, affected)
			}
		}
		fresh, b := index.New(track()...), index.NewBatch()
		for _, seq := range slices.Sorted(maps.Keys(w.persons)) {
			b.Put(w.persons[seq], traits)
		}
		fresh.Apply(b, index.Position{})
		if got, want := index.Dump(w.x.Snapshot()), index.Dump(fresh.Snapshot()); got != want {
			t.Fatalf("updated:\n%s\nfresh:\n%s", got, want)
		}
		if index.Dump(kept) != was {
			t.Fatal("a snapshot has changed")
		}
		if wrong := w.disagreement(w.x.Snapshot(), n); wrong != "" {
			t.Fatalf("%s\n%s", plan.Key(n), wrong)
		}
	})
}

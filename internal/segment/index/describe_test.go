package index_test

import (
	"maps"
	"slices"
	"testing"

	"github.com/RoaringBitmap/roaring/v2"
	"pgregory.net/rapid"

	"fishpond/internal/segment/index"
	"fishpond/internal/segment/predicate/plan"
	"fishpond/internal/segment/predicate/predicatetest"
)

// TestDescribe says persons anew who keep their events, some of them new, some
// with new events in the same batch, before or after: the index is the same as
// one that was told at once, and only persons who may have moved are affected.
func TestDescribe(t *testing.T) {
	c, traits := predicatetest.Catalogue(), declared()
	rapid.Check(t, func(t *rapid.T) {
		now := predicatetest.Moments().Draw(t, "now")
		w := newWorld()
		history(t, now, w, traits)
		n := plans(t, now, c)
		dependents := index.NewDependents(map[string]plan.Needs{"seg_9": plan.NeedsOf(n)})
		for range rapid.IntRange(1, 3).Draw(t, "batches") {
			before, b := w.x.Snapshot(), index.NewBatch()
			for _, seq := range rapid.SliceOfNDistinct(rapid.SampledFrom(seqs), 1, 5, rapid.ID[uint32]).Draw(t, "seqs") {
				p := predicatetest.Persons(now).Draw(t, "person")
				fresh := p.Events
				p.Seq, p.Events = seq, nil
				if old := w.persons[seq]; old != nil {
					p.Events = slices.Clone(old.Events)
				}
				later := rapid.Bool().Draw(t, "later")
				if later {
					b.Describe(before, &p, traits)
				}
				for _, e := range fresh {
					p.Events = append(p.Events, e)
					b.Event(seq, e.Kind, e.At, e.Data)
				}
				if !later {
					b.Describe(before, &p, traits)
				}
				w.persons[seq] = &p
			}
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
		if wrong := w.disagreement(w.x.Snapshot(), n); wrong != "" {
			t.Fatalf("%s\n%s", plan.Key(n), wrong)
		}
	})
}

// TestDescribeNamesOnlyWhatChanged: whoever is described as they are affects
// no plan, and one new tag affects the plans that ask for it.
func TestDescribeNamesOnlyWhatChanged(t *testing.T) {
	traits := declared()
	p := plan.Person{Seq: 7, Stage: "silent", Region: "山东", Birthday: "1990-05-01", Orders: 2, GMV: 900, Created: 5, Recency: 3,
		Traits: map[string]any{"skin": "油性", "score": 1.5, "vip": false, "interests": []string{"a", "b"}, "wedding": "2020-01-02"},
		Tags:   []string{"tag_1"}, Identities: []string{"phone"}, Consents: map[string]bool{"marketing": true}, Lists: []string{"lst_1"}}
	x, b := index.New(), index.NewBatch()
	b.Put(&p, traits)
	before := x.Apply(b, index.Position{})
	needs := map[string]plan.Needs{
		"tag": {Tags: []string{"tag_2"}}, "consent": {Purposes: []string{"marketing"}},
		"attrs": {Attrs: []plan.Attr{{Name: "stage", Type: plan.Text}, {Name: "average_order", Type: plan.Money}, {Name: "created", Type: plan.Instant}}},
	}
	for _, a := range traits {
		needs["trait "+a.Name] = plan.Needs{Attrs: []plan.Attr{a}}
	}
	for _, test := range []struct {
		what   string
		change func(p *plan.Person)
		want   []string
	}{
		{"nothing", func(*plan.Person) {}, nil},
		{"a tag", func(p *plan.Person) { p.Tags = []string{"tag_1", "tag_2"} }, []string{"tag"}},
		{"consent", func(p *plan.Person) { p.Consents = nil }, []string{"consent"}},
		{"money", func(p *plan.Person) { p.GMV = 5 }, []string{"attrs"}},
		{"traits", func(p *plan.Person) {
			p.Traits = map[string]any{"skin": "油性", "vip": true, "interests": []string{"b", "a"}, "wedding": "2020-01-02"}
		}, []string{"trait score", "trait vip"}},
		{"a list", func(p *plan.Person) {
			p.Traits = map[string]any{"skin": "油性", "score": 1.5, "vip": false, "interests": []string{"a"}, "wedding": "2020-01-02"}
		}, []string{"trait interests"}},
	} {
		q, b := p, index.NewBatch()
		test.change(&q)
		b.Describe(before, &q, traits)
		affected := b.Affected(before, index.NewDependents(needs))
		if got := slices.Sorted(maps.Keys(affected)); !slices.Equal(got, test.want) {
			t.Errorf("%s: affects %q, want %q", test.what, got, test.want)
		}
		for id, who := range affected {
			if !who.Equals(roaring.BitmapOf(7)) {
				t.Errorf("%s: %s affects %v", test.what, id, who)
			}
		}
	}
}

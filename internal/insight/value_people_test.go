package insight

import (
	"cmp"
	"context"
	"math"
	"slices"
	"testing"

	"fishpond/internal/insight/behind"
	"fishpond/internal/platform/access"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/i18n"
	"fishpond/internal/platform/testkit"
)

func TestPeopleByWhatTheyAreWorth(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		ctx := access.With(context.Background(), access.Actor{OrgID: "org_a", ID: "stf_a"}.WithPermissions([]string{"segment.write"}))
		w := newWorld(t, d)
		w.dense = map[string]uint32{}
		if p, err := w.svc.ValuePeople(ctx, w.org, ValuePeopleInput{}, 0, 20); err != nil || p.Refusal == nil || p.Refusal.Code != "not_yet" || len(p.Items) != 0 {
			t.Fatalf("%+v %v", p, err)
		}
		w.tell(buyers(300)...)
		w.catchUp()
		w.must(w.svc.RefitAll(ctx))
		type ranked struct {
			id             string
			alive, life    float64
			whole, missing float64
		}
		var all []ranked
		for id, v := range w.values() {
			r := ranked{id: id, alive: float64(v.alive) / 1e6, life: float64(v.lifetime)}
			r.whole = r.life / r.alive
			r.missing = r.whole - r.life
			all = append(all, r)
		}
		list := func(in ValuePeopleInput) (ids []string) {
			t.Helper()
			for from := int64(0); ; {
				p, err := w.svc.ValuePeople(ctx, w.org, in, from, 7)
				w.must(err)
				for _, v := range p.Items {
					ids = append(ids, v.ID)
					if v.LifetimeMinor == nil || v.IfAliveMinor == nil || v.LastOrderAt == nil || *v.IfAliveMinor < *v.LifetimeMinor {
						t.Fatalf("%+v", v)
					}
				}
				if p.Next == 0 {
					if p.Total != int64(len(ids)) || p.Currency != "CNY" {
						t.Fatalf("%d of %+v", len(ids), p)
					}
					return ids
				}
				from = p.Next
			}
		}
		want := func(keep func(ranked) bool, by func(ranked) float64, n int) (ids []string) {
			of := slices.DeleteFunc(slices.Clone(all), func(r ranked) bool { return !keep(r) })
			slices.SortFunc(of, func(a, b ranked) int { return cmp.Or(cmp.Compare(by(b), by(a)), cmp.Compare(a.id, b.id)) })
			for _, r := range of[:min(n, len(of))] {
				ids = append(ids, r.id)
			}
			return ids
		}
		everybody := func(ranked) bool { return true }
		life := func(r ranked) float64 { return r.life }
		if got, want := list(ValuePeopleInput{}), want(everybody, life, 30); !slices.Equal(got, want) {
			t.Errorf("the top tenth: %v, want %v", got, want)
		}
		fifth := want(everybody, func(r ranked) float64 { return r.whole }, 60)
		risk := want(func(r ranked) bool { return r.alive < 0.7 && slices.Contains(fifth, r.id) }, func(r ranked) float64 { return r.missing }, 300)
		if got := list(ValuePeopleInput{Show: "risk", AliveBelow: 0.7}); len(risk) == 0 || !slices.Equal(got, risk) {
			t.Errorf("about to be lost: %v, want %v", got, risk)
		}
		if got, want := list(ValuePeopleInput{Show: "alive", AliveFrom: 0.9, AliveTo: 1}), want(func(r ranked) bool { return r.alive >= 0.9 }, life, 300); !slices.Equal(got, want) {
			t.Errorf("surely there: %v, want %v", got, want)
		}
		if _, err := w.svc.ValuePeople(ctx, w.org, ValuePeopleInput{Show: "alive", AliveFrom: 0.9, AliveTo: 0.2}, 0, 5); err == nil {
			t.Error("from above to")
		}
		find := func() (behind.Crowd[ValuedPerson], error) {
			return w.svc.ValueBehind(ctx, w.org, ValuePeopleInput{Show: "risk", AliveBelow: 0.7})
		}
		made, err := behind.Segment(ctx, w.desk(), w.org, "Call them", find)
		w.must(err)
		if made.Persons != int64(len(risk)) || len(w.segments) != 1 || len(w.segments[0].seqs) != len(risk) {
			t.Errorf("%+v %+v", made, w.segments)
		}
		for _, id := range risk {
			if !slices.Contains(w.segments[0].seqs, w.dense[id]) {
				t.Errorf("%s is not in the segment", id)
			}
		}
		// A file tells of each what the list does, in its order.
		who, err := find()
		w.must(err)
		var told []string
		w.must(behind.Table(ctx, w.desk(), w.org, who, behind.More[ValuedPerson]{Cells: func(_ i18n.Lang, p ValuedPerson) []any {
			if p.LifetimeMinor == nil || p.LastOrderAt == nil {
				t.Errorf("%+v", p)
			}
			return nil
		}}).Each(func(cells ...any) error {
			told = append(told, cells[0].(string))
			return nil
		}))
		if !slices.Equal(told, risk) {
			t.Errorf("a file of %v, want %v", told, risk)
		}
		// What is told for a year and for three years at a tenth is what was worked out.
		v, err := w.svc.Value(ctx, w.org)
		w.must(err)
		pop := v.Result.Population
		if h := pop.Within(365, 0.1); h.Orders != pop.Ahead[2].Orders || *h.Worth != *pop.Ahead[2].Worth || *h.Present >= *h.Worth {
			t.Errorf("%+v, want %+v", h, pop.Ahead[2])
		}
		if h := pop.Within(1095, 0.1); math.Abs(*h.Present/pop.Lifetime.Total-1) > 0.003 || math.Abs(*h.Mean/pop.Lifetime.Mean-1) > 0.003 {
			t.Errorf("%v in three years, want %v", *h.Present, pop.Lifetime.Total)
		}
	})
}

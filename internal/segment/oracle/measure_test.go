package oracle_test

import (
	"maps"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"fishpond/internal/segment/predicate/plan"
	"fishpond/internal/segment/predicate/predicatetest"
)

func pick[T any](t *rapid.T, from ...T) T { return rapid.SampledFrom(from).Draw(t, "pick") }

// spansOf are up to nine spans with ends among values and beside them.
func spansOf(t *rapid.T, values ...int64) (out []plan.Span) {
	ends := []int64{plan.Min, plan.Max}
	for range pick(t, 2, 4, 18) {
		ends = append(ends, pick(t, values...)+pick[int64](t, 0, 0, 1, -1))
	}
	slices.Sort(ends)
	if !rapid.Bool().Draw(t, "open") {
		ends = ends[1 : len(ends)-1]
	}
	for i := 0; i+1 < len(ends); i += 2 {
		if s := (plan.Span{Lo: ends[i], Hi: ends[i+1]}); len(out) == 0 || s.Lo > out[len(out)-1].Hi {
			out = append(out, s)
		}
	}
	return out
}

var (
	amount = plan.Prop{Path: "amount_minor", Type: plan.Money}
	weight = plan.Prop{Path: "weight", Type: plan.Number}
	lines  = plan.Prop{Path: "lines", Type: plan.Count}
	region = plan.Prop{Path: "region", Type: plan.Text}
	gift   = plan.Prop{Path: "gift", Type: plan.Bool}
	skus   = plan.Prop{Path: "items[].sku", Type: plan.List}
)

func condition(t *rapid.T) plan.Cond {
	texts := []string{pick(t, predicatetest.Texts...)}
	if rapid.Bool().Draw(t, "two") {
		texts = append(texts, pick(t, "nobody says this", "it has a zero \x00", "山"))
	}
	c := pick(t, plan.Cond{Prop: amount, Test: plan.Within, Spans: spansOf(t, 0, 9950, 20000)},
		plan.Cond{Prop: weight, Test: plan.Within, Spans: spansOf(t, 0, 10000, -10000, 5000)},
		plan.Cond{Prop: lines, Test: plan.Within, Spans: spansOf(t, 1, 2)},
		plan.Cond{Prop: region, Test: pick(t, plan.OneOf, plan.Contains, plan.Prefix), Values: texts},
		plan.Cond{Prop: gift, Test: plan.Is, Want: pick(t, true, false)},
		plan.Cond{Prop: skus, Test: plan.OneOf, Values: texts})
	if c.Not = pick(t, true, false); rapid.IntRange(0, 4).Draw(t, "there") == 0 {
		c.Test, c.Values, c.Spans = plan.IsThere, nil, nil
		if rapid.Bool().Draw(t, "any") {
			c.Prop.Type = 0
		}
	}
	return c
}

// measure makes a measure of orders whose window's ends lie at and beside
// orders of persons.
func measure(t *rapid.T, times []int64) plan.Measure {
	n := plan.Measure{Kind: "order.paid", Window: plan.Always}
	if pick(t, true, false) {
		n.Window.From = pick(t, times...) + pick[int64](t, 0, 1, -1)
	}
	if pick(t, true, false) {
		n.Window.To = pick(t, times...) + pick[int64](t, 0, 1, -1)
	}
	if rapid.IntRange(0, 3).Draw(t, "joined") == 0 {
		n.Window.Joined, n.Window.Within = true, pick[int64](t, 0, 1, 86400_000000, 7*86400_000000)
	}
	for range rapid.IntRange(0, 2).Draw(t, "conditions") {
		n.Where = append(n.Where, condition(t))
	}
	n.Of = pick(t, plan.HowMany, plan.HowMany, plan.HowMany, plan.Sum, plan.Least, plan.Greatest, plan.Average, plan.First, plan.Last)
	switch n.Of {
	case plan.HowMany:
		n.Spans = spansOf(t, 0, 1, 2, 3)
	case plan.First, plan.Last:
		n.Spans = spansOf(t, times...)
	default:
		if n.Prop = pick(t, amount, amount, weight, lines); n.Prop == amount {
			n.Spans = spansOf(t, 0, 9950, 9951, 20000, 29950)
		} else {
			n.Spans = spansOf(t, 0, 1, 2, 10000, 22500, -10000)
		}
	}
	return n
}

// TestMeasuresAgree asks for all that can be asked of events, which trees do
// too seldom.
func TestMeasuresAgree(t *testing.T) {
	w := newWorld(t, predicatetest.Now, people(predicatetest.Now, spread(200), 77_000))
	times := []int64{predicatetest.Now.UnixMicro()}
	for _, seq := range slices.Sorted(maps.Keys(w.persons)) {
		for _, e := range w.persons[seq].Events {
			times = append(times, e.At)
		}
	}
	rapid.Check(t, func(r *rapid.T) {
		among := rapid.SliceOfDistinct(rapid.Uint32Range(1, 200), rapid.ID[uint32]).Draw(r, "among")
		for range 5 {
			n := plan.Node(measure(r, times))
			if rapid.Bool().Draw(r, "not") {
				n = plan.Not{Of: n}
			}
			if wrong := w.disagreement(t, n, among); wrong != "" {
				r.Fatalf("%+v\n%s", n, wrong)
			}
		}
	})
}

package index_test

import (
	"maps"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"fishpond/internal/segment/index"
	"fishpond/internal/segment/predicate/plan"
	"fishpond/internal/segment/predicate/predicatetest"
)

func pick[T any](t *rapid.T, from ...T) T { return rapid.SampledFrom(from).Draw(t, "pick") }

// numberSpans are one or two spans with ends among values and beside them.
func numberSpans(t *rapid.T, values ...int64) []plan.Span {
	ends := []int64{plan.Min, plan.Max}
	for range 3 {
		ends = append(ends, pick(t, values...)+pick[int64](t, 0, 0, 1, -1))
	}
	slices.Sort(ends)
	if i := rapid.IntRange(0, 1).Draw(t, "from"); pick(t, true, false) && ends[2] > ends[1]+1 {
		return []plan.Span{{Lo: ends[i], Hi: ends[1]}, {Lo: ends[2], Hi: ends[4]}}
	}
	return []plan.Span{{Lo: ends[1], Hi: ends[rapid.IntRange(1, 4).Draw(t, "to")]}}
}

var (
	amount = plan.Prop{Path: "amount_minor", Type: plan.Money}
	weight = plan.Prop{Path: "weight", Type: plan.Number}
	lines  = plan.Prop{Path: "lines", Type: plan.Count} // not kept
)

func condition(t *rapid.T) plan.Cond {
	texts := func() []string { return slices.Sorted(slices.Values([]string{pick(t, predicatetest.Texts...)})) }
	c := pick(t, plan.Cond{Prop: amount, Test: plan.Within, Spans: numberSpans(t, 0, 9950, 20000)},
		plan.Cond{Prop: weight, Test: plan.Within, Spans: numberSpans(t, 0, 10000, -10000, 5000)},
		plan.Cond{Prop: lines, Test: plan.Within, Spans: numberSpans(t, 1, 2)},
		plan.Cond{Prop: plan.Prop{Path: "region", Type: plan.Text}, Test: pick(t, plan.OneOf, plan.Contains, plan.Prefix), Values: texts()},
		plan.Cond{Prop: plan.Prop{Path: "gift", Type: plan.Bool}, Test: plan.Is, Want: pick(t, true, false)},
		plan.Cond{Prop: plan.Prop{Path: "items[].sku", Type: plan.List}, Test: plan.OneOf, Values: texts()})
	if c.Not = pick(t, true, false); rapid.IntRange(0, 4).Draw(t, "there") == 0 {
		c.Test, c.Values, c.Spans = plan.IsThere, nil, nil
	}
	return c
}

// measure makes a measure of orders whose window's ends lie at and beside
// orders of persons.
func measure(t *rapid.T, persons map[uint32]*plan.Person) plan.Measure {
	times := []int64{predicatetest.Now.UnixMicro()}
	for _, seq := range slices.Sorted(maps.Keys(persons)) {
		for _, e := range persons[seq].Events {
			times = append(times, e.At)
		}
	}
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
		n.Spans = numberSpans(t, 0, 1, 2, 3)
	case plan.First, plan.Last:
		n.Spans = numberSpans(t, times...)
	default:
		if n.Prop = pick(t, amount, amount, weight, lines); n.Prop == amount {
			n.Spans = numberSpans(t, 0, 9950, 9951, 20000, 29950)
		} else {
			n.Spans = numberSpans(t, 0, 1, 2, 10000, 22500, -10000)
		}
	}
	return n
}

// TestMeasuresAgreeWithEval asks for all that can be asked of events, which
// trees do too seldom.
func TestMeasuresAgreeWithEval(t *testing.T) {
	for name, limit := range map[string]int{"numbered": 1000, "lost": 3, "one by one": 1000} {
		t.Run(name, func(t *testing.T) {
			index.Limits(t, limit)
			if name == "one by one" {
				index.OneByOne(t)
			}
			traits, asked, exact := declared(), 0, 0
			rapid.Check(t, func(t *rapid.T) {
				w := newWorld()
				history(t, predicatetest.Now, w, traits)
				s := w.x.Snapshot()
				for range 20 {
					n := measure(t, w.persons)
					if asked++; s.Exact(n) {
						exact++
					}
					if wrong := w.disagreement(s, n); wrong != "" {
						t.Fatalf("%+v\n%s", n, wrong)
					}
					for _, n := range []plan.Node{plan.Not{Of: n}, plan.And{Of: []plan.Node{plan.Tagged{IDs: []string{"tag_1"}}, n}}} {
						if wrong := w.disagreement(s, n); wrong != "" {
							t.Fatalf("%+v\n%s", n, wrong)
						}
					}
				}
			})
			if name == "numbered" && exact < asked/4 || exact == asked {
				t.Errorf("%d of %d measures were exact", exact, asked)
			}
		})
	}
}

package predicate

import (
	"cmp"
	"slices"

	"fishpond/internal/segment/predicate/plan"
)

// tidy sorts spans and joins those that overlap or follow each other.
func tidy(spans []plan.Span, follows func(a, b int64) bool) []plan.Span {
	slices.SortFunc(spans, func(a, b plan.Span) int { return cmp.Compare(a.Lo, b.Lo) })
	out := spans[:0]
	for _, s := range spans {
		if n := len(out); n > 0 && (s.Lo <= out[n-1].Hi || follows(out[n-1].Hi, s.Lo)) {
			out[n-1].Hi = max(out[n-1].Hi, s.Hi)
			continue
		}
		out = append(out, s)
	}
	return out
}

func consecutive(a, b int64) bool { return a != plan.Max && b == a+1 }

// spansOf are the values that meet a comparison with v. The operator is one
// of order or of lists.
func spansOf(is Op, v []plan.Span) []plan.Span {
	var out []plan.Span
	below := func(n int64) {
		if n != plan.Min {
			out = append(out, plan.Span{Lo: plan.Min, Hi: n - 1})
		}
	}
	above := func(n int64) {
		if n != plan.Max {
			out = append(out, plan.Span{Lo: n + 1, Hi: plan.Max})
		}
	}
	switch is {
	case Equal, In:
		out = append(out, v...)
	case NotEqual, NotIn:
		sorted := tidy(slices.Clone(v), consecutive)
		below(sorted[0].Lo)
		for i := 1; i < len(sorted); i++ {
			out = append(out, plan.Span{Lo: sorted[i-1].Hi + 1, Hi: sorted[i].Lo - 1})
		}
		above(sorted[len(sorted)-1].Hi)
	case Less:
		below(v[0].Lo)
	case AtMost:
		out = append(out, plan.Span{Lo: plan.Min, Hi: v[0].Hi})
	case Greater:
		above(v[0].Hi)
	case AtLeast:
		out = append(out, plan.Span{Lo: v[0].Lo, Hi: plan.Max})
	case Between:
		out = append(out, plan.Span{Lo: v[0].Lo, Hi: v[1].Hi})
	}
	return tidy(out, consecutive)
}

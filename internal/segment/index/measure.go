package index

import (
	"slices"

	"github.com/RoaringBitmap/roaring/v2"

	"fishpond/internal/segment/predicate/plan"
)

// none reports whether a measure holds for who has no event in its window.
func none(n plan.Measure) bool {
	return (n.Of == plan.HowMany || n.Of == plan.Sum) && in(0, n.Spans)
}

func (e *evaluation) measure(n plan.Measure, within *roaring.Bitmap) bounds {
	if m, ok := e.s.prepare(n); ok {
		return exactly(e.measured(n, m, within))
	}
	some := n
	some.Where, some.Of, some.Prop, some.Spans = nil, plan.HowMany, plan.Prop{}, []plan.Span{{Lo: 1, Hi: plan.Max}}
	if none(n) {
		// Who has no event in the window is in; anybody else may be.
		return bounds{e.without(within, e.timed(some, within)), within}
	}
	return bounds{nobody, e.timed(e.s.outer(n, some), within)}
}

// outer is the least that times say of whom a measure holds for that they do
// not decide. some asks for any event in the window.
func (s *Snapshot) outer(n, some plan.Measure) plan.Measure {
	switch n.Of {
	case plan.HowMany: // not more events meet conditions than there are
		for _, span := range n.Spans {
			if span.Hi >= 1 {
				some.Spans[0].Lo = max(1, span.Lo)
				return some
			}
		}
		some.Spans = []plan.Span{{Lo: plan.Min, Hi: plan.Min}}
	case plan.First, plan.Last: // one event is within the spans
		lo, hi := n.Spans[0].Lo, n.Spans[len(n.Spans)-1].Hi
		some.Window.From = max(some.Window.From, lo)
		if hi != plan.Max {
			some.Window.To = min(some.Window.To, hi+1)
		}
	}
	return some
}

// timed answers a measure that times decide.
func (e *evaluation) timed(n plan.Measure, within *roaring.Bitmap) *roaring.Bitmap {
	m, _ := e.s.prepare(n)
	return e.measured(n, m, within)
}

// measured answers a measure that the index decides.
func (e *evaluation) measured(n plan.Measure, m *measured, within *roaring.Bitmap) *roaring.Bitmap {
	happened := e.s.kinds[n.Kind]
	without := none(n)
	if without { // look for the others: most persons have no page to look at
		from := int64(plan.Min)
		if n.Of == plan.HowMany {
			from = 0
		}
		m.spans = gaps(n.Spans, from)
	}
	if happened == nil || len(m.spans) == 0 {
		if without {
			return within
		}
		return nobody
	}
	var found *roaring.Bitmap
	if e.few(within) {
		found = oneByOne(within, func(seq uint32) bool { return happened.holdsFor(m, seq) })
	} else {
		out := e.words()
		happened.scan(m, e.dense(within), out)
		found = roaring.FromDense(out, false)
	}
	if without {
		return e.without(within, found)
	}
	return found
}

// prepare works a measure out, and reports whether the index decides it.
func (s *Snapshot) prepare(n plan.Measure) (*measured, bool) {
	m := &measured{window: n.Window, of: n.Of, spans: n.Spans, joined: s.column(createdAttr), value: -1}
	happened := s.kinds[n.Kind]
	if happened == nil {
		return m, true // nobody has any
	}
	for _, c := range n.Where {
		c, ok := happened.cond(c)
		if !ok {
			return nil, false
		}
		m.conds = append(m.conds, c)
	}
	switch n.Of {
	case plan.HowMany: // no count is negative
		m.spans = slices.DeleteFunc(slices.Clone(n.Spans), func(s plan.Span) bool { return s.Hi < 0 })
	case plan.Sum, plan.Least, plan.Greatest, plan.Average:
		m.value = happened.tracked(n.Prop)
		return m, m.value >= 0
	}
	return m, true
}

// gaps are the numbers from next on that are not in spans.
func gaps(spans []plan.Span, next int64) (out []plan.Span) {
	for _, s := range spans {
		if s.Lo > next {
			out = append(out, plan.Span{Lo: next, Hi: s.Lo - 1})
		}
		if s.Hi == plan.Max {
			return out
		}
		next = max(next, s.Hi+1)
	}
	return append(out, plan.Span{Lo: next, Hi: plan.Max})
}

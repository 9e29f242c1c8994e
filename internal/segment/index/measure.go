package index

import (
	"github.com/RoaringBitmap/roaring/v2"

	"fishpond/internal/segment/predicate/plan"
)

// timesDecide reports whether the times of events alone decide a measure.
func timesDecide(n plan.Measure) bool {
	return len(n.Where) == 0 && (n.Of == plan.HowMany || n.Of == plan.First || n.Of == plan.Last)
}

// none reports whether a measure holds for who has no event in its window.
func none(n plan.Measure) bool {
	return (n.Of == plan.HowMany || n.Of == plan.Sum) && in(0, n.Spans)
}

func (e *evaluation) measure(n plan.Measure, within *roaring.Bitmap) bounds {
	if timesDecide(n) {
		return exactly(e.measured(n, within))
	}
	some := n
	some.Where, some.Of, some.Prop, some.Spans = nil, plan.HowMany, plan.Prop{}, []plan.Span{{Lo: 1, Hi: plan.Max}}
	if none(n) {
		// Who has no event in the window is in; anybody else may be.
		return bounds{e.without(within, e.measured(some, within)), within}
	}
	return bounds{nobody, e.measured(e.s.outer(n, some), within)}
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

// measured answers a measure that times decide.
func (e *evaluation) measured(n plan.Measure, within *roaring.Bitmap) *roaring.Bitmap {
	happened := e.s.kinds[n.Kind]
	without := none(n)
	if happened == nil {
		if without {
			return within
		}
		return nobody
	}
	m := e.s.prepare(n)
	if without { // look for the others: most persons have no page to look at
		m.spans = gaps(n.Spans)
	}
	if len(m.spans) == 0 {
		if without {
			return within
		}
		return nobody
	}
	out := e.words()
	happened.scan(m, e.dense(within), out)
	found := roaring.FromDense(out, false)
	if without {
		return e.without(within, found)
	}
	return found
}

func (s *Snapshot) prepare(n plan.Measure) *measured {
	return &measured{n.Window, n.Of, n.Spans, s.column(createdAttr)}
}

// gaps are the counts from 0 on that are not in spans.
func gaps(spans []plan.Span) (out []plan.Span) {
	next := int64(0)
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

package oracle

import "fishpond/internal/segment/predicate/plan"

// measure is whether somebody's events measure up.
//
// Looked up person by person, an aggregate without GROUP BY has a row also for
// who has no such event. As a set, only who has events is in it: where none
// would measure up too, it is the set of those who do not that is found.
func (b *builder) measure(n plan.Measure) {
	spans, negated := n.Spans, false
	if n.Of == plan.HowMany || n.Of == plan.Sum {
		if n.Of == plan.HowMany {
			spans = clip(spans)
		}
		if holds(spans, 0) {
			spans, negated = gaps(spans), true
			if n.Of == plan.HowMany {
				spans = clip(spans)
			}
		}
	}
	if len(spans) == 0 {
		if negated {
			b.put("TRUE")
		} else {
			b.put("FALSE")
		}
		return
	}
	if negated {
		b.put("NOT ")
	}
	if n.Of == plan.HowMany && len(spans) == 1 && spans[0] == (plan.Span{Lo: 1, Hi: plan.Max}) {
		end := b.sub(b.eventsFrom(n), "e.seq")
		b.org("e.org_id")
		b.events(n)
		end()
		return
	}
	b.tests++
	switch {
	case b.lookup:
		b.put("EXISTS (SELECT 1 FROM (SELECT ")
		b.aggregate(n)
		b.put(" AS v FROM segment_event e WHERE e.seq = p.seq AND ")
		b.org("e.org_id")
		b.events(n)
		b.put(") g WHERE ")
		b.spans(func() { b.put("g.v") }, spans)
		b.put(")")
		return
	case b.pg:
		fence := b.tests > manyTests
		if fence {
			b.put("(")
		}
		b.put("EXISTS (SELECT 1 FROM (")
		b.grouped(n)
		b.put(") g WHERE g.seq = p.seq AND ")
		b.spans(func() { b.put("g.v") }, spans)
		b.put(")")
		if fence {
			b.put(" IS TRUE)")
		}
	default:
		b.put("p.seq IN (SELECT g.seq FROM (")
		b.grouped(n)
		b.put(") g WHERE ")
		b.spans(func() { b.put("g.v") }, spans)
		b.put(")")
	}
}

// clip keeps what is above none. (Counts are never below.)
func clip(spans []plan.Span) (out []plan.Span) {
	for _, s := range spans {
		if s.Hi >= 0 {
			out = append(out, plan.Span{Lo: max(s.Lo, 0), Hi: s.Hi})
		}
	}
	return out
}

func holds(spans []plan.Span, v int64) bool {
	for _, s := range spans {
		if v >= s.Lo && v <= s.Hi {
			return true
		}
	}
	return false
}

// grouped is what each person's events come to.
func (b *builder) grouped(n plan.Measure) {
	b.put("SELECT e.seq AS seq, ")
	b.aggregate(n)
	b.put(" AS v FROM " + b.eventsFrom(n) + " WHERE ")
	b.org("e.org_id")
	b.events(n)
	b.put(" GROUP BY e.seq")
}

// eventsFrom: as a set, events must be joined with their persons to know when
// those joined.
func (b *builder) eventsFrom(n plan.Measure) string {
	if n.Window.Joined && !b.lookup {
		return "segment_event e JOIN segment_person j ON j.org_id = e.org_id AND j.seq = e.seq"
	}
	return "segment_event e"
}

// events are the conditions on an org's events: kind, window and properties.
func (b *builder) events(n plan.Measure) {
	b.put(" AND e.kind = ")
	if !storable(n.Kind) {
		b.put("NULL")
	} else {
		b.text(n.Kind)
	}
	w := n.Window
	if w.From != plan.Min {
		b.put(" AND e.at >= ")
		b.int(w.From)
	}
	if w.To != plan.Max {
		b.put(" AND e.at < ")
		b.int(w.To)
	}
	if w.Joined {
		joined := "j.created_at"
		if b.lookup {
			joined = "p.created_at"
		}
		b.put(" AND " + joined + " <> 0 AND e.at >= " + joined)
		if w.Within != 0 {
			b.put(" AND e.at - " + joined + " < ")
			b.int(w.Within)
		}
	}
	for _, c := range n.Where {
		b.put(" AND ")
		b.condition(c)
	}
}

// aggregate writes what is measured; NULL is unset.
func (b *builder) aggregate(n plan.Measure) {
	value := func() { b.number(n.Prop, plan.Max) }
	summand := func() { b.number(n.Prop, plan.MaxSummand) }
	call := func(function string, of func()) {
		b.put(function + "(")
		of()
		b.put(")")
	}
	switch n.Of {
	case plan.HowMany:
		b.put("count(*)")
	case plan.Sum:
		b.put("COALESCE(")
		call("sum", summand)
		b.put(", 0)")
	case plan.Least:
		call("min", value)
	case plan.Greatest:
		call("max", value)
	case plan.Average:
		// Cut towards zero: SQLite divides integers so; PostgreSQL sums to numeric.
		if b.pg {
			b.put("div(")
			call("sum", summand)
			b.put(", NULLIF(")
			call("count", summand)
			b.put(", 0))")
			return
		}
		b.put("(")
		call("sum", summand)
		b.put(" / ")
		call("count", summand)
		b.put(")")
	case plan.First:
		b.put("min(e.at)")
	default:
		b.put("max(e.at)")
	}
}

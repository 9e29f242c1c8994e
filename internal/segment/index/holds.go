package index

import (
	"fmt"
	"slices"
	"strings"

	"fishpond/internal/segment/predicate/plan"
)

// Truth is what the index knows of one person and a plan.
type Truth int8

// Maybe means that only the facts themselves, outside of the index, can tell.
const (
	No Truth = iota
	Maybe
	Yes
)

func truth(b bool) Truth {
	if b {
		return Yes
	}
	return No
}

// Holds says whether a plan describes one person. Segments are looked up as in
// Eval. Nobody is described who is not in the pool.
func (s *Snapshot) Holds(seq uint32, n plan.Node, segments Segments) Truth {
	if segments == nil {
		segments = s.Segment
	}
	if !s.pool.has(seq) {
		return No
	}
	return s.holds(seq, n, segments)
}

func (s *Snapshot) holds(seq uint32, n plan.Node, segments Segments) Truth {
	switch n := n.(type) {
	case plan.All:
		return Yes
	case plan.None:
		return No
	case plan.And:
		least := Yes
		for _, m := range n.Of {
			if least = min(least, s.holds(seq, m, segments)); least == No {
				break
			}
		}
		return least
	case plan.Or:
		most := No
		for _, m := range n.Of {
			if most = max(most, s.holds(seq, m, segments)); most == Yes {
				break
			}
		}
		return most
	case plan.Not:
		return Yes - s.holds(seq, n.Of, segments)
	case plan.Random:
		h := hash(&n, seq)
		return truth(h >= n.Lo && h < n.Hi)
	case plan.Range:
		v, ok := s.column(n.Attr).get(seq)
		return truth(ok && in(v, n.Spans))
	case plan.Days:
		v, ok := s.column(n.Attr).get(seq)
		return truth(ok && in(plan.Day(v).OfYear(), n.Spans))
	case plan.Texts:
		return s.texts[n.Attr].holds(seq, func(is string) bool { return slices.Contains(n.Values, is) }, n.Values)
	case plan.Match:
		return s.texts[n.Attr].holds(seq, func(is string) bool {
			return n.Prefix && strings.HasPrefix(is, n.Text) || !n.Prefix && strings.Contains(is, n.Text)
		}, nil)
	case plan.IsSet:
		return truth(s.has(seq, n.Attr))
	case plan.Consent:
		if n.State != "granted" && n.State != "withdrawn" {
			return truth(!s.marks[mark{what: granted, id: n.Purpose}].has(seq) && !s.marks[mark{what: withdrawn, id: n.Purpose}].has(seq))
		}
	case plan.Measure:
		return s.measureHolds(seq, n)
	}
	return s.marked(seq, n, segments)
}

// marked is for plans that bitmaps answer.
func (s *Snapshot) marked(seq uint32, n plan.Node, segments Segments) Truth {
	bitmaps, exact := s.bitmaps(n, segments)
	for _, b := range bitmaps {
		if b.Contains(seq) {
			if exact {
				return Yes
			}
			return Maybe
		}
	}
	switch n.(type) {
	case plan.Tagged, plan.Identity, plan.Reachable, plan.Consent, plan.InSegment, plan.InList, plan.Flag, plan.Has:
		return No
	}
	panic(fmt.Sprintf("index: unknown node %T", n))
}

// holds tests a text. values, unless nil, are the only ones that pass.
func (t *texts) holds(seq uint32, pass func(string) bool, values []string) Truth {
	if t == nil {
		return No
	}
	v, ok := t.col.get(seq)
	switch {
	case !ok:
		return No
	case !t.hashed:
		return truth(pass(t.dict.all()[v]))
	case values == nil || slices.ContainsFunc(values, func(s string) bool { return hash16(s) == v }):
		return Maybe
	}
	return No
}

func (s *Snapshot) has(seq uint32, a plan.Attr) bool {
	switch a.Type {
	case plan.Bool:
		return s.marks[mark{what: yes, attr: a}].has(seq) || s.marks[mark{what: no, attr: a}].has(seq)
	case plan.List:
		l := s.lists[a]
		return l != nil && l.some.has(seq)
	case plan.Text:
		t := s.texts[a]
		if t == nil {
			return false
		}
		_, ok := t.col.get(seq)
		return ok
	}
	_, ok := s.column(a).get(seq)
	return ok
}

var noEvents = newEvents(nil)

func (s *Snapshot) measureHolds(seq uint32, n plan.Measure) Truth {
	happened := or(s.kinds[n.Kind], func() *events { return noEvents })
	if m, ok := s.prepare(n); ok {
		return truth(happened.holdsFor(m, seq))
	}
	some := n
	some.Where, some.Of, some.Prop, some.Spans = nil, plan.HowMany, plan.Prop{}, []plan.Span{{Lo: 1, Hi: plan.Max}}
	without := none(n)
	if !without {
		some = s.outer(n, some)
	}
	m, _ := s.prepare(some)
	switch any := happened.holdsFor(m, seq); {
	case any:
		return Maybe
	case without:
		return Yes
	}
	return No
}

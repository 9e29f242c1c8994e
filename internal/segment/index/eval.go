package index

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/RoaringBitmap/roaring/v2"

	"fishpond/internal/segment/predicate/plan"
)

// Result is what the index can say of a plan. The bitmaps may be shared with
// the index: not to be changed.
type Result struct {
	// Bitmap is who may be described: nobody else is.
	Bitmap *roaring.Bitmap
	// Sure is who of them is described for certain. When Exact, it is Bitmap.
	Sure  *roaring.Bitmap
	Exact bool
	// Residual, unless Exact, decides who of Bitmap is described. It is no
	// larger than the plan, and needs to be asked only of those not in Sure.
	Residual plan.Node
}

// Segments gives the members of a segment, or nil if it has none.
type Segments func(id string) *roaring.Bitmap

// Eval finds who a plan describes. Segments it refers to are looked up in
// segments; if that is nil, as marked by [Batch.Segment].
func (s *Snapshot) Eval(n plan.Node, segments Segments) Result {
	if segments == nil {
		segments = s.Segment
	}
	e := evaluation{s, segments}
	b := e.eval(n, s.pool.read())
	r := Result{Bitmap: b.most, Sure: b.least, Exact: b.exact()}
	if !r.Exact && r.Sure.GetCardinality() == r.Bitmap.GetCardinality() {
		r.Sure, r.Exact = r.Bitmap, true
	}
	if !r.Exact {
		r.Residual = residual(n, s)
	}
	return r
}

// evaluation is of one plan. All its methods look only at persons of within
// and answer with some of them.
type evaluation struct {
	s        *Snapshot
	segments Segments
}

// bounds are persons of whom a plan holds, and of whom it may hold; the same
// bitmap when that is known exactly. Neither is changed once made.
type bounds struct{ least, most *roaring.Bitmap }

func exactly(b *roaring.Bitmap) bounds { return bounds{b, b} }

func (b bounds) exact() bool { return b.least == b.most }

func (e *evaluation) eval(n plan.Node, within *roaring.Bitmap) bounds {
	if within.IsEmpty() {
		return exactly(nobody)
	}
	switch n := n.(type) {
	case plan.All:
		return exactly(within)
	case plan.None:
		return exactly(nobody)
	case plan.And:
		return e.and(n.Of, within)
	case plan.Or:
		return e.or(n.Of, within)
	case plan.Not:
		b := e.eval(n.Of, within)
		if b.exact() {
			return exactly(e.without(within, b.most))
		}
		return bounds{roaring.AndNot(within, b.most), roaring.AndNot(within, b.least)}
	case plan.Random:
		return exactly(e.random(n, within))
	case plan.Measure:
		return e.measure(n, within)
	}
	if bitmaps, ok := e.s.bitmaps(n, e.segments); ok {
		if _, outside := n.(plan.InSegment); !outside && within == e.s.pool.read() {
			return exactly(union(bitmaps)) // the index holds nobody else
		}
		return exactly(e.any(bitmaps, within))
	}
	return e.leaf(n, within)
}

// without is within less b.
func (e *evaluation) without(within, b *roaring.Bitmap) *roaring.Bitmap {
	if b.IsEmpty() {
		return within
	}
	return roaring.AndNot(within, b)
}

// any is who of within is in any of the bitmaps.
func (e *evaluation) any(bitmaps []*roaring.Bitmap, within *roaring.Bitmap) *roaring.Bitmap {
	switch len(bitmaps) {
	case 0:
		return nobody
	case 1:
		return roaring.And(bitmaps[0], within)
	}
	return roaring.And(roaring.FastOr(bitmaps...), within)
}

func (e *evaluation) and(of []plan.Node, within *roaring.Bitmap) bounds {
	most, inexact := within, []*roaring.Bitmap(nil)
	for _, n := range e.cheapFirst(of) {
		b := e.eval(n, most)
		if most = b.most; most.IsEmpty() {
			return exactly(nobody)
		}
		if !b.exact() {
			inexact = append(inexact, b.least)
		}
	}
	if len(inexact) == 0 {
		return exactly(most)
	}
	return bounds{roaring.FastAnd(append(inexact, most)...), most}
}

func (e *evaluation) or(of []plan.Node, within *roaring.Bitmap) bounds {
	var sure, maybe []*roaring.Bitmap
	left := within
	for _, n := range e.cheapFirst(of) {
		b := e.eval(n, left) // who is in already needs no other reason
		if left = e.without(left, b.least); left.IsEmpty() {
			return exactly(within)
		}
		sure = append(sure, b.least)
		if !b.exact() {
			maybe = append(maybe, b.most)
		}
	}
	least := union(sure)
	if len(maybe) == 0 {
		return exactly(least)
	}
	return bounds{least, union(append(maybe, least))}
}

func union(of []*roaring.Bitmap) *roaring.Bitmap {
	of = slices.DeleteFunc(of, (*roaring.Bitmap).IsEmpty)
	switch len(of) {
	case 0:
		return nobody
	case 1:
		return of[0]
	}
	return roaring.FastOr(of...)
}

// cheapFirst puts in order what is to be done. Bitmaps come before columns,
// columns before events, so that the costly ones look at few persons.
func (e *evaluation) cheapFirst(of []plan.Node) []plan.Node {
	cost := func(n plan.Node) int {
		if _, ok := e.s.bitmaps(n, e.segments); ok {
			return 1
		}
		return 1 + plan.Cost(n)
	}
	costs := make([]int, len(of))
	order := make([]int, len(of))
	for i, n := range of {
		costs[i], order[i] = cost(n), i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(costs[a], costs[b]) })
	out := make([]plan.Node, len(of))
	for i, k := range order {
		out[i] = of[k]
	}
	return out
}

// bitmaps gives those of which any says that a plan holds, if there are.
func (s *Snapshot) bitmaps(n plan.Node, segments Segments) (out []*roaring.Bitmap, ok bool) {
	add := func(b bitset) {
		if !b.empty() {
			out = append(out, b.read())
		}
	}
	switch n := n.(type) {
	case plan.Tagged:
		for _, id := range n.IDs {
			add(s.marks[mark{what: tag, id: id}])
		}
	case plan.Identity:
		add(s.marks[mark{what: identity, id: n.Kind}])
	case plan.Reachable:
		if n.Carrier != "" {
			add(s.marks[mark{what: carrier, id: n.Carrier}])
			break
		}
		for m, b := range s.marks {
			if m.what == carrier {
				add(b)
			}
		}
	case plan.Consent:
		switch n.State {
		case "granted":
			add(s.marks[mark{what: granted, id: n.Purpose}])
		case "withdrawn":
			add(s.marks[mark{what: withdrawn, id: n.Purpose}])
		default:
			return nil, false
		}
	case plan.InSegment:
		if b := segments(n.ID); b != nil {
			out = append(out, b)
		}
	case plan.InList:
		add(s.marks[mark{what: list, id: n.ID}])
	case plan.Flag:
		what := no
		if n.Want {
			what = yes
		}
		add(s.marks[mark{what: what, attr: n.Attr}])
	case plan.Has:
		l := s.lists[n.Attr]
		if l == nil {
			return nil, true
		}
		return l.any(n.Values), !l.folded
	case plan.Days:
		return s.days(n), true
	case plan.Texts:
		t := s.texts[n.Attr]
		if t == nil {
			return nil, true
		}
		return t.posted(t.numbersOf(n.Values))
	case plan.Match:
		t := s.texts[n.Attr]
		if t == nil {
			return nil, true
		}
		if t.postings == nil {
			return nil, false
		}
		return t.posted(t.matches(n))
	case plan.IsSet:
		return s.isSet(n.Attr)
	default:
		return nil, false
	}
	return out, true
}

func (s *Snapshot) isSet(a plan.Attr) (out []*roaring.Bitmap, ok bool) {
	switch a.Type {
	case plan.Bool:
		return []*roaring.Bitmap{s.marks[mark{what: yes, attr: a}].read(), s.marks[mark{what: no, attr: a}].read()}, true
	case plan.List:
		if l := s.lists[a]; l != nil {
			out = append(out, l.some.read())
		}
		return out, true
	}
	return nil, false
}

func (s *Snapshot) days(n plan.Days) (out []*roaring.Bitmap) {
	if col := s.numbers[n.Attr]; col != nil {
		for day, b := range col.days {
			if in(day, n.Spans) {
				out = append(out, b.read())
			}
		}
	}
	return out
}

// posted gives the bitmaps of numbers, if values have bitmaps.
func (t *texts) posted(ns []int64) (out []*roaring.Bitmap, ok bool) {
	if t.postings == nil {
		return nil, len(ns) == 0
	}
	for _, n := range ns {
		if b, ok := t.postings[n]; ok {
			out = append(out, b.read())
		}
	}
	return out, true
}

// leaf is for what needs a column, or is not exact.
func (e *evaluation) leaf(n plan.Node, within *roaring.Bitmap) bounds {
	switch n := n.(type) {
	case plan.Consent: // none: said neither
		said := []*roaring.Bitmap{e.s.marks[mark{what: granted, id: n.Purpose}].read(), e.s.marks[mark{what: withdrawn, id: n.Purpose}].read()}
		return exactly(e.without(within, roaring.FastOr(said...)))
	case plan.Range:
		return exactly(e.scan(e.s.column(n.Attr), n.Spans, within))
	case plan.IsSet:
		if n.Attr.Type == plan.Text {
			if t := e.s.texts[n.Attr]; t != nil {
				return exactly(e.scan(t.col, nil, within))
			}
			return exactly(nobody)
		}
		return exactly(e.scan(e.s.column(n.Attr), nil, within))
	case plan.Texts:
		t := e.s.texts[n.Attr]
		return t.bounds(e.scan(t.col, spansOf(t.numbersOf(n.Values)), within))
	case plan.Match:
		t := e.s.texts[n.Attr]
		if t.hashed {
			return t.bounds(e.scan(t.col, nil, within))
		}
		if found := t.matches(n); len(found) > 0 {
			return exactly(e.scan(t.col, spansOf(found), within))
		}
		return exactly(nobody)
	case plan.Has: // folded
		return bounds{nobody, e.any(e.s.lists[n.Attr].any(n.Values), within)}
	}
	panic(fmt.Sprintf("index: unknown node %T", n))
}

func (t *texts) bounds(found *roaring.Bitmap) bounds {
	if t.hashed {
		return bounds{nobody, found}
	}
	return exactly(found)
}

// scan is who of within has a value in the spans; nil: any value.
func (e *evaluation) scan(c *column, spans []plan.Span, within *roaring.Bitmap) *roaring.Bitmap {
	if e.few(within) {
		return oneByOne(within, func(seq uint32) bool {
			v, ok := c.get(seq)
			return ok && (len(spans) == 0 || in(v, spans))
		})
	}
	out := e.words()
	c.scan(spans, e.dense(within), out)
	return roaring.FromDense(out, false)
}

// fewPart is which part of the pool is few. A variable, so that tests can make
// everything few.
var fewPart uint64 = 4 * eventPage

// few reports whether to look persons up one by one: what goes over all pages
// takes as long for a hundred persons as for everybody.
func (e *evaluation) few(within *roaring.Bitmap) bool {
	pool := e.s.pool.read()
	return within != pool && within.GetCardinality()*fewPart < pool.GetCardinality()
}

// oneByOne is who of within holds says so of.
func oneByOne(within *roaring.Bitmap, holds func(seq uint32) bool) *roaring.Bitmap {
	var found []uint32
	for i := within.Iterator(); i.HasNext(); {
		if seq := i.Next(); holds(seq) {
			found = append(found, seq)
		}
	}
	return roaring.BitmapOf(found...)
}

// words are bits enough for everybody.
func (e *evaluation) words() []uint64 {
	return make([]uint64, (int(e.s.pool.read().Maximum())>>chunkBits+1)*chunkWords)
}

// dense is a bitmap as words; nil for the whole pool, beyond which there is
// nothing to find.
func (e *evaluation) dense(b *roaring.Bitmap) []uint64 {
	if b == e.s.pool.read() {
		return nil
	}
	out := e.words()
	b.WriteDenseTo(out)
	return out
}

// residual is what remains of a plan for who is within its outer bound.
func residual(n plan.Node, s *Snapshot) plan.Node {
	and, ok := n.(plan.And)
	if !ok {
		return n
	}
	var rest []plan.Node
	for _, m := range and.Of {
		if !s.Exact(m) {
			rest = append(rest, residual(m, s))
		}
	}
	switch len(rest) {
	case 0:
		return plan.All{}
	case 1:
		return rest[0]
	}
	return plan.And{Of: rest}
}

// Exact reports whether Eval of a plan is exact whatever the data.
func (s *Snapshot) Exact(n plan.Node) bool {
	switch n := n.(type) {
	case plan.And:
		return !slices.ContainsFunc(n.Of, func(m plan.Node) bool { return !s.Exact(m) })
	case plan.Or:
		return !slices.ContainsFunc(n.Of, func(m plan.Node) bool { return !s.Exact(m) })
	case plan.Not:
		return s.Exact(n.Of)
	case plan.Measure:
		_, ok := s.prepare(n)
		return ok
	case plan.Texts:
		return s.texts[n.Attr] == nil || !s.texts[n.Attr].hashed
	case plan.Match:
		return s.texts[n.Attr] == nil || !s.texts[n.Attr].hashed
	case plan.Has:
		return s.lists[n.Attr] == nil || !s.lists[n.Attr].folded
	}
	return true
}

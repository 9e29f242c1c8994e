package oracle

import (
	"fmt"

	"fishpond/internal/segment/predicate/plan"
)

// members writes the SELECT of who a plan describes.
func (b *builder) members(n plan.Node) {
	switch {
	case b.o.Among == nil:
		b.put("SELECT p.seq FROM segment_person p WHERE ")
	case b.pg:
		seqs := make([]int64, len(b.o.Among))
		for i, seq := range b.o.Among {
			seqs[i] = int64(seq)
		}
		b.put("SELECT p.seq FROM unnest(")
		b.ints(seqs)
		b.put(") AS among(seq) JOIN segment_person p ON p.seq = among.seq WHERE ")
	default: // CROSS JOIN keeps the order
		b.put("SELECT p.seq FROM among CROSS JOIN segment_person p ON p.seq = among.seq WHERE ")
	}
	b.org("p.org_id")
	b.put(" AND ")
	b.node(n)
}

// node writes a condition on p that is true or false, never NULL.
func (b *builder) node(n plan.Node) {
	switch n := n.(type) {
	case plan.All:
		b.put("TRUE")
	case plan.None:
		b.put("FALSE")
	case plan.And:
		b.join(n.Of, " AND ", "TRUE")
	case plan.Or:
		b.join(n.Of, " OR ", "FALSE")
	case plan.Not:
		b.put("NOT ")
		b.node(n.Of)
	case plan.IsSet:
		b.attr(n.Attr, nil)
	case plan.Texts:
		b.attr(n.Attr, func(value func()) { b.oneOf(value, n.Values) })
	case plan.Has:
		b.attr(n.Attr, func(value func()) { b.oneOf(value, n.Values) })
	case plan.Match:
		b.attr(n.Attr, func(value func()) { b.matches(value, n.Text, n.Prefix) })
	case plan.Range:
		b.attr(n.Attr, func(value func()) { b.spans(value, n.Spans) })
	case plan.Flag:
		want := int64(0)
		if n.Want {
			want = 1
		}
		b.attr(n.Attr, func(value func()) { b.spans(value, []plan.Span{{Lo: want, Hi: want}}) })
	case plan.Days:
		b.days(n)
	case plan.Tagged:
		b.mark("tag", n.IDs)
	case plan.Identity:
		b.mark("identity", []string{n.Kind})
	case plan.Reachable:
		if n.Carrier == "" {
			b.mark("carrier", nil)
		} else {
			b.mark("carrier", []string{n.Carrier})
		}
	case plan.Consent:
		b.consent(n)
	case plan.InList:
		b.mark("list", []string{n.ID})
	case plan.InSegment:
		b.segment(n.ID)
	case plan.Random:
		b.random(n)
	case plan.Measure:
		b.measure(n)
	default:
		panic(fmt.Sprintf("oracle: unknown node %T", n))
	}
}

// join writes operands as a balanced tree of brackets: SQLite takes a thousand
// levels, and counts one for each operand of a chain.
func (b *builder) join(of []plan.Node, operator, neutral string) {
	switch len(of) {
	case 0:
		b.put(neutral)
		return
	case 1:
		b.node(of[0])
		return
	}
	half := len(of) / 2
	b.put("(")
	b.join(of[:half], operator, neutral)
	b.put(operator)
	b.join(of[half:], operator, neutral)
	b.put(")")
}

// manyTests is how many sub-selects PostgreSQL's planner may turn into joins.
// Of the rest each is a test on its own: planning a hundred joins of one column
// takes longer than running them.
const manyTests = 12

// sub opens a sub-select of seqs and gives what closes it. On SQLite, asking
// everybody, it is a set that is found once; otherwise a look-up of p, which
// correlate writes: a condition on column.
func (b *builder) sub(from, column string) (end func()) {
	b.tests++
	if b.asSet() {
		b.put("p.seq IN (SELECT " + column + " FROM " + from + " WHERE ")
		return func() { b.put(")") }
	}
	fence := b.pg && !b.lookup && b.tests > manyTests
	if fence {
		b.put("(")
	}
	b.put("EXISTS (SELECT 1 FROM " + from + " WHERE " + column + " = p.seq AND ")
	return func() {
		switch {
		case fence:
			b.put(") IS TRUE)")
		case b.pg && b.lookup: // looked up, never made a join or a set of
			b.put(" OFFSET 0)")
		default:
			b.put(")")
		}
	}
}

// asSet: SQLite looks a set up once for everybody. PostgreSQL makes a join of a
// look-up by itself, or a hash table where that fits, and falls back to looking
// up where it does not; a set that did not fit would be read for every person.
func (b *builder) asSet() bool { return !b.lookup && !b.pg }

// mark is whether somebody has one of some marks; nil: any.
func (b *builder) mark(what string, ids []string) {
	end := b.sub("segment_mark m", "m.seq")
	b.org("m.org_id")
	b.put(" AND m.what = '" + what + "'")
	if ids != nil {
		b.put(" AND ")
		b.oneOf(func() { b.put("m.id") }, ids)
	}
	end()
}

func (b *builder) consent(n plan.Consent) {
	switch n.State {
	case "granted", "withdrawn":
		b.mark(n.State, []string{n.Purpose})
	default:
		b.put("NOT (")
		b.mark("granted", []string{n.Purpose})
		b.put(" OR ")
		b.mark("withdrawn", []string{n.Purpose})
		b.put(")")
	}
}

// segment is whether somebody is a member of another segment: a table of its
// own, which asks the same candidates.
func (b *builder) segment(id string) {
	if found, ok := b.o.found[id]; ok {
		b.put("p.seq IN (SELECT value FROM json_each(")
		b.text(list(found))
		b.put("))")
		return
	}
	name, known := b.segments[id]
	if !known {
		b.segments[id] = "" // one that comes back to itself has nobody
		if b.o.Segment != nil {
			if n, ok := b.o.Segment(id); ok && b.inline {
				b.node(n)
				delete(b.segments, id)
				return
			} else if ok {
				inner := &builder{statement: b.statement, lookup: b.lookup}
				inner.members(n)
				name = tableName(len(b.tables))
				b.tables = append(b.tables, inner.parts)
				b.segments[id] = name
			}
		}
	}
	if name == "" {
		b.put("FALSE")
		return
	}
	b.tests++
	if b.pg && b.tests > manyTests {
		b.put("((p.seq IN (SELECT seq FROM " + name + ")) IS TRUE)")
		return
	}
	b.put("p.seq IN (SELECT seq FROM " + name + ")")
}

// random computes plan.Random.Hash; no step leaves 64 bits.
func (b *builder) random(n plan.Random) {
	x := func() {
		b.put("((")
		b.int(n.A)
		b.put(" * p.seq + ")
		b.int(n.B)
		b.put(") % 2147483647)")
	}
	square := func() {
		b.put("(")
		x()
		b.put(" * ")
		x()
		b.put(" % 2147483647)")
	}
	hash := func() {
		b.put("((")
		b.int(n.C)
		b.put(" * (")
		square()
		b.put(" * ")
		square()
		b.put(" % 2147483647 * ")
		x()
		b.put(" % 2147483647) + ")
		b.int(n.D)
		b.put(") % 2147483647)")
	}
	if n.Lo >= n.Hi {
		b.put("FALSE")
		return
	}
	b.spans(hash, []plan.Span{{Lo: n.Lo, Hi: n.Hi - 1}})
}

package oracle

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/RoaringBitmap/roaring/v2"

	"fishpond/internal/platform/db"
	"fishpond/internal/segment/predicate/plan"
)

// Options say whom to ask and what else to know.
type Options struct {
	// Among are the candidates, any number of them; nil: everybody. Who is not
	// in the pool is not in the answer.
	Among []uint32
	// ByPerson asks everybody as candidates are asked. It is the better way
	// where attributes leave few to look anything up for. Segments that are
	// referred to are then written in place, unless there are many.
	ByPerson bool
	// Segment gives the plan of a segment that is referred to. One that is not
	// known has no members, and a reference that leads back to the segment it
	// is in describes nobody. Nil: none is known.
	Segment func(id string) (plan.Node, bool)

	found map[string][]uint32 // members of segments that are known already
}

// Select gives the statement whose one column is the seq of everybody in an
// org's pool whom a plan describes, in no order, and its arguments. It is
// written for db.Tx. SQLite writes a segment out for each reference to it, and
// cannot take what comes to more than some dozens; Members can.
func Select(engine db.Engine, orgID string, n plan.Node, o Options) (query string, args []any) {
	s := &statement{pg: engine == db.Postgres, orgID: orgID, o: o, segments: map[string]string{}}
	s.inline = o.ByPerson && references(n, o.Segment, map[string]bool{}) <= manyReferences
	b := &builder{statement: s, lookup: o.Among != nil || o.ByPerson}
	b.members(n)
	return s.render(b.parts)
}

// Members runs Select. On PostgreSQL it plans the statement with settings of its
// own, and leaves those of the transaction as they were.
func Members(ctx context.Context, tx *db.Tx, orgID string, n plan.Node, o Options) (*roaring.Bitmap, error) {
	if o.Among != nil && len(o.Among) == 0 {
		return roaring.New(), nil
	}
	if tx.Engine() == db.Postgres {
		restore, err := plain(ctx, tx, o.Among == nil && !o.ByPerson)
		if err != nil {
			return nil, fmt.Errorf("segment: ask the facts: %w", err)
		}
		defer restore()
	}
	if tx.Engine() == db.SQLite && references(n, o.Segment, map[string]bool{}) > manyReferences {
		o.found = map[string][]uint32{}
		if err := find(ctx, tx, orgID, n, o); err != nil {
			return nil, err
		}
	}
	return ask(ctx, tx, orgID, n, o)
}

func ask(ctx context.Context, tx *db.Tx, orgID string, n plan.Node, o Options) (*roaring.Bitmap, error) {
	out := roaring.New()
	query, args := Select(tx.Engine(), orgID, n, o)
	seqs := make([]uint32, 0, 4096)
	err := tx.Each(ctx, func(rows *sql.Rows) error {
		var seq uint32
		if err := rows.Scan(&seq); err != nil {
			return err
		}
		if seqs = append(seqs, seq); len(seqs) == cap(seqs) {
			out.AddMany(seqs)
			seqs = seqs[:0]
		}
		return nil
	}, query, args...)
	if err != nil {
		return nil, fmt.Errorf("segment: ask the facts: %w", err)
	}
	out.AddMany(seqs)
	return out, nil
}

// manyReferences is how many segments may be written out in one statement.
const manyReferences = 16

// references counts the segments that a plan refers to, each as often as it
// would be written out; it stops counting soon beyond manyReferences.
func references(n plan.Node, segment func(string) (plan.Node, bool), open map[string]bool) (count int) {
	eachSegment(n, func(id string) {
		if count++; count > manyReferences || open[id] || segment == nil {
			return
		}
		if inner, ok := segment(id); ok {
			open[id] = true
			count += references(inner, segment, open)
			delete(open, id)
		}
	})
	return count
}

// find asks for the members of each segment that a plan refers to, the
// innermost first, and puts them into o.found.
func find(ctx context.Context, tx *db.Tx, orgID string, n plan.Node, o Options) (err error) {
	eachSegment(n, func(id string) {
		if _, known := o.found[id]; known || err != nil {
			return
		}
		o.found[id] = nil // a reference back finds nobody
		inner, ok := o.Segment(id)
		if !ok {
			return
		}
		if err = find(ctx, tx, orgID, inner, o); err != nil {
			return
		}
		var members *roaring.Bitmap
		if members, err = ask(ctx, tx, orgID, inner, o); err == nil {
			o.found[id] = members.ToArray()
		}
	})
	return err
}

// eachSegment calls fn for every reference to a segment.
func eachSegment(n plan.Node, fn func(id string)) {
	switch n := n.(type) {
	case plan.And:
		for _, m := range n.Of {
			eachSegment(m, fn)
		}
	case plan.Or:
		for _, m := range n.Of {
			eachSegment(m, fn)
		}
	case plan.Not:
		eachSegment(n.Of, fn)
	case plan.InSegment:
		fn(n.ID)
	}
}

// plain keeps PostgreSQL from two gambles. How many persons a sub-select leaves
// is hard to guess; where it guesses one, it goes through all that there are
// for every person of the pool, which hash and merge joins never do. And
// compiling a statement takes longer than it runs.
func plain(ctx context.Context, tx *db.Tx, everybody bool) (restore func(), err error) {
	const swap = "SELECT current_setting('enable_nestloop'), current_setting('jit'), set_config('enable_nestloop', ?, true), set_config('jit', ?, true)"
	var loops, jit, ignored string
	set := func(l, j string) error {
		return tx.QueryRow(ctx, swap, l, j).Scan(&loops, &jit, &ignored, &ignored)
	}
	loopsNow := "on"
	if everybody {
		loopsNow = "off"
	}
	if err := set(loopsNow, "off"); err != nil {
		return nil, err
	}
	wasLoops, wasJit := loops, jit
	return func() { _ = set(wasLoops, wasJit) }, nil // fails only in a transaction that has failed
}

package live

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/RoaringBitmap/roaring/v2"

	"fishpond/internal/platform/db"
	"fishpond/internal/segment/facts"
	"fishpond/internal/segment/index"
	"fishpond/internal/segment/predicate/plan"
)

const (
	feedRows    = 200    // changes that are read at a time
	loadAtOnce  = 10_000 // persons that are read at a time
	builtAtOnce = 20_000 // persons that a new index takes at a time
)

// news is what has been read to bring the index up to date.
type news struct {
	world          *World // nil: as it was
	last, revision int64  // of facts and definitions when it was read
	rows           []facts.Numbered
	whole          map[uint32]*plan.Person // to be said anew with events; nil: not in the pool
	persons        map[uint32]*plan.Person // to be said anew but for events
	columns        []plan.Attr             // traits to be said anew of everybody
	values         []value
}

// value is somebody's value of a trait.
type value struct {
	seq  uint32
	attr plan.Attr
	v    any
}

// follow brings index and definitions closer to what they should be now, and
// reports whether anything was new. It is [errRebuilding] when it has to wait.
func (o *org) follow(ctx context.Context) (bool, error) {
	v := o.view.Load()
	var got *news
	var moved map[string]*roaring.Bitmap
	err := o.db.Read(ctx, o.id, func(tx *db.Tx) (err error) {
		if waiting, err := facts.Rebuilding(ctx, tx, o.id); err != nil {
			return err
		} else if waiting {
			return errRebuilding
		}
		if got, err = o.read(ctx, tx, v); err != nil {
			return err
		}
		if moved, err = o.record.refresh(ctx, tx, o.id); err != nil {
			return err
		}
		// Nobody can have seen what is not there (any more).
		m := &o.record.mark
		m.n, m.revision = min(m.n, got.last), min(m.revision, got.revision)
		return nil
	})
	o.touch(moved)
	switch {
	case errors.Is(err, facts.ErrGone):
		o.logger.InfoContext(ctx, "changes of the facts are gone, building the segment index anew", "org", o.id)
		return true, o.build(ctx)
	case errors.Is(err, errRebuilding):
		return false, err
	case err != nil:
		return false, wrap("follow", err)
	}
	defs := (*definitions)(nil)
	switch moment := o.moment(); {
	case got.world != nil:
		defs = define(*got.world, moment)
	case !v.defs.stillAt(moment):
		defs = define(v.defs.World, moment)
	}
	if len(got.rows) > 0 || len(got.columns) > 0 {
		o.apply(v, got)
	} else if defs == nil {
		return false, nil
	}
	o.publish(defs)
	return true, nil
}

func (o *org) read(ctx context.Context, tx *db.Tx, v *view) (*news, error) {
	n, revision, err := facts.Position(ctx, tx, o.id)
	if err != nil {
		return nil, err
	}
	got := &news{last: n, revision: revision}
	traits := v.defs.Traits
	if revision != v.defs.Revision {
		w, err := o.world(ctx, tx, revision)
		if err != nil {
			return nil, err
		}
		got.world, traits = &w, w.Traits
		for _, a := range traits {
			if !slices.Contains(v.defs.Traits, a) {
				got.columns = append(got.columns, a)
			}
		}
		if err := got.readColumns(ctx, tx, o.id); err != nil {
			return nil, err
		}
	}
	if n == v.snap.Position().Seq {
		return got, nil
	}
	if got.rows, err = facts.After(ctx, tx, o.id, v.snap.Position().Seq, feedRows); err != nil {
		return nil, err
	}
	whole, persons := map[uint32]bool{}, map[uint32]bool{}
	for _, r := range got.rows {
		for _, seq := range r.Whole {
			whole[seq] = true
		}
		for _, seq := range r.Persons {
			persons[seq] = true
		}
	}
	for seq := range whole {
		delete(persons, seq)
	}
	if got.whole, err = o.load(ctx, tx, whole, traits, true); err != nil {
		return nil, err
	}
	got.persons, err = o.load(ctx, tx, persons, traits, false)
	return got, err
}

// load reads persons; who is not in the pool is nil.
func (o *org) load(ctx context.Context, tx *db.Tx, who map[uint32]bool, traits []plan.Attr, events bool) (map[uint32]*plan.Person, error) {
	seqs := make([]uint32, 0, len(who))
	out := make(map[uint32]*plan.Person, len(who))
	for seq := range who {
		seqs, out[seq] = append(seqs, seq), nil
	}
	slices.Sort(seqs)
	for part := range slices.Chunk(seqs, loadAtOnce) {
		persons, err := facts.Persons(ctx, tx, o.id, part, traits, events)
		if err != nil {
			return nil, err
		}
		for i := range persons {
			out[persons[i].Seq] = &persons[i]
		}
	}
	return out, nil
}

// readColumns reads everybody's values of the traits that are new to the
// index.
func (got *news) readColumns(ctx context.Context, tx *db.Tx, orgID string) error {
	for _, a := range got.columns {
		lists := map[uint32][]string{}
		err := tx.Each(ctx, func(rows *sql.Rows) error {
			var seq uint32
			var text string
			var num int64
			if err := rows.Scan(&seq, &text, &num); err != nil {
				return err
			}
			var v any
			switch a.Type {
			case plan.List:
				lists[seq] = append(lists[seq], text)
				return nil
			case plan.Text:
				v = text
			case plan.Bool:
				v = num == 1
			case plan.Number:
				v = float64(num) / plan.Scale
			case plan.Date:
				v = plan.Day(num).String()
			}
			got.values = append(got.values, value{seq, a, v})
			return nil
		}, "SELECT seq, txt, num FROM segment_trait WHERE org_id = ? AND trait_key = ?", orgID, a.Name)
		if err != nil {
			return fmt.Errorf("trait %s: %w", a.Name, err)
		}
		for seq, elements := range lists {
			got.values = append(got.values, value{seq, a, elements})
		}
	}
	return nil
}

// apply brings news into the index and notes whom they may have moved.
func (o *org) apply(v *view, got *news) {
	b, traits := index.NewBatch(), v.defs.Traits
	if got.world != nil {
		traits = got.world.Traits
	}
	before := o.x.Snapshot()
	for _, a := range got.columns { // what is left of a trait of the same name and type
		for it := before.Eval(plan.IsSet{Attr: a}, nil).Bitmap.Iterator(); it.HasNext(); {
			b.Set(it.Next(), a, nil)
		}
	}
	for _, c := range got.values {
		if before.Everyone().Contains(c.seq) {
			b.Set(c.seq, c.attr, c.v)
		}
	}
	to := before.Position()
	for _, r := range got.rows {
		to.Seq = r.N
		for _, e := range r.Events {
			if _, anew := got.whole[e.Seq]; !anew && o.ahead[e.Seq] < r.N {
				b.Event(e.Seq, e.Kind, e.At, o.data(e))
			}
		}
	}
	for seq, p := range got.persons {
		switch {
		case p != nil:
			b.Describe(before, p, traits)
		case o.ahead[seq] < got.last: // they have left the pool further on in the feed
			b.Remove(seq)
			delete(o.ids, seq)
			o.ahead[seq] = got.last
		}
	}
	for seq, p := range got.whole {
		o.ahead[seq] = got.last
		if p != nil {
			b.Put(p, traits)
		} else {
			b.Remove(seq)
			delete(o.ids, seq)
		}
	}
	for seq, n := range o.ahead {
		if n <= to.Seq {
			delete(o.ahead, seq)
		}
	}
	o.touch(b.Affected(before, v.defs.dependents))
	o.x.Apply(b, to)
}

// data decodes what the index may keep of an event.
func (o *org) data(e facts.Event) map[string]any {
	if !slices.ContainsFunc(o.options.Track, func(p index.Property) bool { return p.Kind == e.Kind }) {
		return nil
	}
	var data map[string]any
	if err := json.Unmarshal(e.Data, &data); err != nil {
		return nil // facts are JSON objects; anything else has no properties
	}
	return data
}

// build makes the index from the facts.
func (o *org) build(ctx context.Context) error {
	x := index.New(o.options.Track...)
	var defs *definitions
	err := o.db.Read(ctx, o.id, func(tx *db.Tx) error {
		n, revision, err := facts.Position(ctx, tx, o.id)
		if err != nil {
			return err
		}
		w, err := o.world(ctx, tx, revision)
		if err != nil {
			return err
		}
		defs = define(w, o.moment())
		b, waiting := index.NewBatch(), 0
		err = facts.Each(ctx, tx, o.id, w.Traits, func(p *plan.Person) error {
			b.Put(p, w.Traits)
			if waiting++; waiting == builtAtOnce {
				x.Apply(b, index.Position{})
				b, waiting = index.NewBatch(), 0
			}
			return ctx.Err()
		})
		x.Apply(b, index.Position{Seq: n})
		return err
	})
	if err != nil {
		return wrap("build", err)
	}
	o.install(x, defs, fromFacts)
	return nil
}

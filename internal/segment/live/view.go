package live

import (
	"context"
	"sync"

	"github.com/RoaringBitmap/roaring/v2"

	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
	"fishpond/internal/segment/index"
	"fishpond/internal/segment/oracle"
	"fishpond/internal/segment/predicate/plan"
)

// view is a version of the index together with what is defined: all that a
// reader needs.
type view struct {
	o    *org
	snap *index.Snapshot
	defs *definitions

	mu    sync.Mutex
	known map[string]*known
}

// mark is what the view knows.
func (v *view) mark() mark {
	return mark{v.snap.Position().Seq, v.defs.Revision, clock.Micros(v.defs.moment)}
}

// known are the members of a segment in a view, once somebody has asked.
type known struct {
	mu      sync.Mutex // held while they are worked out
	members *roaring.Bitmap
}

var errNoSegment = errs.NotFound(i18n.T("人群", "segment"))

// find gives a segment that can be evaluated.
func (v *view) find(id string) (*segment, error) {
	s := v.defs.segments[id]
	if s == nil {
		return nil, errNoSegment
	}
	return s, s.broken
}

// members is everybody in a segment. Whoever asks first works it out.
func (v *view) members(ctx context.Context, id string) (*roaring.Bitmap, error) {
	s, err := v.find(id)
	if err != nil {
		return nil, err
	}
	v.mu.Lock()
	k := v.known[id]
	if k == nil {
		k = &known{}
		v.known[id] = k
	}
	v.mu.Unlock()
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.members == nil {
		members, _, err := v.eval(ctx, s.plan)
		if err != nil {
			return nil, err
		}
		k.members = members
	}
	return k.members, nil
}

// worked tells the members of a segment if somebody has asked for all of them.
func (v *view) worked(id string) *roaring.Bitmap {
	v.mu.Lock()
	k := v.known[id]
	v.mu.Unlock()
	if k == nil || !k.mu.TryLock() {
		return nil
	}
	defer k.mu.Unlock()
	return k.members
}

// eval tells who is in a plan, and whether the index alone could not.
func (v *view) eval(ctx context.Context, n plan.Node) (*roaring.Bitmap, bool, error) {
	refs := map[string]*roaring.Bitmap{}
	for _, id := range plan.NeedsOf(n).Segments {
		members, err := v.members(ctx, id)
		if err != nil {
			return nil, false, err
		}
		refs[id] = members
	}
	lookup := func(id string) *roaring.Bitmap { return refs[id] }
	r := v.snap.Eval(n, lookup)
	if r.Exact {
		return r.Bitmap, false, nil
	}
	found, err := v.ask(ctx, r.Residual, roaring.AndNot(r.Bitmap, r.Sure))
	if err != nil {
		return nil, true, err
	}
	found.Or(r.Sure)
	return found, true, nil
}

// few is up to how many candidates SQL is told whom to look at; beyond, it
// looks at everybody.
const few = 50_000

// ask asks the facts who of some persons is in a plan.
func (v *view) ask(ctx context.Context, n plan.Node, of *roaring.Bitmap) (found *roaring.Bitmap, err error) {
	err = v.o.db.Read(ctx, v.o.id, func(tx *db.Tx) (err error) {
		found, err = v.defs.judge(ctx, tx, v.o.id, n, of)
		return err
	})
	return found, wrap("ask the facts", err)
}

// judge tells by the facts who of some persons is in a plan; nil: of all.
func (d *definitions) judge(ctx context.Context, tx *db.Tx, orgID string, n plan.Node, of *roaring.Bitmap) (*roaring.Bitmap, error) {
	o := oracle.Options{Segment: func(id string) (plan.Node, bool) {
		s := d.segments[id]
		if s == nil || s.broken != nil {
			return nil, false
		}
		return s.plan, true
	}}
	if of != nil && of.GetCardinality() <= few {
		o.Among = of.ToArray()
	}
	found, err := oracle.Members(ctx, tx, orgID, n, o)
	if err == nil && of != nil {
		found.And(of)
	}
	return found, err
}

// among tells who of some persons is in a segment. It costs as much as there
// are persons.
func (v *view) among(ctx context.Context, id string, of *roaring.Bitmap) (*roaring.Bitmap, error) {
	s, err := v.find(id)
	if err != nil {
		return nil, err
	}
	if all := v.worked(id); all != nil {
		return roaring.And(all, of), nil
	}
	if of.GetCardinality() > v.snap.Everyone().GetCardinality()/4 {
		all, err := v.members(ctx, id)
		if err != nil {
			return nil, err
		}
		return roaring.And(all, of), nil
	}
	return v.judge(ctx, s.plan, s.refers, of)
}

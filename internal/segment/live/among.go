package live

import (
	"context"

	"github.com/RoaringBitmap/roaring/v2"

	"fishpond/internal/segment/index"
	"fishpond/internal/segment/predicate/plan"
)

// Among tells exactly who of some persons is described by a plan that was
// compiled a moment ago. It costs as much as there are persons.
func (e *Engine) Among(ctx context.Context, orgID string, n plan.Node, of *roaring.Bitmap) (*roaring.Bitmap, error) {
	v, err := e.org(orgID).current(ctx)
	if err != nil {
		return nil, err
	}
	if of.GetCardinality() > v.snap.Everyone().GetCardinality()/4 {
		all, _, err := v.eval(ctx, n)
		if err != nil {
			return nil, err
		}
		return roaring.And(all, of), nil
	}
	return v.judge(ctx, n, plan.NeedsOf(n).Segments, of)
}

// judge asks the index about each person, and the facts about those of whom it is
// not sure.
func (v *view) judge(ctx context.Context, n plan.Node, refers []string, of *roaring.Bitmap) (*roaring.Bitmap, error) {
	refs := map[string]*roaring.Bitmap{}
	for _, ref := range refers {
		members, err := v.among(ctx, ref, of)
		if err != nil {
			return nil, err
		}
		refs[ref] = members
	}
	lookup := func(id string) *roaring.Bitmap { return refs[id] }
	in, unsure := roaring.New(), roaring.New()
	for it := of.Iterator(); it.HasNext(); {
		seq := it.Next()
		switch v.snap.Holds(seq, n, lookup) {
		case index.Yes:
			in.Add(seq)
		case index.Maybe:
			unsure.Add(seq)
		}
	}
	if unsure.IsEmpty() {
		return in, nil
	}
	found, err := v.ask(ctx, n, unsure)
	if err != nil {
		return nil, err
	}
	in.Or(found)
	return in, nil
}

// Followed is the number of the last change of the facts that answers know of; 0:
// the org is not open yet.
func (e *Engine) Followed(orgID string) int64 {
	if v := e.org(orgID).view.Load(); v != nil {
		return v.snap.Position().Seq
	}
	return 0
}

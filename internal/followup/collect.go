package followup

import (
	"context"
	"maps"
	"slices"

	"github.com/RoaringBitmap/roaring/v2"

	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
)

// set is everybody who may be due by a rule.
type set struct {
	rule    *Rule
	members *roaring.Bitmap
	waiting map[uint32][]Waiting
	changes map[uint32]Change
	entered map[string]int64 // of the chunk, by person
}

// span are the days of the anchor for which the rule counts on the day.
func (h *harvest) span(r *Rule) (from, to Day) {
	to = h.day - Day(r.OffsetDays)
	return to - Day(r.WindowDays) - Day(r.CarryDays), to
}

// collect finds everybody who may be due by a rule.
func (h *harvest) collect(ctx context.Context, r *Rule) (*set, error) {
	st := &set{rule: r}
	if r.Anchor == Promised {
		return st, h.placePromises(ctx, st)
	}
	from, to := h.span(r)
	q := Query{SegmentID: r.SegmentID, Expr: r.expr, Anchor: r.Anchor, Name: r.AnchorName, From: from, To: to}
	switch r.Anchor {
	case Waits:
		if h.Conversations == nil {
			st.members = roaring.New()
			return st, nil
		}
		if err := h.placeWaiting(ctx, st); err != nil {
			return nil, err
		}
	case StageChange:
		if err := h.placeChanges(ctx, st, from, to); err != nil {
			return nil, err
		}
	}
	if st.members != nil && r.SegmentID == "" && r.expr == "" {
		return st, nil // whoever is there
	}
	in, err := h.Audience.Members(ctx, h.orgID, q)
	if err != nil {
		return nil, err
	}
	if st.members != nil {
		in = roaring.And(in, st.members)
	}
	st.members = in
	return st, nil
}

const places = 5000 // persons whose numbers are asked for at a time

// place tells the numbers of persons.
func (h *harvest) place(ctx context.Context, ids []string) (map[string]Place, error) {
	slices.Sort(ids)
	ids = slices.Compact(ids)
	out := make(map[string]Place, len(ids))
	for part := range slices.Chunk(ids, places) {
		err := h.db.Read(ctx, h.orgID, func(tx *db.Tx) error {
			at, err := h.Audience.Places(ctx, tx, h.orgID, part)
			maps.Copy(out, at)
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (h *harvest) placePromises(ctx context.Context, st *set) error {
	st.members = roaring.New()
	at, err := h.place(ctx, slices.Collect(maps.Keys(h.promises)))
	for _, p := range at {
		st.members.Add(p.Seq)
	}
	return err
}

func (h *harvest) placeWaiting(ctx context.Context, st *set) error {
	var all []Waiting
	err := h.db.Read(ctx, h.orgID, func(tx *db.Tx) (err error) {
		all, err = h.Conversations.Waiting(ctx, tx, h.orgID, nil)
		return err
	})
	if err != nil {
		return err
	}
	var ids []string
	for _, w := range all {
		ids = append(ids, w.PersonID)
	}
	at, err := h.place(ctx, ids)
	if err != nil {
		return err
	}
	st.members, st.waiting = roaring.New(), map[uint32][]Waiting{}
	for _, w := range all {
		if p, ok := at[w.PersonID]; ok {
			st.members.Add(p.Seq)
			st.waiting[p.Seq] = append(st.waiting[p.Seq], w)
		}
	}
	return nil
}

func (h *harvest) placeChanges(ctx context.Context, st *set, from, to Day) error {
	var all []Change
	err := h.db.Read(ctx, h.orgID, func(tx *db.Tx) (err error) {
		all, err = h.Lives.Upcoming(ctx, tx, h.orgID, st.rule.AnchorName, clock.Micros(from.Start(h.zone)), clock.Micros((to + 1).Start(h.zone)))
		return err
	})
	if err != nil {
		return err
	}
	ids := make([]string, len(all))
	for i, c := range all {
		ids[i] = c.PersonID
	}
	at, err := h.place(ctx, ids)
	if err != nil {
		return err
	}
	st.members, st.changes = roaring.New(), map[uint32]Change{}
	for _, c := range all {
		if p, ok := at[c.PersonID]; ok {
			st.members.Add(p.Seq)
			st.changes[p.Seq] = c
		}
	}
	return nil
}

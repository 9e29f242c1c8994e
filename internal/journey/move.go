package journey

import (
	"context"
	"slices"

	"fishpond/internal/journey/graph"
	"fishpond/internal/journey/hook"
	"fishpond/internal/journey/walk"
	"fishpond/internal/platform/db"
	"fishpond/internal/pool/poolevent"
	"fishpond/internal/timeline"
)

// move follows a merge or a split.
func (f *following) move(ctx context.Context, e timeline.Event) error {
	var m poolevent.Merge
	if err := e.Decode(&m); err != nil {
		return err
	}
	from, to := m.LoserID, m.WinnerID
	if e.Kind == poolevent.Split {
		from, to = m.WinnerID, m.LoserID
	}
	if err := f.readRuns(ctx, unique([]string{from, to})); err != nil {
		return err
	}
	var stays []*run
	for _, r := range f.runs[from] {
		if e.Kind == poolevent.Split && !slices.Contains(m.Members, r.cameAs) {
			stays = append(stays, r)
			continue
		}
		for _, other := range f.runs[to] {
			if r.status != Active || other.status != Active || r.journey != other.journey || f.apart(r, other) {
				continue
			}
			younger := other
			if r.entered > other.entered || r.entered == other.entered && r.id > other.id {
				younger = r
			}
			if err := f.finish(ctx, younger, Cancelled, WhyMerged); err != nil {
				return err
			}
		}
		r.person = to
		f.changed[r.id] = r
		f.runs[to] = append(f.runs[to], r)
	}
	f.runs[from] = stays
	return f.save(ctx)
}

// apart tells whether two walks of a journey may go on beside each other.
func (f *following) apart(a, b *run) bool {
	ed := f.all[editionKey(a)]
	return ed != nil && ed.Frequency.Kind == graph.ByKey && a.entry != b.entry
}

// Settled notes what became of calls to other systems. Those whose people have
// gone on meanwhile are passed over.
func (s *Service) Settled(ctx context.Context, tx *db.Tx, orgID string, all []hook.Outcome) error {
	of, ids := map[string]hook.Outcome{}, make([]string, len(all))
	for i, o := range all {
		of[hook.Key(o.RunID, o.Visit)], ids[i] = o, o.RunID
	}
	where, arg := tx.In("id", ids)
	runs, err := runsWhere(ctx, tx, orgID, "status = 'active' AND wait = 'webhook' AND "+where+" ORDER BY id"+forUpdate(tx), arg)
	if err != nil {
		return err
	}
	var moved []*run
	for _, r := range runs {
		o, ok := of[hook.Key(r.id, r.Visit)]
		if !ok {
			continue
		}
		f := walk.Fate{Over: true, Outcome: walk.WasDone}
		if !o.OK {
			f.Outcome, f.Why, f.Failed = walk.WasFailed, o.Why, true
		}
		r.Wait, r.Due, r.outcome = walk.Answered, s.micros(), textOf(f)
		moved = append(moved, r)
	}
	if len(moved) == 0 {
		return nil
	}
	tx.OnCommit(s.ring)
	_, err = saveRuns(ctx, tx, orgID, moved)
	return err
}

package segment

import (
	"context"

	"fishpond/internal/platform/access"
	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/ids"
	"fishpond/internal/segment/facts"
)

// How a person can stand to a segment.
const (
	ByInclude = "include" // put in by hand
	ByExclude = "exclude" // left out by hand
	ByRule    = "rule"    // as the predicate says
)

// ByHand puts persons into a segment or leaves them out of it by hand.
type ByHand struct {
	PersonIDs []string `json:"person_ids" minItems:"1" maxItems:"5000" nullable:"false"`
	As        string   `json:"as" enum:"include,exclude,rule" doc:"include: always a member; exclude: never; rule: as the predicate says"`
}

// ByHandChanged says what came of a ByHand.
type ByHandChanged struct {
	Changed int64 `json:"changed" doc:"Persons who stood otherwise before"`
}

// Put says of persons by hand whether they are members. Each of a segment's
// two lists is made when it is first needed: from then on it is a part of what
// the segment means.
func (s *Service) Put(ctx context.Context, id string, in ByHand) (out ByHandChanged, err error) {
	a, _ := access.From(ctx)
	err = s.db.Write(ctx, a.OrgID, func(tx *db.Tx) error {
		if err := facts.Lock(ctx, tx, a.OrgID); err != nil {
			return err
		}
		d, err := defByID(ctx, tx, a.OrgID, id)
		if err != nil {
			return err
		}
		speakers, err := s.people.Speakers(ctx, tx, a.OrgID, in.PersonIDs)
		if err != nil {
			return err
		}
		for _, person := range in.PersonIDs {
			if _, ok := speakers[person]; !ok {
				return errNoPerson
			}
		}
		out = ByHandChanged{}
		for _, l := range []struct {
			id *string
			as string
		}{{&d.include, ByInclude}, {&d.exclude, ByExclude}} {
			if in.As == l.as && *l.id == "" {
				if *l.id, err = s.hiddenList(ctx, tx, a, &d); err != nil {
					return err
				}
			}
			if *l.id == "" {
				continue
			}
			move := s.takeOff
			if in.As == l.as {
				move = s.putOn
			}
			n, _, err := move(ctx, tx, a, *l.id, in.PersonIDs)
			if err != nil {
				return err
			}
			if in.As == ByRule {
				out.Changed += n
			} else {
				out.Changed = max(out.Changed, n) // who goes from one list to the other is one
			}
		}
		if out.Changed == 0 {
			return nil
		}
		return s.save(ctx, tx, a, &d, d.version, "segment.people", map[string]any{"as": in.As, "changed": out.Changed})
	})
	if err == nil && out.Changed > 0 {
		s.patience(ctx, a.OrgID)
	}
	return out, err
}

// hiddenList makes a list that belongs to a segment. The segment means
// something else from then on.
func (s *Service) hiddenList(ctx context.Context, tx *db.Tx, a access.Actor, d *definition) (string, error) {
	now := clock.Micros(s.now())
	l := list{id: ids.New("lst"), segment: d.id, createdAt: now, createdBy: a.ID, updatedAt: now}
	if err := insertList(ctx, tx, a.OrgID, l); err != nil {
		return "", err
	}
	tx.OnCommit(func() { s.live.Wake(a.OrgID) })
	return l.id, facts.Revise(ctx, tx, a.OrgID)
}

// purge removes for good what was deleted before a moment. The caller holds
// the lock of the facts.
func (s *Service) purge(ctx context.Context, tx *db.Tx, orgID string, before int64) error {
	old, err := deletedDefs(ctx, tx, orgID, before)
	if err != nil {
		return err
	}
	for _, d := range old {
		for _, l := range []string{d.include, d.exclude} {
			if l != "" {
				if err := s.dropList(ctx, tx, orgID, l); err != nil {
					return err
				}
			}
		}
		for _, table := range []string{"segment_def WHERE org_id = ? AND id = ?", "segment_version WHERE org_id = ? AND segment_id = ?", "segment_ref WHERE org_id = ? AND segment_id = ?"} {
			if _, err := tx.Exec(ctx, "DELETE FROM "+table, orgID, d.id); err != nil {
				return err
			}
		}
	}
	return nil
}

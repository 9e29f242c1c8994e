package pool

import (
	"context"
	"database/sql"
	"slices"

	"fishpond/internal/platform/access"
	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
	"fishpond/internal/pool/resolve"
)

// Duplicate is persons who share a key that was not enough to merge them: a
// weak one, or a strong one where something else contradicts. A human decides.
type Duplicate struct {
	Kind    string   `json:"kind"`
	Value   string   `json:"value"`
	Persons []Person `json:"persons" nullable:"false"`
}

// Duplicates lists keys that several persons share, by kind and value, and
// where the list goes on.
func (s *Service) Duplicates(ctx context.Context, after resolve.Key, limit int) (out []Duplicate, more bool, err error) {
	a, _ := access.From(ctx)
	err = s.db.Read(ctx, a.OrgID, func(tx *db.Tx) error {
		set, err := s.orgs.PoolSettings(ctx, tx, a.OrgID)
		if err != nil {
			return err
		}
		afterKind := ""
		if after.Value != "" {
			afterKind = after.Kind.String()
		}
		err = tx.Each(ctx, func(rows *sql.Rows) error {
			var d Duplicate
			err := rows.Scan(&d.Kind, &d.Value)
			out = append(out, d)
			return err
		}, `SELECT c.kind, c.value FROM pool_claim c JOIN pool_person p ON p.org_id = c.org_id AND p.person_id = c.person_id
			WHERE c.org_id = ? AND (c.kind, c.value) > (?, ?) GROUP BY c.kind, c.value
			HAVING count(DISTINCT p.canonical_id) > 1 AND MIN(c.dismissed_at) = 0 ORDER BY c.kind, c.value LIMIT ?`, a.OrgID, afterKind, after.Value, limit+1)
		if err != nil {
			return err
		}
		if more = len(out) > limit; more {
			out = out[:limit]
		}
		for i := range out {
			d := &out[i]
			ids, err := claimants(ctx, tx, a.OrgID, d.Kind, d.Value)
			if err != nil {
				return err
			}
			where, arg := tx.In("person_id", ids)
			if d.Persons, err = listRows(ctx, tx, "seq", false, "org_id = ? AND "+where+" ORDER BY seq", a.OrgID, arg); err != nil {
				return err
			}
			if a.OwnOnly {
				d.Persons = slices.DeleteFunc(d.Persons, func(p Person) bool { return p.OwnerStaffID != a.ID })
			}
			if err := s.dress(ctx, tx, a, d.Persons, set.Currency); err != nil {
				return err
			}
		}
		return nil
	})
	return out, more, err
}

// claimants are the canonical persons behind a shared key, at most 50.
func claimants(ctx context.Context, tx *db.Tx, orgID, kind, value string) (out []string, err error) {
	err = tx.Each(ctx, func(rows *sql.Rows) error {
		var id string
		err := rows.Scan(&id)
		out = append(out, id)
		return err
	}, `SELECT DISTINCT p.canonical_id FROM pool_claim c JOIN pool_person p ON p.org_id = c.org_id AND p.person_id = c.person_id
		WHERE c.org_id = ? AND c.kind = ? AND c.value = ? ORDER BY p.canonical_id LIMIT 50`, orgID, kind, value)
	return out, err
}

// Dismiss says that the persons who share a key are different people. The
// key is not shown again until somebody new shares it, and two of a pair are
// not merged by a rule.
func (s *Service) Dismiss(ctx context.Context, kind, value string) error {
	a, _ := access.From(ctx)
	return s.db.Write(ctx, a.OrgID, func(tx *db.Tx) error {
		if err := s.lock(ctx, tx, a.OrgID); err != nil {
			return err
		}
		ids, err := claimants(ctx, tx, a.OrgID, kind, value)
		if err != nil {
			return err
		}
		now := s.now()
		n, err := tx.Changed(ctx, "UPDATE pool_claim SET dismissed_at = ? WHERE org_id = ? AND kind = ? AND value = ?", clock.Micros(now), a.OrgID, kind, value)
		if err != nil {
			return err
		}
		if n == 0 {
			return errs.NotFound(i18n.T("这组疑似重复", "such group"))
		}
		if len(ids) == 2 { // of more, it is not said which
			if err := keepApart(ctx, tx, a, ids[0], ids[1], now); err != nil {
				return err
			}
		}
		return s.audit.Audit(ctx, tx, "duplicate.dismissed", "person", "", map[string]any{"kind": kind, "value": mask(kind, value), "persons": len(ids)})
	})
}

package journey

import (
	"context"
	"database/sql"

	"fishpond/internal/journey/graph"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
)

// brokenAt counts who waits because a condition cannot be read any more, by version
// and step. They are due again soon, so the index of who is due finds them.
func brokenAt(ctx context.Context, tx *db.Tx, orgID, id string, now int64) ([]tallied, error) {
	return db.All(ctx, tx, func(r *sql.Rows, t *tallied) error { return r.Scan(&t.version, &t.step, &t.n) },
		"SELECT version, step, COUNT(*) FROM journey_run WHERE org_id = ? AND journey_id = ? AND status = 'active' AND due_at > 0 AND due_at <= ? AND wait = 'broken' GROUP BY version, step ORDER BY version, step",
		orgID, id, now+3600e6)
}

// tellBroken says what cannot be read any more: of the version that is valid,
// whether somebody waits for it or not, and of older ones where somebody does.
func (s *Service) tellBroken(ctx context.Context, orgID string, out *Full, at []tallied) error {
	out.BrokenOf = []Problem{}
	tell := func(spec *graph.Spec, only string) error {
		return conditions(spec, func(st *graph.Step, w *graph.Way) error {
			if only != "" && st.ID != only {
				return nil
			}
			err := s.Conditions.Check(ctx, orgID, whenOf(st, *w))
			if !unreadable(err) {
				return err
			}
			for _, text := range reasons(err) {
				out.BrokenOf = append(out.BrokenOf, Problem{st.ID, text.In(i18n.From(ctx))})
			}
			return nil
		})
	}
	if out.Published != nil && (out.Status == Live || out.Status == Paused) {
		if err := tell(out.Published, ""); err != nil {
			return err
		}
	}
	for _, x := range at {
		out.Broken += x.n
		if x.version == out.Version {
			continue
		}
		var e *edition
		if err := s.db.Read(ctx, orgID, func(tx *db.Tx) (err error) {
			e, err = s.edition(ctx, tx, orgID, out.ID, x.version)
			return err
		}); err != nil {
			return err
		}
		if err := tell(e.Spec, x.step); err != nil {
			return err
		}
	}
	return nil
}

// reasons are what an error says, one by one.
func reasons(err error) (out []i18n.Text) {
	e := errs.As(err)
	for _, f := range e.Fields {
		out = append(out, f.Text)
	}
	if len(out) == 0 {
		out = append(out, e.Text)
	}
	return out
}

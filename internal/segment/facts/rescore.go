package facts

import (
	"context"
	"database/sql"
	"fmt"

	"fishpond/internal/platform/db"
)

// Rescore brings the RFM scores of an org's persons up to date, which change
// as time passes and as others buy, without an event. It returns of how many
// they have changed. It is for a nightly job.
func (p *Projection) Rescore(ctx context.Context, d *db.DB, orgID string) (changed int, err error) {
	type row struct {
		id  string
		rfm [3]int64
	}
	const step = 1000
	for after := int64(0); ; {
		var stale []string
		read := 0
		if err := d.Read(ctx, orgID, func(tx *db.Tx) error {
			var rows []row
			if err := tx.Each(ctx, func(r *sql.Rows) error {
				var next row
				err := r.Scan(&after, &next.id, &next.rfm[0], &next.rfm[1], &next.rfm[2])
				rows = append(rows, next)
				return err
			}, `SELECT seq, person_id, rfm_recency, rfm_frequency, rfm_monetary FROM segment_person
				WHERE org_id = ? AND seq > ? AND orders > 0 ORDER BY seq LIMIT ?`, orgID, after, step); err != nil {
				return err
			}
			read = len(rows)
			ids := make([]string, read)
			for i, r := range rows {
				ids[i] = r.id
			}
			scores, err := p.people.Scores(ctx, tx, orgID, ids)
			if err != nil {
				return err
			}
			for _, r := range rows {
				if scores[r.id] != r.rfm {
					stale = append(stale, r.id)
				}
			}
			return nil
		}); err != nil {
			return changed, fmt.Errorf("facts: rescore: %w", err)
		}
		if len(stale) > 0 {
			if err := d.Write(ctx, orgID, func(tx *db.Tx) error { return p.Describe(ctx, tx, orgID, stale) }); err != nil {
				return changed, fmt.Errorf("facts: rescore: %w", err)
			}
			changed += len(stale)
		}
		if read < step {
			return changed, nil
		}
	}
}

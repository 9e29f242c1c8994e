package economics

import (
	"context"
	"database/sql"
	"fmt"

	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
)

// person is what insight keeps of somebody.
type person struct {
	seen  int64 // first heard of, microseconds
	ahead int64 // what is expected of them, three years, discounted
}

// persons reads everybody who speaks for themselves.
func persons(ctx context.Context, tx *db.Tx, orgID string) (map[string]person, error) {
	var n int64
	if err := tx.QueryRow(ctx, "SELECT count(*) FROM insight_person WHERE org_id = ?", orgID).Scan(&n); err != nil {
		return nil, fmt.Errorf("economics: %w", err)
	}
	out := make(map[string]person, n)
	return out, tx.Each(ctx, func(rows *sql.Rows) error {
		var id string
		var p person
		err := rows.Scan(&id, &p.seen, &p.ahead)
		out[id] = p
		return err
	}, `SELECT p.person_id, p.seen_at, COALESCE(v.lifetime_minor, 0) FROM insight_person p
		LEFT JOIN insight_value v ON v.org_id = p.org_id AND v.person_id = p.person_id WHERE p.org_id = ?`, orgID)
}

// marginOf is the margin in basis points; ok is false while there is none.
func marginOf(ctx context.Context, tx *db.Tx, orgID string) (bp, at int64, by string, ok bool, err error) {
	err = tx.QueryRow(ctx, "SELECT margin_bp, updated_at, updated_by FROM insight_economics_setting WHERE org_id = ?", orgID).Scan(&bp, &at, &by)
	if db.IsNoRows(err) {
		return 0, 0, "", false, nil
	}
	return bp, at, by, err == nil, err
}

func saveMargin(ctx context.Context, tx *db.Tx, orgID string, bp int64, now clock.Clock, by string) error {
	_, err := tx.Exec(ctx, `INSERT INTO insight_economics_setting (org_id, margin_bp, updated_at, updated_by) VALUES (?, ?, ?, ?)
		ON CONFLICT (org_id) DO UPDATE SET margin_bp = excluded.margin_bp, updated_at = excluded.updated_at, updated_by = excluded.updated_by`,
		orgID, bp, clock.Micros(now()), by)
	return err
}

func deleteMargin(ctx context.Context, tx *db.Tx, orgID string) error {
	_, err := tx.Exec(ctx, "DELETE FROM insight_economics_setting WHERE org_id = ?", orgID)
	return err
}

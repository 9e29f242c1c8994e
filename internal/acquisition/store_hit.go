package acquisition

import (
	"context"
	"database/sql"

	"fishpond/internal/platform/db"
)

// hit counts a view of a thing's page.
func hit(ctx context.Context, tx *db.Tx, orgID, thing string, now int64) error {
	const hour = 3600 * 1_000_000
	_, err := tx.Exec(ctx, `INSERT INTO acquisition_hit (org_id, thing, hour, hits) VALUES (?, ?, ?, 1)
		ON CONFLICT (org_id, thing, hour) DO UPDATE SET hits = acquisition_hit.hits + 1`, orgID, thing, now-now%hour)
	return err
}

func hitsOf(ctx context.Context, tx *db.Tx, orgID, thing string, from, to int64) (n int64, err error) {
	err = tx.QueryRow(ctx, "SELECT COALESCE(SUM(hits), 0) FROM acquisition_hit WHERE org_id = ? AND thing = ? AND hour >= ? AND hour < ?", orgID, thing, from, to).Scan(&n)
	return n, err
}

// hitsBy counts the views of things.
func hitsBy(ctx context.Context, tx *db.Tx, orgID string, things []string) (map[string]int64, error) {
	out := map[string]int64{}
	where, arg := tx.In("thing", things)
	return out, tx.Each(ctx, func(rows *sql.Rows) error {
		var thing string
		var n int64
		err := rows.Scan(&thing, &n)
		out[thing] = n
		return err
	}, "SELECT thing, SUM(hits) FROM acquisition_hit WHERE org_id = ? AND "+where+" GROUP BY thing", orgID, arg)
}

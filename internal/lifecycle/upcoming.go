package lifecycle

import (
	"context"
	"database/sql"

	"fishpond/internal/platform/db"
)

// Coming is a stage that somebody comes to by time alone.
type Coming struct {
	PersonID string // who speaks for them
	Stage    string
	At       int64 // UTC microseconds
}

// Upcoming lists who comes to a stage (empty: any) from … to, as UTC
// microseconds, to not included, by time.
func (s *Service) Upcoming(ctx context.Context, tx *db.Tx, orgID, stage string, from, to int64) (out []Coming, err error) {
	return out, tx.Each(ctx, func(rows *sql.Rows) error {
		var c Coming
		err := rows.Scan(&c.PersonID, &c.Stage, &c.At)
		out = append(out, c)
		return err
	}, `SELECT person_id, next_stage, next_change_at FROM lifecycle_person WHERE org_id = ? AND next_change_at > 0 AND next_change_at >= ? AND next_change_at < ? AND (next_stage = ? OR ? = '')
		ORDER BY next_change_at, person_id`, orgID, from, to, stage, stage)
}

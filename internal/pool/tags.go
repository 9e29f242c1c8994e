package pool

import (
	"context"
	"database/sql"

	"fishpond/internal/platform/db"
)

// tagsOf calls fn for every tag of the given canonical persons, once each.
func tagsOf(ctx context.Context, tx *db.Tx, orgID string, canonicals []string, fn func(person string, t TagBrief)) error {
	where, arg := tx.In("l.canonical_id", canonicals)
	return tx.Each(ctx, func(rows *sql.Rows) error {
		var person string
		var t TagBrief
		if err := rows.Scan(&person, &t.ID, &t.Name, &t.Color); err != nil {
			return err
		}
		fn(person, t)
		return nil
	}, `SELECT DISTINCT l.canonical_id, t.id, t.name, t.color FROM pool_tag_link l JOIN pool_tag t ON t.org_id = l.org_id AND t.id = l.tag_id
		WHERE l.org_id = ? AND `+where+" ORDER BY l.canonical_id, t.name", orgID, arg)
}

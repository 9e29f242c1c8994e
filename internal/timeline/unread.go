package timeline

import (
	"context"

	"fishpond/internal/platform/db"
)

// CursorOf is how far a subscriber has come, as it was last saved.
func CursorOf(ctx context.Context, tx *db.Tx, orgID, subscriber string) (p Position, err error) {
	err = tx.QueryRow(ctx, "SELECT xid, seq FROM timeline_cursor WHERE org_id = ? AND subscriber = ?", orgID, subscriber).Scan(&p.XID, &p.Seq)
	if db.IsNoRows(err) {
		err = nil
	}
	return p, err
}

// Unread is when the first event was recorded, UTC microseconds, that a
// subscriber has not taken yet; 0: it has taken all.
func (l *Log) Unread(ctx context.Context, tx *db.Tx, orgID, subscriber string) (at int64, err error) {
	p, err := CursorOf(ctx, tx, orgID, subscriber)
	if err != nil {
		return 0, err
	}
	where, from := beyond(tx, p)
	err = tx.QueryRow(ctx, "SELECT recorded_at FROM timeline_event WHERE org_id = ? AND "+where+ordered(tx)+" LIMIT 1", append([]any{orgID}, from...)...).Scan(&at)
	if db.IsNoRows(err) {
		err = nil
	}
	return at, err
}

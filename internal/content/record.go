package content

import (
	"context"
	"time"

	"fishpond/internal/platform/db"
	"fishpond/internal/platform/ids"
)

// Record notes that a link was opened and read, by a browser of its own: how
// data that is made comes to have readers. depth is in percent.
func (s *Service) Record(ctx context.Context, linkID string, shown time.Duration, depth int64) error {
	org := actorOf(ctx).OrgID
	l := &link{}
	var v subject
	if err := s.db.Read(ctx, org, func(tx *db.Tx) error {
		err := l.scan(tx.QueryRow(ctx, "SELECT "+linkColumns+" FROM content_link WHERE org_id = ? AND id = ?", org, linkID))
		if db.IsNoRows(err) {
			return noSuchLink
		}
		if err == nil {
			v, err = s.subjectOf(ctx, tx, org, l.material, l.briefcase)
		}
		return err
	}); err != nil {
		return err
	}
	version := int64(0)
	if v.m != nil {
		version = v.m.version
	}
	visit, err := s.enter(ctx, l, v, l.material, version, guest{fresh: ids.Hash(slug())})
	if err != nil {
		return err
	}
	return s.db.Write(ctx, org, func(tx *db.Tx) error {
		_, err := tx.Exec(ctx, "UPDATE content_visit SET shown_ms = ?, depth = ? WHERE org_id = ? AND id = ?", shown.Milliseconds(), depth, org, visit)
		return err
	})
}

package campaign

import (
	"context"

	"fishpond/internal/platform/db"
)

// DraftNamed finds the newest draft of exactly this name for a segment; empty:
// there is none. Who makes drafts for people asks for it before making another.
func (s *Service) DraftNamed(ctx context.Context, orgID, name, segmentID string) (id string, err error) {
	err = s.db.Read(ctx, orgID, func(tx *db.Tx) error {
		err := tx.QueryRow(ctx, "SELECT id FROM campaign_campaign WHERE org_id = ? AND name = ? AND segment_id = ? AND status = ? ORDER BY created_at DESC, id DESC LIMIT 1", orgID, name, segmentID, Draft).Scan(&id)
		if db.IsNoRows(err) {
			return nil
		}
		return err
	})
	return id, err
}

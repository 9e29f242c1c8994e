package carrier

import (
	"context"

	"fishpond/internal/platform/db"
)

// How the hand-over of one customer stands.
const (
	transferQueued  = "queued"
	transferWaiting = "waiting" // the customer has 24 hours to object
	transferDone    = "done"
	transferRefused = "refused"
	transferFull    = "full" // the new member has as many customers as fit
	transferFailed  = "failed"
)

// transferSettled notes how the hand-over of a customer ended.
func (s *Service) transferSettled(ctx context.Context, tx *db.Tx, a *account, from, external, status string, code int64) error {
	_, err := tx.Exec(ctx, `UPDATE carrier_transfer_customer SET status = ?, code = ?, updated_at = ? WHERE org_id = ? AND external_id = ? AND status IN ('queued', 'waiting')
		AND transfer_id IN (SELECT id FROM carrier_transfer WHERE org_id = ? AND account_id = ? AND (? = '' OR from_user = ?))`,
		status, code, s.micros(), a.org, external, a.org, a.id, from, from)
	return err
}

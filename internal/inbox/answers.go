package inbox

import (
	"context"

	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
)

// MaySee reports whether the actor in ctx may see the conversation with somebody
// over an account; false too when there is none.
func (s *Service) MaySee(ctx context.Context, tx *db.Tx, _, accountID, externalID string) (bool, error) {
	_, err := s.visible(ctx, tx, conversationID(accountID, externalID))
	if errs.Is(err, errs.CodeNotFound) {
		return false, nil
	}
	return err == nil, err
}

package sop

import (
	"context"

	"fishpond/internal/platform/db"
)

// LeaveOf tells the secret of the links in a series' mails by which people say
// that they want no more, and of what.
func (s *Service) LeaveOf(ctx context.Context, tx *db.Tx, orgID, id string) (secret, purpose string, err error) {
	r, err := load(ctx, tx, orgID, id)
	if err != nil {
		return "", "", err
	}
	return r.secret, Marketing, nil
}

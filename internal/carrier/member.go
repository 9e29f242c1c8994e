package carrier

import (
	"context"
	"database/sql"

	"fishpond/internal/platform/db"
)

// StaffByUser says whom of the staff members of a corp are; those who are
// nobody here are left out.
func (s *Service) StaffByUser(ctx context.Context, tx *db.Tx, orgID string, userIDs []string) (map[string]string, error) {
	out := map[string]string{}
	if len(userIDs) == 0 {
		return out, nil
	}
	where, arg := tx.In("user_id", userIDs)
	return out, tx.Each(ctx, func(rows *sql.Rows) error {
		var user, staff string
		err := rows.Scan(&user, &staff)
		out[user] = staff
		return err
	}, "SELECT user_id, staff_id FROM carrier_staff WHERE org_id = ? AND staff_id <> '' AND "+where+" ORDER BY account_id", orgID, arg)
}

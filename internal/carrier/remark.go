package carrier

import (
	"context"
	"database/sql"

	"fishpond/internal/platform/db"
)

// Remark asks the platform to have persons called so in the address books of
// the members whose friends they are. It leaves after the caller's transaction.
func (s *Service) Remark(ctx context.Context, tx *db.Tx, orgID string, personIDs []string, text string) error {
	if text = oneLine(text, 20); text == "" || len(personIDs) == 0 {
		return nil
	}
	rows := map[string][]pushRow{}
	where, arg := tx.In("c.person_id", personIDs)
	if err := tx.Each(ctx, func(r *sql.Rows) error {
		var id string
		p := pushRow{kind: pushRemark, value: text}
		err := r.Scan(&id, &p.user, &p.external)
		rows[id] = append(rows[id], p)
		return err
	}, `SELECT c.account_id, c.user_id, c.external_id FROM carrier_contact c JOIN carrier_account a ON a.org_id = c.org_id AND a.id = c.account_id
		WHERE c.org_id = ? AND c.status = ? AND a.kind = ? AND a.status = ? AND `+where+" ORDER BY c.account_id, c.user_id LIMIT 100", orgID, StatusFriend, KindWecom, StatusActive, arg); err != nil {
		return err
	}
	for id, list := range rows {
		if err := s.push(ctx, tx, &account{org: orgID, id: id}, list); err != nil {
			return err
		}
	}
	return nil
}

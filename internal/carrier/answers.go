package carrier

import (
	"context"
	"database/sql"

	"fishpond/internal/platform/db"
)

// AccountKinds tells the kind of each of the org's accounts by id.
func (s *Service) AccountKinds(ctx context.Context, tx *db.Tx, orgID string) (map[string]string, error) {
	return s.accountColumn(ctx, tx, orgID, func(a *account) string { return a.kind })
}

// AccountNames names the org's accounts by id.
func (s *Service) AccountNames(ctx context.Context, tx *db.Tx, orgID string) (map[string]string, error) {
	return s.accountColumn(ctx, tx, orgID, func(a *account) string { return a.name })
}

func (s *Service) accountColumn(ctx context.Context, tx *db.Tx, orgID string, of func(*account) string) (map[string]string, error) {
	all, err := s.accounts(ctx, tx, orgID, "")
	if err != nil {
		return nil, err
	}
	out := make(map[string]string, len(all))
	for _, a := range all {
		out[a.id] = of(a)
	}
	return out, nil
}

// GroupSizes counts the members of group chats as the platform last told;
// those it has not told of are missing.
func (s *Service) GroupSizes(ctx context.Context, tx *db.Tx, orgID, accountID string, chatIDs []string) (map[string]int, error) {
	out := map[string]int{}
	if len(chatIDs) == 0 {
		return out, nil
	}
	where, arg := tx.In("chat_id", chatIDs)
	return out, tx.Each(ctx, func(rows *sql.Rows) error {
		var id string
		var n int
		err := rows.Scan(&id, &n)
		out[id] = n
		return err
	}, "SELECT chat_id, members FROM carrier_group WHERE org_id = ? AND account_id = ? AND "+where, orgID, accountID, arg)
}

package inbox

import (
	"context"
	"database/sql"

	"fishpond/internal/platform/db"
)

// Wait is a conversation in which a customer waits for an answer.
type Wait struct {
	PersonID       string // who speaks for them now
	ConversationID string
	AccountID      string
	Since          int64    // their oldest message that nobody answered, UTC microseconds
	AssigneeID     string   // staff id; empty: nobody
	Desk           []string // who is in its team, or else sits at the account's desk; empty: everybody who may answer
}

// Waits lists the conversations in which a customer waits, the longest first;
// of some persons only unless personIDs is nil.
func (s *Service) Waits(ctx context.Context, tx *db.Tx, orgID string, personIDs []string) (out []Wait, err error) {
	desks, err := desksOf(ctx, tx, orgID)
	if err != nil {
		return nil, err
	}
	teams, err := teamsOf(ctx, tx, orgID)
	if err != nil {
		return nil, err
	}
	where, args := "", []any{orgID}
	if personIDs != nil {
		in, arg := tx.In("person_id", personIDs)
		where, args = " AND "+in, append(args, arg)
	}
	return out, tx.Each(ctx, func(rows *sql.Rows) error {
		var w Wait
		var team string
		err := rows.Scan(&w.PersonID, &w.ConversationID, &w.AccountID, &w.Since, &w.AssigneeID, &team)
		if d := desks[w.AccountID]; d != nil {
			w.Desk = d.Members
		}
		if t := teams[team]; t != nil {
			w.Desk = t.Members
		}
		out = append(out, w)
		return err
	}, "SELECT person_id, id, account_id, waiting_since, assignee_staff_id, team_id FROM inbox_conversation WHERE org_id = ? AND waiting_since > 0 AND status <> 'resolved'"+where+" ORDER BY waiting_since, id", args...)
}

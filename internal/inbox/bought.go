package inbox

import (
	"context"
	"database/sql"
	"time"

	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
	"fishpond/internal/timeline"
)

// BoughtName is the name under which the inbox follows orders.
const BoughtName = "inbox.bought"

// boughtWithin is how soon after a talk began an order counts as made after it.
const boughtWithin = 7 * 24 * time.Hour

// bought notes in the talks of who paid that they did. Most who buy have not
// talked: they are asked for together.
func (s *Service) bought(ctx context.Context, tx *db.Tx, orgID string, events []timeline.Event) error {
	at := map[string][]int64{} // by person as the event names them
	var ids []string
	for _, e := range events {
		if e.PersonID == "" {
			continue
		}
		if at[e.PersonID] == nil {
			ids = append(ids, e.PersonID)
		}
		at[e.PersonID] = append(at[e.PersonID], clock.Micros(e.OccurredAt))
	}
	if len(ids) == 0 {
		return nil
	}
	type talk struct{ conversation, person string }
	var talks []talk
	for _, query := range []string{ // by the name that they bear, and by one that was merged into another
		"SELECT id, person_id FROM inbox_conversation WHERE org_id = ? AND ",
		"SELECT c.id, a.person_id FROM inbox_alias a JOIN inbox_conversation c ON c.org_id = a.org_id AND c.person_id = a.canonical_id WHERE a.org_id = ? AND a.",
	} {
		where, arg := tx.In("person_id", ids)
		if err := tx.Each(ctx, func(rows *sql.Rows) error {
			var t talk
			err := rows.Scan(&t.conversation, &t.person)
			talks = append(talks, t)
			return err
		}, query+where, orgID, arg); err != nil {
			return err
		}
	}
	for _, t := range talks {
		for _, paid := range at[t.person] {
			if _, err := tx.Exec(ctx, "UPDATE inbox_spell SET bought_at = ? WHERE org_id = ? AND conversation_id = ? AND opened_at <= ? AND opened_at > ? AND (bought_at = 0 OR bought_at > ?)",
				paid, orgID, t.conversation, paid, paid-boughtWithin.Microseconds(), paid); err != nil {
				return err
			}
		}
	}
	return nil
}

func (s *Service) forgetBought(ctx context.Context, tx *db.Tx, orgID string) error {
	_, err := tx.Exec(ctx, "UPDATE inbox_spell SET bought_at = 0 WHERE org_id = ? AND bought_at <> 0", orgID)
	return err
}

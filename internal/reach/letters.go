package reach

import (
	"context"
	"database/sql"
	"fmt"
	"slices"

	"fishpond/internal/platform/db"
)

// Letter is how far a message is that was added to a plan under a key.
type Letter struct {
	Status string
	Why    string
	Open   bool // it may still leave, is on its way, or was asked of staff
}

// Letters tells what became of messages by the keys under which they were added
// to a plan; keys that there are none of are left out.
func (s *Service) Letters(ctx context.Context, tx *db.Tx, orgID, planID string, keys []string) (map[string]Letter, error) {
	out := make(map[string]Letter, len(keys))
	for part := range slices.Chunk(keys, keysAtOnce) {
		where, arg := tx.In("entry", part)
		if err := tx.Each(ctx, func(rows *sql.Rows) error {
			var key string
			var l Letter
			err := rows.Scan(&key, &l.Status, &l.Why)
			l.Open = l.Status == Planned || l.Status == Waiting || l.Status == Sending || l.Status == Asked
			out[key] = l
			return err
		}, "SELECT entry, status, why FROM reach_message WHERE org_id = ? AND plan_id = ? AND entry <> '' AND "+where, orgID, planID, arg); err != nil {
			return nil, fmt.Errorf("reach: letters: %w", err)
		}
	}
	return out, nil
}

// Trusts tells whether the clock is believed. While it is not, nothing is sent.
func (s *Service) Trusts() bool {
	_, doubt := s.watch.look()
	return doubt == nil
}

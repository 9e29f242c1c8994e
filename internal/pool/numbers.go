package pool

import (
	"context"
	"database/sql"
	"encoding/json"

	"fishpond/internal/platform/db"
)

// Numbers tells the own number (seq) of each of the persons that there are,
// whoever speaks for them: unlike [Service.Standing], it never changes. It asks
// nobody whether they may see it.
func (s *Service) Numbers(ctx context.Context, tx *db.Tx, orgID string, personIDs []string) (map[string]uint32, error) {
	out := make(map[string]uint32, len(personIDs))
	if len(personIDs) == 0 {
		return out, nil
	}
	where, arg := tx.In("person_id", personIDs)
	return out, tx.Each(ctx, func(rows *sql.Rows) error {
		var id string
		var seq uint32
		err := rows.Scan(&id, &seq)
		out[id] = seq
		return err
	}, "SELECT person_id, seq FROM pool_person WHERE org_id = ? AND "+where, orgID, arg)
}

// Numbered is who has a number, as lists show them.
type Numbered struct {
	ID, Name, Stage, Region string
	Orders                  int64
}

// ByNumbers tells who has each of the numbers and speaks for themselves. It
// asks nobody whether they may see it.
func (s *Service) ByNumbers(ctx context.Context, tx *db.Tx, orgID string, seqs []uint32) (map[uint32]Numbered, error) {
	out := make(map[uint32]Numbered, len(seqs))
	where, arg := "seq IN (SELECT value FROM json_each(?))", any(nil)
	if tx.Engine() == db.Postgres {
		all := make([]int64, len(seqs))
		for i, n := range seqs {
			all[i] = int64(n)
		}
		where, arg = "seq = ANY(?)", all
	} else {
		b, err := json.Marshal(seqs)
		if err != nil {
			return nil, err
		}
		arg = string(b)
	}
	return out, tx.Each(ctx, func(rows *sql.Rows) error {
		var seq uint32
		var n Numbered
		err := rows.Scan(&seq, &n.ID, &n.Name, &n.Stage, &n.Region, &n.Orders)
		out[seq] = n
		return err
	}, "SELECT seq, person_id, name, stage, region, orders FROM pool_person WHERE org_id = ? AND canonical_id = person_id AND "+where, orgID, arg)
}

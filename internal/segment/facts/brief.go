package facts

import (
	"context"
	"database/sql"
	"fmt"

	"fishpond/internal/platform/db"
	"fishpond/internal/segment/predicate/plan"
)

// Brief is a person in few words.
type Brief struct {
	Seq                            uint32
	ID, Name, Owner, Stage         string
	Birthday                       string // YYYY-MM-DD or empty
	Orders, GMV                    int64  // GMV in minor units
	FirstOrder, LastOrder, Created int64  // UTC microseconds; 0: none
}

// Briefs reads persons by seq, in ascending order. Whoever is not in the
// result is not in the pool.
func Briefs(ctx context.Context, tx *db.Tx, orgID string, seqs []uint32) (out []Brief, err error) {
	if len(seqs) == 0 {
		return nil, nil
	}
	out = make([]Brief, 0, len(seqs))
	of, arg := among(tx, seqs)
	err = tx.Each(ctx, func(rows *sql.Rows) error {
		var b Brief
		var birthday, monthDay int64
		if err := rows.Scan(&b.Seq, &b.ID, &b.Name, &b.Owner, &b.Stage, &birthday, &monthDay, &b.Orders, &b.GMV, &b.FirstOrder, &b.LastOrder, &b.Created); err != nil {
			return err
		}
		if monthDay != 0 {
			b.Birthday = plan.Day(birthday).String()
		}
		out = append(out, b)
		return nil
	}, `SELECT seq, person_id, name, owner, stage, birthday, birthday_md, orders, gmv_minor, first_order_at, last_order_at, created_at
		FROM segment_person WHERE org_id = ? AND `+of+" ORDER BY seq", orgID, arg)
	if err != nil {
		return nil, fmt.Errorf("facts: briefs: %w", err)
	}
	return out, nil
}

// Dates reads the values of a trait that is a date, by seq.
func Dates(ctx context.Context, tx *db.Tx, orgID, trait string, seqs []uint32) (map[uint32]string, error) {
	out := map[uint32]string{}
	of, arg := among(tx, seqs)
	return out, tx.Each(ctx, func(rows *sql.Rows) error {
		var seq uint32
		var day int64
		err := rows.Scan(&seq, &day)
		out[seq] = plan.Day(day).String()
		return err
	}, "SELECT seq, num FROM segment_trait WHERE org_id = ? AND trait_key = ? AND "+of, orgID, trait, arg)
}

// Moments tells when the first and the last event of a kind occurred, by seq,
// in UTC microseconds.
func Moments(ctx context.Context, tx *db.Tx, orgID, kind string, seqs []uint32) (map[uint32][2]int64, error) {
	out := map[uint32][2]int64{}
	of, arg := among(tx, seqs)
	return out, tx.Each(ctx, func(rows *sql.Rows) error {
		var seq uint32
		var at [2]int64
		err := rows.Scan(&seq, &at[0], &at[1])
		out[seq] = at
		return err
	}, "SELECT seq, MIN(at), MAX(at) FROM segment_event WHERE org_id = ? AND kind = ? AND "+of+" GROUP BY seq", orgID, kind, arg)
}

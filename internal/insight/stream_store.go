package insight

import (
	"context"
	"database/sql"
	"time"

	"fishpond/internal/insight/stream"
	"fishpond/internal/platform/db"
)

// utcMonth is the month under which an event is kept. It is UTC's, so that
// another time zone of the org's leaves what is kept as it is.
func utcMonth(us int64) int64 { return monthOf(us, time.UTC) }

// tails are the events that wait to be sorted, in the order of the log.
func tails(ctx context.Context, tx *db.Tx, orgID string) (out []stream.Event, err error) {
	return out, tx.Each(ctx, func(rows *sql.Rows) error {
		var data sql.RawBytes
		if err := rows.Scan(&data); err != nil {
			return err
		}
		out, err = stream.DecodeTail(data, out)
		return err
	}, "SELECT data FROM insight_stream_tail WHERE org_id = ? ORDER BY id", orgID)
}

// loadRows reads the parts of a place from one on, in order.
func loadRows(ctx context.Context, tx *db.Tx, orgID string, p place, from int64) (out []stream.Row, err error) {
	columns := map[int64]map[stream.Column][]byte{}
	if err := tx.Each(ctx, func(rows *sql.Rows) error {
		var part, number int64
		var c stream.Column
		var data []byte
		err := rows.Scan(&part, &c.Name, &number, &data)
		if columns[part] == nil {
			columns[part] = map[stream.Column][]byte{}
		}
		c.Number = number == 1
		columns[part][c] = data
		return err
	}, "SELECT part, name, number, data FROM insight_stream_column WHERE org_id = ? AND block = ? AND kind = ? AND month = ? AND part >= ?",
		orgID, p.block, p.kind, p.month, from); err != nil {
		return nil, err
	}
	return out, tx.Each(ctx, func(rows *sql.Rows) error {
		var part int64
		var times []byte
		if err := rows.Scan(&part, &times); err != nil {
			return err
		}
		of, err := stream.Decode(times, columns[part])
		out = append(out, of...)
		return err
	}, "SELECT part, times FROM insight_stream_part WHERE org_id = ? AND block = ? AND kind = ? AND month = ? AND part >= ? ORDER BY part",
		orgID, p.block, p.kind, p.month, from)
}

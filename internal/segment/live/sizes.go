package live

import (
	"context"
	"database/sql"
	"fmt"

	"fishpond/internal/platform/db"
	"fishpond/internal/segment/predicate/plan"
)

// Size is a segment on one day.
type Size struct {
	Day     plan.Day
	Members int64 // at its end, or now
	Entered int64
	Left    int64 // who left the pool included
}

// Sizes tells how many recorded members segments had on each day from … to,
// both included, in the org's time zone. Days before a segment was first
// settled are left out.
func (e *Engine) Sizes(ctx context.Context, tx *db.Tx, orgID string, segmentIDs []string, from, to plan.Day) (map[string][]Size, error) {
	out := make(map[string][]Size, len(segmentIDs))
	if len(segmentIDs) == 0 || to < from {
		return out, nil
	}
	in, ids := tx.In("segment_id", segmentIDs)
	fill := func(id string, to plan.Day) {
		for s := out[id]; len(s) > 0 && s[len(s)-1].Day < to-1; s = out[id] {
			last := s[len(s)-1]
			out[id] = append(s, Size{Day: last.Day + 1, Members: last.Members})
		}
	}
	err := tx.Each(ctx, func(rows *sql.Rows) error {
		var id string
		var s Size
		if err := rows.Scan(&id, &s.Day, &s.Members, &s.Entered, &s.Left); err != nil {
			return err
		}
		if s.Day < from { // the last day before: what came and went on it is not asked for
			s = Size{Day: from - 1, Members: s.Members}
		}
		fill(id, s.Day)
		out[id] = append(out[id], s)
		return nil
	}, `SELECT segment_id, day, size, entered, gone FROM segment_day d WHERE org_id = ? AND `+in+` AND day <= ?
		AND (day >= ? OR day = (SELECT MAX(b.day) FROM segment_day b WHERE b.org_id = d.org_id AND b.segment_id = d.segment_id AND b.day < ?))
		ORDER BY segment_id, day`, orgID, ids, int64(to), int64(from), int64(from))
	if err != nil {
		return nil, fmt.Errorf("segments: sizes: %w", err)
	}
	for id, s := range out {
		fill(id, to+1)
		if s = out[id]; s[0].Day < from {
			out[id] = s[1:]
		}
	}
	return out, nil
}

package lifecycle

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
)

// A month is kept as year × 12 + month − 1, so that the next one is one more.
func monthOf(us int64, zone *time.Location) int64 {
	y, m, _ := clock.Time(us).In(zone).Date()
	return int64(y)*12 + int64(m) - 1
}

func monthName(m int64) string { return fmt.Sprintf("%04d-%02d", m/12, m%12+1) }

type move struct {
	month    int64
	from, to string // from is empty for who was not known before
}

// count adds the moves that lead through steps from index i on, n times.
func count(into map[move]int64, steps []Step, i int, zone *time.Location, n int64) {
	for ; i < len(steps); i++ {
		m := move{month: monthOf(steps[i].At, zone), to: steps[i].Stage}
		if i > 0 {
			m.from = steps[i-1].Stage
		}
		into[m] += n
	}
}

// saveFlow keeps lifecycle_flow in step with changed histories.
func (d *desk) saveFlow(ctx context.Context, changes []change) error {
	delta := map[move]int64{}
	for _, c := range changes {
		keep := c.kept()
		count(delta, c.before, keep, d.zone, -1)
		count(delta, c.after, keep, d.zone, 1)
	}
	return addFlow(ctx, d.tx, d.orgID, delta)
}

func addFlow(ctx context.Context, tx *db.Tx, orgID string, delta map[move]int64) error {
	var month, moves []int64
	var from, to []string
	for m, n := range delta {
		if n != 0 {
			month, from, to, moves = append(month, m.month), append(from, m.from), append(to, m.to), append(moves, n)
		}
	}
	_, err := tx.BulkInsert(ctx, "lifecycle_flow", `ON CONFLICT (org_id, month, from_stage, to_stage)
		DO UPDATE SET moves = lifecycle_flow.moves + excluded.moves`,
		db.Same("org_id", orgID, len(month)), db.Int("month", month), db.Text("from_stage", from), db.Text("to_stage", to), db.Int("moves", moves))
	return err
}

// Rezone counts the flow by month again when the org has moved to another
// time zone since; otherwise it does nothing. Histories are read outside the
// writer's transaction; where one changes meanwhile, they are read again, and
// at last inside, so that a busy org comes to an end too.
func (s *Service) Rezone(ctx context.Context, orgID string) error {
	for attempt := 1; ; attempt++ {
		var flow map[move]int64
		var revision int64
		zone, stale := "", false
		err := s.db.Read(ctx, orgID, func(tx *db.Tx) error {
			st, err := settingsOf(ctx, tx, orgID)
			if err != nil {
				return err
			}
			org, err := s.orgs.Settings(ctx, tx, orgID)
			if err != nil {
				return err
			}
			zone = org.Zone.String()
			if stale = st.zone != "" && st.zone != zone; stale {
				flow, err = recount(ctx, tx, orgID, org.Zone)
			}
			revision = st.revision
			return err
		})
		if err != nil || !stale {
			return err
		}
		done := false
		err = s.db.Write(ctx, orgID, func(tx *db.Tx) (err error) {
			d, err := s.sit(ctx, tx, orgID)
			if err != nil {
				return err
			}
			fits := d.st.revision == revision && d.org.Zone.String() == zone
			if done = fits || attempt >= 3; !done {
				return nil
			}
			if !fits {
				if flow, err = recount(ctx, tx, orgID, d.org.Zone); err != nil {
					return err
				}
			}
			if _, err := tx.Exec(ctx, "DELETE FROM lifecycle_flow WHERE org_id = ?", orgID); err != nil {
				return err
			}
			if err := addFlow(ctx, tx, orgID, flow); err != nil {
				return err
			}
			d.st.zone = d.org.Zone.String()
			return d.st.save(ctx, tx, orgID)
		})
		if err != nil {
			return fmt.Errorf("lifecycle: time zone: %w", err)
		}
		if done {
			return nil
		}
	}
}

// recount counts the moves of all histories.
func recount(ctx context.Context, tx *db.Tx, orgID string, zone *time.Location) (map[move]int64, error) {
	flow := map[move]int64{}
	var person string
	var last Step
	return flow, tx.Each(ctx, func(rows *sql.Rows) error {
		var id string
		var s Step
		if err := rows.Scan(&id, &s.At, &s.Stage); err != nil {
			return err
		}
		m := move{month: monthOf(s.At, zone), to: s.Stage}
		if id == person {
			m.from = last.Stage
		}
		flow[m]++
		person, last = id, s
		return nil
	}, "SELECT person_id, at, stage FROM lifecycle_stage_history WHERE org_id = ? ORDER BY person_id, at", orgID)
}

// flowOf returns the moves up to and including a month: from the counters,
// or from the histories while the counters are still of another time zone.
func flowOf(ctx context.Context, tx *db.Tx, orgID string, zone *time.Location, to int64) (map[move]int64, error) {
	st, err := settingsOf(ctx, tx, orgID)
	if err != nil {
		return nil, err
	}
	if st.zone != "" && st.zone != zone.String() {
		return recount(ctx, tx, orgID, zone)
	}
	flow := map[move]int64{}
	return flow, tx.Each(ctx, func(rows *sql.Rows) error {
		var m move
		var n int64
		if err := rows.Scan(&m.month, &m.from, &m.to, &n); err != nil {
			return err
		}
		flow[m] = n
		return nil
	}, "SELECT month, from_stage, to_stage, moves FROM lifecycle_flow WHERE org_id = ? AND month <= ?", orgID, to)
}

package lifecycle

import (
	"context"
	"errors"
	"fmt"

	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
)

// chunk is how many people one transaction draws anew: some ten milliseconds
// of the writer's time.
const chunk = 500

// SweepAll sweeps every org; one that fails does not keep the others waiting.
func (s *Service) SweepAll(ctx context.Context) error {
	orgs, err := s.orgs.OrgIDs(ctx)
	if err != nil {
		return err
	}
	var failed []error
	for _, org := range orgs {
		if _, err := s.Sweep(ctx, org); err != nil {
			failed = append(failed, fmt.Errorf("org %s: %w", org, err))
		}
	}
	return errors.Join(failed...)
}

// Sweep moves everybody of an org whose stage time alone has changed, and
// returns how many. Each step gets the moment at which it was due, however
// late the sweep comes. It also finishes what is left undone: announcements
// after a rebuild, a redraw that was interrupted, months of another time
// zone, thresholds that the data has outgrown.
func (s *Service) Sweep(ctx context.Context, orgID string) (int, error) {
	moved := 0
	for ctx.Err() == nil {
		n, err := s.sweepChunk(ctx, orgID)
		if err != nil {
			return moved, fmt.Errorf("lifecycle: sweep: %w", err)
		}
		moved += n
		if n < chunk {
			break
		}
	}
	if err := s.Rezone(ctx, orgID); err != nil {
		return moved, err
	}
	if err := s.Redraw(ctx, orgID); err != nil {
		return moved, err
	}
	return moved, s.measureIfGrown(ctx, orgID)
}

// sweepChunk reads who is due inside the transaction that moves them: an
// order that came in between has moved next_change_at on.
func (s *Service) sweepChunk(ctx context.Context, orgID string) (n int, err error) {
	due := false
	now := clock.Micros(s.now())
	err = s.db.Read(ctx, orgID, func(tx *db.Tx) error { // most sweeps find nothing: do not trouble the writer
		return tx.QueryRow(ctx, `SELECT EXISTS (SELECT 1 FROM lifecycle_person WHERE org_id = ? AND next_change_at > 0 AND next_change_at <= ?)
			OR EXISTS (SELECT 1 FROM lifecycle_person WHERE org_id = ? AND stage <> announced AND stage <> '')`, orgID, now, orgID).Scan(&due)
	})
	if err != nil || !due {
		return 0, err
	}
	err = s.db.Write(ctx, orgID, func(tx *db.Tx) error {
		d, err := s.sit(ctx, tx, orgID)
		if err != nil {
			return err
		}
		if d.st.replaying() { // half the facts are missing
			n = 0
			return nil
		}
		people, err := d.someone(ctx, "next_change_at > 0 AND next_change_at <= ? ORDER BY next_change_at LIMIT ?", d.now, chunk)
		if err != nil {
			return err
		}
		if n = len(people); n > 0 {
			return d.again(ctx, people)
		}
		n, err = d.announcePending(ctx)
		return err
	})
	return n, err
}

// someone loads rows by a condition.
func (d *desk) someone(ctx context.Context, where string, args ...any) ([]*person, error) {
	rows, err := d.tx.Query(ctx, "SELECT "+personColumns+" FROM lifecycle_person WHERE org_id = ? AND "+where, append([]any{d.orgID}, args...)...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []*person
	for rows.Next() {
		p := &person{}
		if err := p.scan(rows); err != nil {
			return nil, err
		}
		out = append(out, p)
	}
	return out, rows.Err()
}

// again draws people from all their facts and stores what comes of it,
// settings included.
func (d *desk) again(ctx context.Context, people []*person) error {
	ids := make([]string, len(people))
	for i, p := range people {
		ids[i] = p.id
	}
	old, err := histories(ctx, d.tx, d.orgID, ids)
	if err != nil {
		return fmt.Errorf("lifecycle: history: %w", err)
	}
	if err := d.redrawn(ctx, people); err != nil {
		return err
	}
	if err := d.finish(ctx, people, old); err != nil {
		return err
	}
	return d.st.save(ctx, d.tx, d.orgID)
}

// announcePending announces for a chunk of those whose stage changed while
// nothing could be said, and returns how many there were.
func (d *desk) announcePending(ctx context.Context) (int, error) {
	people, err := d.someone(ctx, "stage <> announced AND stage <> '' ORDER BY person_id LIMIT ?", chunk)
	if err != nil || len(people) == 0 {
		return 0, err
	}
	if err := d.announce(ctx, people); err != nil {
		return 0, err
	}
	return len(people), savePersons(ctx, d.tx, d.orgID, people)
}

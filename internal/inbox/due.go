package inbox

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"fishpond/internal/platform/access"
	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
)

const (
	duePoll  = 5 * time.Second
	dueTurn  = 100            // conversations of one org at once
	feedKept = 24 * time.Hour // how far back a stream can replay
)

// Due does what time brings, for all orgs: snoozed conversations come back,
// those of people who left are free again, desks give away what waits, rules speak up where nobody answers, and old
// changes are forgotten.
func (s *Service) Due(ctx context.Context) error {
	orgs, err := s.ports.Orgs.OrgIDs(ctx)
	if err != nil {
		return err
	}
	var failed []error
	for _, org := range orgs {
		within := access.With(ctx, access.ForSystem(org, "inbox"))
		for _, step := range []func(context.Context, string) error{s.awake, s.release, s.drain, s.silence, s.forget} {
			if err := step(within, org); err != nil { // one brand's trouble is not another's
				failed = append(failed, fmt.Errorf("org %s: %w", org, err))
			}
		}
	}
	return errors.Join(failed...)
}

// any tells whether a query finds something, without waiting for anybody.
func (s *Service) any(ctx context.Context, org, query string, args ...any) (found bool, err error) {
	err = s.db.Read(ctx, org, func(tx *db.Tx) error {
		return tx.QueryRow(ctx, "SELECT EXISTS ("+query+")", args...).Scan(&found)
	})
	return found, err
}

// awake brings back what was snoozed.
func (s *Service) awake(ctx context.Context, org string) error {
	now := s.micros()
	if found, err := s.any(ctx, org, "SELECT 1 FROM inbox_conversation WHERE org_id = ? AND status = 'snoozed' AND snoozed_until <= ?", org, now); err != nil || !found {
		return err
	}
	return s.change(ctx, org, func(w *work) error {
		due, err := conversations(ctx, w.tx, org, "status = 'snoozed' AND snoozed_until <= ? ORDER BY snoozed_until LIMIT ?", now, dueTurn)
		if err != nil {
			return err
		}
		for _, c := range due {
			w.known[c.id] = c
			w.status(c, StatusOpen)
		}
		return nil
	})
}

// release takes open conversations from those who may not answer any more.
func (s *Service) release(ctx context.Context, org string) error {
	var left []string
	if err := s.db.Read(ctx, org, func(tx *db.Tx) error {
		left = nil
		members, err := s.ports.Staff.Members(ctx, tx, org)
		if err != nil {
			return err
		}
		return tx.Each(ctx, func(rows *sql.Rows) error {
			var id string
			err := rows.Scan(&id)
			if m := members[id]; !m.Active || !m.Answer {
				left = append(left, id)
			}
			return err
		}, "SELECT DISTINCT assignee_staff_id FROM inbox_conversation WHERE org_id = ? AND status = 'open' AND assignee_staff_id <> ''", org)
	}); err != nil || len(left) == 0 {
		return err
	}
	return s.change(ctx, org, func(w *work) error {
		where, arg := w.tx.In("assignee_staff_id", left)
		theirs, err := conversations(ctx, w.tx, org, "status = 'open' AND "+where+" ORDER BY last_at, id LIMIT ?", arg, dueTurn)
		if err != nil {
			return err
		}
		for _, c := range theirs {
			w.known[c.id] = c
			if err := w.assign(ctx, c, "", assignment{by: "system"}); err != nil {
				return err
			}
		}
		return nil
	})
}

// forget drops changes that nobody will ask for, and presence that is over.
func (s *Service) forget(ctx context.Context, org string) error {
	old := clock.Micros(s.now().Add(-feedKept))
	if found, err := s.any(ctx, org, "SELECT 1 FROM inbox_feed WHERE org_id = ? AND at < ?", org, old-time.Hour.Microseconds()); err != nil || !found {
		return err
	}
	return s.db.Write(ctx, org, func(tx *db.Tx) error {
		if err := lock(ctx, tx, org); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, "UPDATE inbox_org SET kept_from = (SELECT COALESCE(max(n), 0) FROM inbox_feed WHERE org_id = ? AND at < ?) WHERE org_id = ?", org, old, org); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, "DELETE FROM inbox_presence WHERE org_id = ? AND looking_until < ?", org, old); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, "DELETE FROM inbox_feed WHERE org_id = ? AND n <= (SELECT kept_from FROM inbox_org WHERE org_id = ?)", org, org)
		return err
	})
}

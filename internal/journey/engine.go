package journey

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"time"

	"fishpond/internal/platform/access"
	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
)

const (
	poll       = time.Second // how often work is looked for that nobody announced
	mostRounds = 200         // batches of one org in a row, so that others have their turn
)

// Run is the engine of this node, until ctx ends. Any number of nodes may have
// one.
func (s *Service) Run(ctx context.Context) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	dates := time.Time{}
	for ctx.Err() == nil {
		next, err := s.Tick(ctx)
		if err != nil && ctx.Err() == nil {
			s.logger.WarnContext(ctx, "journeys stand still, will try again", "error", err)
		}
		if now := s.now(); now.Sub(dates) >= time.Minute || now.Before(dates) {
			dates = now
			if err := s.Dates(ctx); err != nil && ctx.Err() == nil {
				s.logger.WarnContext(ctx, "dates were not looked at, will try again", "error", err)
			}
		}
		wait := poll
		if !next.IsZero() && err == nil {
			wait = min(wait, max(next.Sub(s.now()), 2*time.Millisecond))
		}
		timer.Reset(wait)
		select {
		case <-ctx.Done():
			return
		case <-s.bell:
		case <-timer.C:
		}
	}
}

// due is a live journey and when somebody of it is due next.
type due struct {
	org, journey string
	at           int64
}

// dues lists live journeys in which somebody is or will be due.
func (s *Service) dues(ctx context.Context, orgID string) (out []due, err error) {
	query, args := `SELECT j.org_id, j.id, (SELECT MIN(r.due_at) FROM journey_run r WHERE r.org_id = j.org_id AND r.journey_id = j.id AND r.status = 'active' AND r.due_at > 0)
		FROM journey_journey j WHERE j.status = 'live'`, []any{}
	if orgID != db.AllOrgs {
		query, args = query+" AND j.org_id = ?", []any{orgID}
	}
	err = s.db.Read(ctx, orgID, func(tx *db.Tx) error {
		out = out[:0]
		return tx.Each(ctx, func(rows *sql.Rows) error {
			var d due
			var at sql.NullInt64
			err := rows.Scan(&d.org, &d.journey, &at)
			if d.at = at.Int64; at.Valid {
				out = append(out, d)
			}
			return err
		}, query, args...)
	})
	return out, err
}

// Tick has everybody walk who is due, in all orgs, and says when the next one is;
// the zero time: nobody. While the clock is not believed nobody walks.
func (s *Service) Tick(ctx context.Context) (next time.Time, err error) {
	if !s.Outbox.Trust() {
		return next, nil
	}
	all, err := s.dues(ctx, db.AllOrgs)
	if err != nil {
		return next, err
	}
	now := s.micros()
	var failed []error
	for len(all) > 0 {
		orgID := all[0].org
		of := slices.DeleteFunc(slices.Clone(all), func(d due) bool { return d.org != orgID })
		all = slices.DeleteFunc(all, func(d due) bool { return d.org == orgID })
		var ready []string
		for _, d := range of {
			if d.at <= now {
				ready = append(ready, d.journey)
			} else if at := clock.Time(d.at); next.IsZero() || at.Before(next) {
				next = at
			}
		}
		if len(ready) == 0 {
			continue
		}
		at, err := s.walkOrg(access.With(ctx, access.ForSystem(orgID, "journey")), orgID, ready)
		if err != nil && ctx.Err() == nil {
			failed = append(failed, fmt.Errorf("org %s: %w", orgID, err))
		}
		if !at.IsZero() && (next.IsZero() || at.Before(next)) {
			next = at
		}
	}
	return next, errors.Join(append(failed, ctx.Err())...)
}

// TickOrg has everybody of one org walk who is due.
func (s *Service) TickOrg(ctx context.Context, orgID string) error {
	of, err := s.dues(ctx, orgID)
	if err != nil {
		return err
	}
	var ready []string
	for _, d := range of {
		ready = append(ready, d.journey)
	}
	_, err = s.walkOrg(access.With(ctx, access.ForSystem(orgID, "journey")), orgID, ready)
	return err
}

// walkOrg takes batches until nobody is due, and says when to look again at
// those who could not walk yet.
func (s *Service) walkOrg(ctx context.Context, orgID string, journeys []string) (again time.Time, err error) {
	for range mostRounds {
		n, more, err := s.batch(ctx, orgID, journeys)
		if err != nil {
			return again, err
		}
		if s.o.Walked != nil && n > 0 {
			if err := s.o.Walked(); err != nil {
				return again, err
			}
		}
		if !more { // whom somebody makes due meanwhile, they ring for
			break
		}
	}
	return s.now().Add(10 * time.Millisecond), ctx.Err()
}

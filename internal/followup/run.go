package followup

import (
	"context"
	"errors"
	"fmt"
	"time"

	"fishpond/internal/platform/access"
	"fishpond/internal/platform/db"
)

// Run makes the lists of all orgs, each at its hour, until ctx ends.
func (s *Service) Run(ctx context.Context) {
	for {
		if err := s.Tick(ctx); err != nil && ctx.Err() == nil {
			s.logger.ErrorContext(ctx, "today's lists were not made, will try again", "error", err)
		}
		t := time.NewTimer(s.poll)
		select {
		case <-ctx.Done():
			t.Stop()
			return
		case <-t.C:
		}
	}
}

// Tick makes the lists that are due now and are not made yet. One org that
// fails does not keep the others waiting.
func (s *Service) Tick(ctx context.Context) error {
	orgs, err := s.Orgs.OrgIDs(ctx)
	if err != nil {
		return err
	}
	var failed []error
	for _, id := range orgs {
		if err := s.morning(access.With(ctx, access.ForSystem(id, "followup")), id); err != nil && ctx.Err() == nil {
			failed = append(failed, fmt.Errorf("org %s: %w", id, err))
		}
	}
	return errors.Join(failed...)
}

// morning makes the lists of an org if their hour has come.
func (s *Service) morning(ctx context.Context, orgID string) error {
	var day Day
	due := false
	err := s.db.Read(ctx, orgID, func(tx *db.Tx) error {
		org, err := s.Orgs.Settings(ctx, tx, orgID)
		if err != nil {
			return err
		}
		set, err := settingsOf(ctx, tx, orgID)
		if err != nil {
			return err
		}
		now := s.now()
		day = DayOf(now.In(org.Zone))
		if now.Before(day.At(set.minute(), org.Zone)) {
			due = false
			return nil
		}
		return tx.QueryRow(ctx, "SELECT NOT EXISTS (SELECT 1 FROM followup_day WHERE org_id = ? AND day >= ?)", orgID, int64(day)).Scan(&due)
	})
	if err != nil || !due {
		return err
	}
	if err := s.ready(ctx, orgID); err != nil {
		return err
	}
	b, err := s.build(ctx, orgID, day, false)
	if errors.Is(err, errElsewhere) {
		return nil // another node, or the next tick
	}
	if err == nil {
		s.logger.InfoContext(ctx, "today's lists are made", "org", orgID, "day", b.Day, "listed", b.Listed, "beyond", b.Beyond, "took", b.Took)
	}
	return err
}

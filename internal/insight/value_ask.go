package insight

import (
	"context"
	"errors"
	"fmt"
	"time"

	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
)

const (
	refitPatience = time.Hour        // one that was asked for longer ago is given up
	refitApart    = 10 * time.Minute // between two fits that nobody asked for
)

// Refitting is how far values are worked out anew, after somebody asked for it.
type Refitting struct {
	AskedAt time.Time `json:"asked_at"`
	Done    int64     `json:"done" doc:"People whose value is told; 0 while the models are fitted"`
	Total   int64     `json:"total"`
}

// refitting is nil when none is under way; failed tells whether the last one broke
// off.
func (s *Service) refitting(ctx context.Context, tx *db.Tx, orgID string) (r *Refitting, failed bool, err error) {
	var asked, over, done, total, broke int64
	err = tx.QueryRow(ctx, "SELECT asked_at, done_at, done, total, failed FROM insight_value_ask WHERE org_id = ?", orgID).Scan(&asked, &over, &done, &total, &broke)
	switch {
	case db.IsNoRows(err):
		return nil, false, nil
	case err != nil:
		return nil, false, err
	case over >= asked:
		return nil, broke == 1, nil
	case s.now().Sub(clock.Time(asked)) > refitPatience:
		return nil, true, nil
	}
	return &Refitting{AskedAt: clock.Time(asked), Done: done, Total: total}, false, nil
}

// AskRefit has an org's values worked out anew, soon. While that is under way,
// asking again changes nothing.
func (s *Service) AskRefit(ctx context.Context, orgID string) (out Refitting, err error) {
	err = s.db.Write(ctx, orgID, func(tx *db.Tx) error {
		under, _, err := s.refitting(ctx, tx, orgID)
		if err != nil {
			return err
		}
		if under != nil {
			out = *under
			return nil
		}
		out = Refitting{AskedAt: s.now().UTC()}
		if err := tx.QueryRow(ctx, "SELECT count(*) FROM insight_person WHERE org_id = ?", orgID).Scan(&out.Total); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `INSERT INTO insight_value_ask (org_id, asked_at, done_at, done, total, failed) VALUES (?, ?, 0, 0, ?, 0)
			ON CONFLICT (org_id) DO UPDATE SET asked_at = excluded.asked_at, done = 0, total = excluded.total, failed = 0`, orgID, clock.Micros(out.AskedAt), out.Total); err != nil {
			return err
		}
		if s.measure.Later == nil {
			return nil
		}
		return s.measure.Later.Refit(ctx, tx, orgID)
	})
	if err != nil {
		return Refitting{}, fmt.Errorf("insight: value: %w", err)
	}
	return out, nil
}

// RefitAsked is the work that AskRefit asks for.
func (s *Service) RefitAsked(ctx context.Context, orgID string) error {
	failed := s.Refit(ctx, orgID)
	err := s.db.Write(context.WithoutCancel(ctx), orgID, func(tx *db.Tx) error {
		_, err := tx.Exec(ctx, "UPDATE insight_value_ask SET done_at = ?, failed = ? WHERE org_id = ?", clock.Micros(s.now())+1, db.Bit(failed != nil), orgID)
		return err
	})
	return errors.Join(failed, err)
}

// valueStep tells how far values are told.
func valueStep(ctx context.Context, tx *db.Tx, orgID string, people int) error {
	_, err := tx.Exec(ctx, "UPDATE insight_value_ask SET done = done + ? WHERE org_id = ? AND done_at < asked_at", people, orgID)
	return err
}

// RefitGrown fits the models of every org that has orders and none yet, or a tenth
// more of them since, ten minutes apart: after an import nobody waits for the night.
func (s *Service) RefitGrown(ctx context.Context) error {
	orgs, err := s.orgs.OrgIDs(ctx)
	for _, org := range orgs {
		due := false
		e := s.db.Read(ctx, org, func(tx *db.Tx) error {
			f, grown, err := s.grown(ctx, tx, org)
			due = grown && (f == nil || s.now().Sub(clock.Time(f.at)) >= refitApart)
			return err
		})
		if e == nil && due {
			e = s.Refit(ctx, org)
		}
		if e != nil {
			err = errors.Join(err, fmt.Errorf("org %s: %w", org, e))
		}
	}
	return err
}

// grown reports whether there are a tenth more orders than the newest models saw.
func (s *Service) grown(ctx context.Context, tx *db.Tx, orgID string) (f *fitting, grown bool, err error) {
	var orders int64
	if err := tx.QueryRow(ctx, "SELECT COALESCE(SUM(orders), 0) FROM insight_month WHERE org_id = ?", orgID).Scan(&orders); err != nil {
		return nil, false, err
	}
	if f, err = latestFitting(ctx, tx, orgID); err != nil {
		return nil, false, err
	}
	return f, f == nil && orders > 0 || f != nil && orders > f.orders+f.orders/valueGrowth, nil
}

package drill

import (
	"context"
	"errors"
	"fmt"
	"time"

	"fishpond/internal/platform/access"
	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
	"fishpond/internal/platform/ids"
)

// MonthlyInput says when drills are run by themselves.
type MonthlyInput struct {
	Enabled bool   `json:"enabled"`
	Day     int    `json:"day" minimum:"1" maximum:"28" doc:"Of the month, in the org's time zone; at four in the morning"`
	Purpose string `json:"purpose" enum:"marketing,service" doc:"Of the messages with which people would be reached"`
}

// Monthly is the drill that is run by itself once a month.
type Monthly struct {
	MonthlyInput
	TimeZone  string     `json:"time_zone"`
	NextAt    *time.Time `json:"next_at" doc:"Null when it is off"`
	Last      *Run       `json:"last" doc:"The latest that ran by itself; null before the first, or when that was deleted"`
	CompareTo string     `json:"compare_to" doc:"The newest drill that is done of a month before the latest's; empty when there is none, or the latest is not done"`
	UpdatedAt *time.Time `json:"updated_at" doc:"Null: as by default, on the first of the month"`
	UpdatedBy string     `json:"updated_by"`
}

const (
	monthlyHour = 4 // by the org's clock: when values have been fitted and few people work
	monthForm   = "2006-01"
	lastDay     = 28 // every month has it
)

// monthlyRow is a row of insight_drill_monthly.
type monthlyRow struct {
	MonthlyInput
	month, run string
	updated    int64
	by         string
}

// due is when the drill of a month is, in the zone of month.
func (r *monthlyRow) due(month time.Time) time.Time {
	return time.Date(month.Year(), month.Month(), r.Day, monthlyHour, 0, 0, 0, month.Location())
}

// next is when the next drill is due; it may have gone by.
func (r *monthlyRow) next(now time.Time, zone *time.Location) time.Time {
	first := firstOfMonth(now.In(zone))
	if r.month >= first.Format(monthForm) {
		first = first.AddDate(0, 1, 0)
	}
	return r.due(first)
}

// skip passes the present month over when its day has gone by: what is switched
// on now begins with the next day that comes.
func (r *monthlyRow) skip(now time.Time, zone *time.Location) {
	first := firstOfMonth(now.In(zone))
	if now.Before(r.due(first)) {
		first = first.AddDate(0, -1, 0)
	}
	r.month = max(r.month, first.Format(monthForm))
}

func firstOfMonth(t time.Time) time.Time {
	return time.Date(t.Year(), t.Month(), 1, 0, 0, 0, 0, t.Location())
}

// monthlyOf is an org's row; stored is false while it is as by default.
func monthlyOf(ctx context.Context, tx *db.Tx, orgID string, now time.Time, zone *time.Location) (r monthlyRow, stored bool, err error) {
	var enabled int64
	err = tx.QueryRow(ctx, "SELECT enabled, day, purpose, month, run_id, updated_at, updated_by FROM insight_drill_monthly WHERE org_id = ?", orgID).
		Scan(&enabled, &r.Day, &r.Purpose, &r.month, &r.run, &r.updated, &r.by)
	if db.IsNoRows(err) {
		r = monthlyRow{MonthlyInput: MonthlyInput{Enabled: true, Day: 1, Purpose: "marketing"}}
		r.skip(now, zone)
		return r, false, nil
	}
	r.Enabled = enabled == 1
	return r, true, err
}

func (r *monthlyRow) save(ctx context.Context, tx *db.Tx, orgID string) error {
	_, err := tx.Exec(ctx, `INSERT INTO insight_drill_monthly (org_id, enabled, day, purpose, month, run_id, updated_at, updated_by) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (org_id) DO UPDATE SET enabled = excluded.enabled, day = excluded.day, purpose = excluded.purpose, month = excluded.month, updated_at = excluded.updated_at, updated_by = excluded.updated_by`,
		orgID, db.Bit(r.Enabled), r.Day, r.Purpose, r.month, r.run, r.updated, r.by)
	return err
}

// Monthly tells when drills are run by themselves, and what the latest said.
func (s *Service) Monthly(ctx context.Context, orgID string) (out Monthly, err error) {
	err = s.db.Read(ctx, orgID, func(tx *db.Tx) error {
		out, err = s.monthly(ctx, tx, orgID)
		return err
	})
	return out, err
}

func (s *Service) monthly(ctx context.Context, tx *db.Tx, orgID string) (out Monthly, err error) {
	zone, err := s.ports.Orgs.Zone(ctx, tx, orgID)
	if err != nil {
		return out, err
	}
	r, _, err := monthlyOf(ctx, tx, orgID, s.now(), zone)
	if err != nil {
		return out, err
	}
	out = Monthly{MonthlyInput: r.MonthlyInput, TimeZone: zone.String(), UpdatedAt: clock.Ptr(r.updated), UpdatedBy: r.by}
	if r.Enabled {
		at := r.next(s.now(), zone).UTC()
		out.NextAt = &at
	}
	if r.run == "" {
		return out, nil
	}
	last, err := runByID(ctx, tx, orgID, r.run)
	if errs.Is(err, errs.CodeNotFound) { // thrown away
		return out, nil
	}
	if err != nil {
		return out, err
	}
	last.tell(ctx)
	out.Last = &last
	if last.Status != StatusDone {
		return out, nil
	}
	err = tx.QueryRow(ctx, "SELECT id FROM insight_drill_run WHERE org_id = ? AND status = ? AND month < ? ORDER BY made_at DESC, id DESC LIMIT 1", orgID, StatusDone, last.Month).Scan(&out.CompareTo)
	if db.IsNoRows(err) {
		err = nil
	}
	return out, err
}

// SetMonthly switches the monthly drill on or off, or moves its day. A month
// whose day has gone by is not made up for.
func (s *Service) SetMonthly(ctx context.Context, in MonthlyInput) (out Monthly, err error) {
	a, _ := access.From(ctx)
	if in.Day < 1 || in.Day > lastDay {
		return out, errs.InvalidField("body.day", i18n.T("请选 1 到 %d 号", "Choose a day from 1 to %d", lastDay))
	}
	err = s.db.Write(ctx, a.OrgID, func(tx *db.Tx) error {
		zone, err := s.ports.Orgs.Zone(ctx, tx, a.OrgID)
		if err != nil {
			return err
		}
		now := s.now()
		r, _, err := monthlyOf(ctx, tx, a.OrgID, now, zone)
		if err != nil {
			return err
		}
		r.MonthlyInput, r.updated, r.by = in, clock.Micros(now), a.ID
		r.skip(now, zone)
		if err := r.save(ctx, tx, a.OrgID); err != nil {
			return err
		}
		if err := s.ports.Auditor.Audit(ctx, tx, "drill.monthly_set", "drill", "", in); err != nil {
			return err
		}
		out, err = s.monthly(ctx, tx, a.OrgID)
		return err
	})
	return out, err
}

// Tick starts the monthly drills that are due. It may be called at any time and
// by several at once: each month of an org has one.
func (s *Service) Tick(ctx context.Context) error {
	orgs, err := s.ports.Orgs.OrgIDs(ctx)
	for _, id := range orgs {
		if e := s.tick(access.With(ctx, access.ForSystem(id, "monthly drill")), id); e != nil {
			err = errors.Join(err, fmt.Errorf("org %s: %w", id, e))
		}
	}
	return err
}

func (s *Service) tick(ctx context.Context, orgID string) error {
	now := s.now()
	var r monthlyRow
	var stored bool
	var zone *time.Location
	if err := s.db.Read(ctx, orgID, func(tx *db.Tx) (err error) {
		if zone, err = s.ports.Orgs.Zone(ctx, tx, orgID); err == nil {
			r, stored, err = monthlyOf(ctx, tx, orgID, now, zone)
		}
		return err
	}); err != nil {
		return err
	}
	if !stored { // from here on its months are counted
		return s.db.Write(ctx, orgID, func(tx *db.Tx) error {
			_, err := tx.Exec(ctx, `INSERT INTO insight_drill_monthly (org_id, enabled, day, purpose, month, run_id, updated_at, updated_by) VALUES (?, 1, ?, ?, ?, '', 0, '') ON CONFLICT DO NOTHING`,
				orgID, r.Day, r.Purpose, r.month)
			return err
		})
	}
	if !r.Enabled || now.Before(r.next(now, zone)) {
		return nil
	}
	id, month := ids.New("drl"), now.In(zone).Format(monthForm)
	err := s.db.Write(ctx, orgID, func(tx *db.Tx) error {
		n, err := tx.Changed(ctx, "UPDATE insight_drill_monthly SET month = ?, run_id = ? WHERE org_id = ? AND enabled = 1 AND day = ? AND month = ?", month, id, orgID, r.Day, r.month)
		if err != nil || n == 0 { // somebody was quicker, or has just changed it
			return err
		}
		return s.queue(ctx, tx, orgID, id, month, RunInput{Name: month, Purpose: r.Purpose, Kept: true}, "")
	})
	if db.IsUnique(err) { // one is going on that somebody asked for: this one comes after it
		return nil
	}
	return err
}

package journey

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"fishpond/internal/journey/graph"
	"fishpond/internal/journey/walk"
	"fishpond/internal/platform/access"
	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
)

// longestGap bounds how far back dates are looked at after nobody looked.
const longestGap = 3 * 24 * time.Hour

// Dates lets those in whose date has come near, in all orgs.
func (s *Service) Dates(ctx context.Context) error {
	orgs, err := s.Orgs.OrgIDs(ctx)
	if err != nil {
		return err
	}
	var failed []error
	for _, id := range orgs {
		if err := s.DatesOrg(access.With(ctx, access.ForSystem(id, "journey")), id); err != nil && ctx.Err() == nil {
			failed = append(failed, fmt.Errorf("org %s: %w", id, err))
		}
	}
	return errors.Join(append(failed, ctx.Err())...)
}

// DatesOrg is Dates of one org.
func (s *Service) DatesOrg(ctx context.Context, orgID string) error {
	var rows []*row
	entries := map[string]graph.Entry{}
	var org OrgSettings
	if err := s.db.Read(ctx, orgID, func(tx *db.Tx) (err error) {
		if rows, err = running(ctx, tx, orgID); err != nil || len(rows) == 0 {
			return err
		}
		for _, r := range rows {
			e, err := s.edition(ctx, tx, orgID, r.id, r.version)
			if err != nil {
				return err
			}
			entries[r.id] = e.Entry
		}
		org, err = s.Orgs.Settings(ctx, tx, orgID)
		return err
	}); err != nil {
		return err
	}
	for _, r := range rows {
		if e := entries[r.id]; e.Kind == graph.ByDate {
			if err := s.datesOf(ctx, orgID, org, r, e); err != nil {
				return fmt.Errorf("journey %s: %w", r.id, err)
			}
		}
	}
	return nil
}

// datesOf lets those in whose moment has come since it was looked at last.
func (s *Service) datesOf(ctx context.Context, orgID string, org OrgSettings, r *row, e graph.Entry) error {
	now := s.micros()
	from := max(r.datesTo, now-int64(longestGap/time.Microsecond))
	if from >= now {
		return nil
	}
	// Wherever people are, it is one of these days there.
	var days []string
	last := clock.Time(now).Add(14 * time.Hour)
	for t := clock.Time(from).Add(-14 * time.Hour).Truncate(24 * time.Hour); !t.After(last); t = t.AddDate(0, 0, 1) {
		d := t.AddDate(0, 0, -e.Offset)
		days = append(days, d.Format(time.DateOnly))
		if e.Yearly && d.Month() == time.February && d.Day() == 28 {
			days = append(days, d.Format("2006-")+"02-29")
		}
	}
	days = slices.Compact(days)
	for i := range days {
		if e.Yearly {
			days[i] = days[i][5:]
		}
	}
	dates, err := s.Conditions.Dates(ctx, orgID, e.Trait, e.Yearly, days)
	if err != nil {
		return err
	}
	people := sorted(dates)
	for len(people) > 0 {
		some := people[:min(chunk, len(people))]
		people = people[len(some):]
		if err := s.db.Write(ctx, orgID, func(tx *db.Tx) error { return s.takeDates(ctx, tx, orgID, org, r, e, some, dates, from, now) }); err != nil {
			return err
		}
	}
	return s.db.Write(ctx, orgID, func(tx *db.Tx) error {
		_, err := tx.Exec(ctx, "UPDATE journey_journey SET dates_to = ? WHERE org_id = ? AND id = ? AND dates_to < ?", now, orgID, r.id, now)
		return err
	})
}

func (s *Service) takeDates(ctx context.Context, tx *db.Tx, orgID string, org OrgSettings, r *row, e graph.Entry, people []string, dates map[string]string, from, now int64) error {
	fresh, err := load(ctx, tx, orgID, r.id)
	if err != nil || !fresh.takesIn() || fresh.datesTo >= now { // another node was quicker
		return err
	}
	known, err := s.People.Persons(ctx, tx, orgID, people)
	if err != nil {
		return err
	}
	var in []incoming
	for _, id := range people {
		who, ok := known[id]
		date, err := time.Parse(time.DateOnly, dates[id])
		if !ok || err != nil {
			continue
		}
		zone := zoneOf(who.Zone, org.Zone)
		at := walk.OnDate(date, e.Offset, zone, e.At)
		if e.Yearly {
			at = walk.NextYearly(from, date, e.Offset, zone, e.At)
		}
		if at > from && at <= now {
			in = append(in, incoming{person: who.ID, cameAs: who.ID, source: FromDate, at: at})
		}
	}
	t := tally{}
	if _, err := s.enter(ctx, tx, orgID, fresh, in, t); err != nil {
		return err
	}
	return t.keep(ctx, tx, orgID)
}

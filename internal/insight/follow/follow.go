// Package follow holds what those parts of insight share that follow the
// timeline into tables of their own: months of an org, the zone and currency in
// which it is counted, and who speaks for people that were merged. It owns no
// tables; callers name theirs, which must have the columns that are told at
// each function.
package follow

import (
	"context"
	"database/sql"
	"fmt"
	"maps"
	"slices"
	"time"

	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
	"fishpond/internal/pool/poolevent"
	"fishpond/internal/timeline"
)

// None is the month of what there is not.
const None int64 = -1

// MonthOf is the month of a moment (UTC microseconds) in zone, kept as year ×
// 12 + month − 1 so that the next one is one more.
func MonthOf(us int64, zone *time.Location) int64 {
	y, m, _ := clock.Time(us).In(zone).Date()
	return int64(y)*12 + int64(m) - 1
}

// MonthName is YYYY-MM; empty for None.
func MonthName(m int64) string {
	if m < 0 {
		return ""
	}
	return fmt.Sprintf("%04d-%02d", m/12, m%12+1)
}

// MonthStart is the first moment of a month in zone, in UTC.
func MonthStart(m int64, zone *time.Location) time.Time {
	return time.Date(int(m/12), time.Month(m%12+1), 1, 0, 0, 0, 0, zone).UTC()
}

// ParseMonth reads YYYY-MM.
func ParseMonth(s string) (int64, error) {
	t, err := time.Parse("2006-01", s)
	if err != nil {
		return None, err
	}
	return int64(t.Year())*12 + int64(t.Month()) - 1, nil
}

// OrgSettings is what must be known of an org.
type OrgSettings struct {
	Zone     *time.Location // decides where a month begins
	Currency string         // ISO 4217
}

// Orgs answers for the org module.
type Orgs interface {
	// OrgIDs lists all orgs.
	OrgIDs(ctx context.Context) ([]string, error)
	// Settings returns those of one org.
	Settings(ctx context.Context, tx *db.Tx, orgID string) (OrgSettings, error)
}

// State returns the zone and currency in which an org is counted, from the table
// (org_id, zone, currency). It reports false while nothing has been counted: the
// answer is then how it will be.
func State(ctx context.Context, tx *db.Tx, orgID, table string, orgs Orgs) (OrgSettings, bool, error) {
	var zone string
	var o OrgSettings
	err := tx.QueryRow(ctx, "SELECT zone, currency FROM "+table+" WHERE org_id = ?", orgID).Scan(&zone, &o.Currency)
	if db.IsNoRows(err) {
		o, err = orgs.Settings(ctx, tx, orgID)
		return o, false, err
	}
	if err == nil {
		o.Zone, err = time.LoadLocation(zone)
	}
	if err != nil {
		return o, false, fmt.Errorf("%s: %w", table, err)
	}
	return o, true, nil
}

// Ground is State, settled with the first event.
func Ground(ctx context.Context, tx *db.Tx, orgID, table string, orgs Orgs) (OrgSettings, error) {
	o, settled, err := State(ctx, tx, orgID, table, orgs)
	if err == nil && !settled {
		_, err = tx.Exec(ctx, "INSERT INTO "+table+" (org_id, zone, currency) VALUES (?, ?, ?)", orgID, o.Zone.String(), o.Currency)
	}
	return o, err
}

// RebuildOutdated rebuilds a subscriber for every org that has moved to
// another time zone or currency since table's row was settled.
func RebuildOutdated(ctx context.Context, d *db.DB, table string, orgs Orgs, rebuild func(ctx context.Context, orgID string) error) error {
	all, err := orgs.OrgIDs(ctx)
	if err != nil {
		return err
	}
	for _, org := range all {
		outdated := false
		if err := d.Read(ctx, org, func(tx *db.Tx) error {
			counted, settled, err := State(ctx, tx, org, table, orgs)
			if err != nil || !settled {
				return err
			}
			now, err := orgs.Settings(ctx, tx, org)
			outdated = err == nil && (now.Zone.String() != counted.Zone.String() || now.Currency != counted.Currency)
			return err
		}); err != nil {
			return err
		}
		if outdated {
			if err := rebuild(ctx, org); err != nil {
				return fmt.Errorf("%s: rebuild of org %s: %w", table, org, err)
			}
		}
	}
	return nil
}

// Merges notes the merges and splits among events in the table (org_id,
// person_id, speaker), which has a row for each id that another speaks for.
// Other kinds are passed over.
func Merges(ctx context.Context, tx *db.Tx, orgID, table string, events []timeline.Event) error {
	now := map[string]string{} // empty: speaks for itself
	for _, e := range events {
		if e.Kind != poolevent.Merged && e.Kind != poolevent.Split {
			continue
		}
		var m poolevent.Merge
		if err := e.Decode(&m); err != nil {
			return err
		}
		speaker := m.WinnerID
		if e.Kind == poolevent.Split {
			speaker = m.LoserID
		}
		for _, id := range m.Members {
			now[id] = speaker
		}
		now[speaker] = ""
	}
	if len(now) == 0 {
		return nil
	}
	ids := slices.Sorted(maps.Keys(now))
	where, arg := tx.In("person_id", ids)
	if _, err := tx.Exec(ctx, "DELETE FROM "+table+" WHERE org_id = ? AND "+where, orgID, arg); err != nil {
		return fmt.Errorf("%s: %w", table, err)
	}
	var merged, speakers []string
	for _, id := range ids {
		if now[id] != "" {
			merged, speakers = append(merged, id), append(speakers, now[id])
		}
	}
	_, err := tx.BulkInsert(ctx, table, "", db.Same("org_id", orgID, len(merged)), db.Text("person_id", merged), db.Text("speaker", speakers))
	return err
}

// Clear deletes an org's rows of tables.
func Clear(ctx context.Context, tx *db.Tx, orgID string, tables ...string) error {
	for _, t := range tables {
		if _, err := tx.Exec(ctx, "DELETE FROM "+t+" WHERE org_id = ?", orgID); err != nil {
			return fmt.Errorf("%s: %w", t, err)
		}
	}
	return nil
}

// Ints reads rows of whole numbers and hands each over; the slice is used again.
func Ints(ctx context.Context, tx *db.Tx, n int, row func([]int64), query string, args ...any) error {
	v, p := make([]int64, n), make([]any, n)
	for i := range v {
		p[i] = &v[i]
	}
	return tx.Each(ctx, func(rows *sql.Rows) error {
		err := rows.Scan(p...)
		if err == nil {
			row(v)
		}
		return err
	}, query, args...)
}

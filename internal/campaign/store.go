package campaign

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
)

// row is a campaign as it is stored.
type row struct {
	id, name, kind, segment, purpose, accounts, subject, text, html string
	start, holdout, measureDays, perMinute                          int64
	status, why                                                     string
	version, frozen, plannedSeq                                     int64
	people, treated, heldOut, globalOut, unreachable                int64
	carry                                                           string
	measureFrom, measureTo                                          int64
	created, submitted, approved, finished, changed                 int64
	createdBy, submittedBy, approvedBy                              string
	secret                                                          string // of its links; none before it is frozen
	options, chosen, verdict, code                                  string
	tested, decideAt, decided                                       int64
	series, occurrence                                              string
	next, runs, skipped, allowed                                    int64
	opt                                                             Options // options, read
}

const columns = `id, name, kind, segment_id, purpose, accounts, subject, body_text, body_html, start_at, holdout_bp, measure_days, per_minute, status, why, version, frozen_at, planned_seq,
	people, treated, held_out, global_out, unreachable, carry, measure_from, measure_to, created_at, created_by, submitted_at, submitted_by, approved_at, approved_by, finished_at, changed_at, secret, options, tested, decide_at, decided_at, chosen, verdict, code, series_id, occurrence, next_at, runs, skipped, allowed`

func (r *row) scan(from interface{ Scan(...any) error }) error {
	if err := from.Scan(&r.id, &r.name, &r.kind, &r.segment, &r.purpose, &r.accounts, &r.subject, &r.text, &r.html, &r.start, &r.holdout, &r.measureDays, &r.perMinute, &r.status, &r.why, &r.version,
		&r.frozen, &r.plannedSeq, &r.people, &r.treated, &r.heldOut, &r.globalOut, &r.unreachable, &r.carry, &r.measureFrom, &r.measureTo, &r.created, &r.createdBy, &r.submitted, &r.submittedBy,
		&r.approved, &r.approvedBy, &r.finished, &r.changed, &r.secret, &r.options, &r.tested, &r.decideAt, &r.decided, &r.chosen, &r.verdict, &r.code,
		&r.series, &r.occurrence, &r.next, &r.runs, &r.skipped, &r.allowed); err != nil {
		return err
	}
	var err error
	r.opt, err = readOptions(r.options)
	return err
}

// insert stores a new campaign.
func (r *row) insert(ctx context.Context, tx *db.Tx, orgID string) error {
	args := []any{orgID, r.id, r.name, r.kind, r.segment, r.purpose, r.accounts, r.subject, r.text, r.html, r.start, r.holdout, r.measureDays, r.perMinute, r.status, r.why, r.version,
		r.frozen, r.plannedSeq, r.people, r.treated, r.heldOut, r.globalOut, r.unreachable, r.carry, r.measureFrom, r.measureTo, r.created, r.createdBy, r.submitted, r.submittedBy,
		r.approved, r.approvedBy, r.finished, r.changed, r.secret, r.options, r.tested, r.decideAt, r.decided, r.chosen, r.verdict, r.code,
		r.series, r.occurrence, r.next, r.runs, r.skipped, r.allowed}
	if _, err := tx.Exec(ctx, "INSERT INTO campaign_campaign (org_id, "+columns+") VALUES ("+strings.TrimSuffix(strings.Repeat("?, ", len(args)), ", ")+")", args...); err != nil {
		return fmt.Errorf("campaign: create: %w", err)
	}
	return nil
}

func (r *row) startAt() time.Time { return clock.Time(r.start) }

func (r *row) accountIDs() (ids []string) {
	if err := json.Unmarshal([]byte(r.accounts), &ids); err != nil {
		panic("campaign: accounts that we wrote do not read: " + err.Error())
	}
	return ids
}

func load(ctx context.Context, tx *db.Tx, orgID, id string) (*row, error) {
	r := &row{}
	err := r.scan(tx.QueryRow(ctx, "SELECT "+columns+" FROM campaign_campaign WHERE org_id = ? AND id = ?", orgID, id))
	if db.IsNoRows(err) {
		return nil, errNoCampaign
	}
	return r, err
}

// place is where a page of campaigns goes on.
type place struct {
	At int64
	ID string
}

// Filter says which campaigns are listed.
type Filter struct {
	Status   string `query:"status" enum:",draft,awaiting,planned,sending,paused,done,cancelled,running"`
	Kind     string `query:"kind" enum:",broadcast,series"`
	SeriesID string `query:"series_id" maxLength:"64" doc:"Those that a series has made"`
	Q        string `query:"q" maxLength:"100" doc:"Part of the name"`
}

// page lists campaigns, the newest first. "_" and "%" in q mean themselves.
func page(ctx context.Context, tx *db.Tx, orgID string, f Filter, after place, most int) (out []*row, next place, err error) {
	query, args := "SELECT "+columns+" FROM campaign_campaign WHERE org_id = ? AND (? = '' OR status = ?) AND (? = '' OR kind = ?)", []any{orgID, f.Status, f.Status, f.Kind, f.Kind}
	if f.SeriesID != "" {
		query, args = query+" AND series_id = ?", append(args, f.SeriesID)
	}
	if q := strings.TrimSpace(f.Q); q != "" {
		query, args = query+" AND LOWER(name) LIKE LOWER(?) ESCAPE '!'", append(args, like(q))
	}
	if after != (place{}) {
		query, args = query+" AND (created_at, id) < (?, ?)", append(args, after.At, after.ID)
	}
	err = tx.Each(ctx, func(rows *sql.Rows) error {
		r := &row{}
		err := r.scan(rows)
		out = append(out, r)
		return err
	}, query+" ORDER BY created_at DESC, id DESC LIMIT ?", append(args, most+1)...)
	if len(out) > most {
		out = out[:most]
		next = place{out[most-1].created, out[most-1].id}
	}
	return out, next, err
}

// turn moves a campaign on by compare-and-set; false: it was not in one of the
// states. set are further assignments with their arguments.
func (s *Service) turn(ctx context.Context, tx *db.Tx, orgID, id, to string, from []string, set string, args ...any) (bool, error) {
	where, arg := tx.In("status", from)
	if set != "" {
		set = ", " + set
	}
	all := append([]any{to, s.micros()}, args...)
	n, err := tx.Changed(ctx, "UPDATE campaign_campaign SET status = ?, changed_at = ?"+set+" WHERE org_id = ? AND id = ? AND "+where, append(all, orgID, id, arg)...)
	if err != nil {
		return false, fmt.Errorf("campaign: %s: %w", to, err)
	}
	return n == 1, nil
}

// like is a pattern for what holds q; "!" takes the meaning from what follows.
func like(q string) string {
	return "%" + strings.NewReplacer("!", "!!", "%", "!%", "_", "!_").Replace(q) + "%"
}

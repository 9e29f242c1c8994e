package report

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"

	"fishpond/internal/platform/db"
	"fishpond/internal/platform/i18n"
)

type scheduleRow struct {
	id, status, by   string
	in               ReportInput
	next, version    int64
	created, updated int64
}

const scheduleColumns = "id, name, pages, cadence, recipients, account_id, status, next_at, version, created_by, created_at, updated_at"

func (r *scheduleRow) scan(scan func(...any) error) error {
	var pages, cadence, recipients []byte
	if err := scan(&r.id, &r.in.Name, &pages, &cadence, &recipients, &r.in.AccountID, &r.status, &r.next, &r.version, &r.by, &r.created, &r.updated); err != nil {
		return err
	}
	for _, p := range []struct {
		text []byte
		into any
	}{{pages, &r.in.Pages}, {cadence, &r.in.Cadence}, {recipients, &r.in.Recipients}} {
		if err := json.Unmarshal(p.text, p.into); err != nil {
			return fmt.Errorf("report: a schedule that we wrote does not read: %w", err)
		}
	}
	return nil
}

func (r *scheduleRow) texts() (pages, cadence, recipients string, err error) {
	var out [3]string
	for i, v := range []any{r.in.Pages, r.in.Cadence, r.in.Recipients} {
		b, err := json.Marshal(v)
		if err != nil {
			return "", "", "", fmt.Errorf("report: %w", err)
		}
		out[i] = string(b)
	}
	return out[0], out[1], out[2], nil
}

func (r *scheduleRow) insert(ctx context.Context, tx *db.Tx, orgID string) error {
	pages, cadence, recipients, err := r.texts()
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, "INSERT INTO insight_report_schedule (org_id, "+scheduleColumns+") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
		orgID, r.id, r.in.Name, pages, cadence, recipients, r.in.AccountID, r.status, r.next, r.version, r.by, r.created, r.updated)
	return err
}

// update stores the row over the version that was seen; errStale when there is
// another one by now.
func (r *scheduleRow) update(ctx context.Context, tx *db.Tx, orgID string, seen int64) error {
	pages, cadence, recipients, err := r.texts()
	if err != nil {
		return err
	}
	n, err := tx.Changed(ctx, `UPDATE insight_report_schedule SET name = ?, pages = ?, cadence = ?, recipients = ?, account_id = ?, status = ?, next_at = ?, version = ?, updated_at = ?
		WHERE org_id = ? AND id = ? AND version = ?`, r.in.Name, pages, cadence, recipients, r.in.AccountID, r.status, r.next, r.version, r.updated, orgID, r.id, seen)
	if err == nil && n == 0 {
		err = errStale
	}
	return err
}

func scheduleByID(ctx context.Context, tx *db.Tx, orgID, id string) (r scheduleRow, err error) {
	err = r.scan(tx.QueryRow(ctx, "SELECT "+scheduleColumns+" FROM insight_report_schedule WHERE org_id = ? AND id = ?", orgID, id).Scan)
	if db.IsNoRows(err) {
		err = errNoSchedule
	}
	return r, err
}

func schedules(ctx context.Context, tx *db.Tx, orgID string) (out []scheduleRow, err error) {
	return out, tx.Each(ctx, func(rows *sql.Rows) error {
		var r scheduleRow
		err := r.scan(rows.Scan)
		out = append(out, r)
		return err
	}, "SELECT "+scheduleColumns+" FROM insight_report_schedule WHERE org_id = ? AND status <> 'deleted' ORDER BY name, id", orgID)
}

func countSchedules(ctx context.Context, tx *db.Tx, orgID string) (n int, err error) {
	return n, tx.QueryRow(ctx, "SELECT count(*) FROM insight_report_schedule WHERE org_id = ? AND status <> 'deleted'", orgID).Scan(&n)
}

type runRow struct {
	id, schedule, period, askedBy, status string
	reason                                i18n.Text
	due, created, attempts, try           int64
	rows, bytes                           int64
}

const runColumns = "id, schedule_id, period, due_at, created_at, asked_by, status, error, attempts, try_at, table_rows, bytes"

func (r *runRow) scan(scan func(...any) error) error {
	var reason string
	err := scan(&r.id, &r.schedule, &r.period, &r.due, &r.created, &r.askedBy, &r.status, &reason, &r.attempts, &r.try, &r.rows, &r.bytes)
	r.reason = readText(reason)
	return err
}

// insert reports false when there is a run of that period already.
func (r *runRow) insert(ctx context.Context, tx *db.Tx, orgID string) (bool, error) {
	n, err := tx.Changed(ctx, "INSERT INTO insight_report_run (org_id, "+runColumns+") VALUES (?, ?, ?, ?, ?, ?, ?, ?, '', 0, ?, 0, 0) ON CONFLICT DO NOTHING",
		orgID, r.id, r.schedule, r.period, r.due, r.created, r.askedBy, runOpen, r.created)
	return n > 0, err
}

func runByID(ctx context.Context, tx *db.Tx, orgID, id string) (r runRow, err error) {
	err = r.scan(tx.QueryRow(ctx, "SELECT "+runColumns+" FROM insight_report_run WHERE org_id = ? AND id = ?", orgID, id).Scan)
	if db.IsNoRows(err) {
		err = errNoSchedule
	}
	return r, err
}

func runOfPeriod(ctx context.Context, tx *db.Tx, orgID, scheduleID, period string) (r runRow, err error) {
	return r, r.scan(tx.QueryRow(ctx, "SELECT "+runColumns+" FROM insight_report_run WHERE org_id = ? AND schedule_id = ? AND period = ?", orgID, scheduleID, period).Scan)
}

// runsOf are a schedule's, the newest first.
func runsOf(ctx context.Context, tx *db.Tx, orgID, scheduleID string, most int) (out []runRow, err error) {
	return out, tx.Each(ctx, func(rows *sql.Rows) error {
		var r runRow
		err := r.scan(rows.Scan)
		out = append(out, r)
		return err
	}, "SELECT "+runColumns+" FROM insight_report_run WHERE org_id = ? AND schedule_id = ? ORDER BY created_at DESC, id DESC LIMIT ?", orgID, scheduleID, most)
}

type mailRow struct {
	staff, address, status string
	reason                 i18n.Text
	attempts, begun, told  int64
}

func mailsOf(ctx context.Context, tx *db.Tx, orgID, runID string) (out []mailRow, err error) {
	return out, tx.Each(ctx, func(rows *sql.Rows) error {
		var m mailRow
		var reason string
		err := rows.Scan(&m.staff, &m.address, &m.status, &reason, &m.attempts, &m.begun, &m.told)
		m.reason = readText(reason)
		out = append(out, m)
		return err
	}, "SELECT staff_id, address, status, reason, attempts, begun_at, told_at FROM insight_report_mail WHERE org_id = ? AND run_id = ? ORDER BY staff_id", orgID, runID)
}

func writeText(t i18n.Text) string {
	if t.IsZero() {
		return ""
	}
	b, err := json.Marshal([2]string{t.ZH, t.EN})
	if err != nil {
		return ""
	}
	return string(b)
}

func readText(s string) i18n.Text {
	var both [2]string
	if s == "" || json.Unmarshal([]byte(s), &both) != nil {
		return i18n.Text{}
	}
	return i18n.Text{ZH: both[0], EN: both[1]}
}

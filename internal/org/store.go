package org

import (
	"context"
	"database/sql"
	"strings"
	"time"

	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
)

const orgColumns = "org_id, name, time_zone, currency, locale, synthetic, created_at"

func scanOrg(row interface{ Scan(...any) error }) (Org, error) {
	var o Org
	var synthetic, created int64
	err := row.Scan(&o.ID, &o.Name, &o.TimeZone, &o.Currency, &o.Locale, &synthetic, &created)
	o.Synthetic, o.CreatedAt = synthetic == 1, clock.Time(created)
	if db.IsNoRows(err) {
		return Org{}, errs.NotFound(orgThing)
	}
	return o, err
}

func orgByID(ctx context.Context, tx *db.Tx, orgID string) (Org, error) {
	return scanOrg(tx.QueryRow(ctx, "SELECT "+orgColumns+" FROM org WHERE org_id = ?", orgID))
}

func orgByName(ctx context.Context, tx *db.Tx, name string) (Org, error) {
	return scanOrg(tx.QueryRow(ctx, "SELECT "+orgColumns+" FROM org WHERE name_key = ?", nameKey(name)))
}

func orgIDs(ctx context.Context, tx *db.Tx) ([]string, error) {
	var all []string
	err := tx.Each(ctx, func(r *sql.Rows) error {
		var id string
		err := r.Scan(&id)
		all = append(all, id)
		return err
	}, "SELECT org_id FROM org ORDER BY created_at, org_id")
	return all, err
}

func insertOrg(ctx context.Context, tx *db.Tx, o Org) error {
	_, err := tx.Exec(ctx, "INSERT INTO org (org_id, name, name_key, time_zone, currency, locale, synthetic, created_at, updated_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
		o.ID, o.Name, nameKey(o.Name), o.TimeZone, o.Currency, o.Locale, db.Bit(o.Synthetic), clock.Micros(o.CreatedAt), clock.Micros(o.CreatedAt))
	return err
}

func updateOrg(ctx context.Context, tx *db.Tx, o Org, now time.Time) error {
	_, err := tx.Exec(ctx, "UPDATE org SET name = ?, name_key = ?, time_zone = ?, currency = ?, locale = ?, updated_at = ? WHERE org_id = ?",
		o.Name, nameKey(o.Name), o.TimeZone, o.Currency, o.Locale, clock.Micros(now), o.ID)
	return err
}

// lockOrg makes this transaction the only one that changes the org's staff:
// two owners who demote each other at once must not both succeed.
func lockOrg(ctx context.Context, tx *db.Tx, orgID string, now time.Time) error {
	n, err := tx.Changed(ctx, "UPDATE org SET updated_at = ? WHERE org_id = ?", clock.Micros(now), orgID)
	if err == nil && n == 0 {
		return errs.NotFound(orgThing)
	}
	return err
}

var likeEscaper = strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`)

func insertAudit(ctx context.Context, tx *db.Tx, orgID string, e AuditEntry) error {
	_, err := tx.Exec(ctx, "INSERT INTO org_audit (org_id, id, at, actor_kind, actor_id, actor_name, action, object_type, object_id, detail, ip, request_id) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
		orgID, e.ID, clock.Micros(e.At), string(e.ActorKind), e.ActorID, e.ActorName, e.Action, e.ObjectType, e.ObjectID, string(e.Detail), e.IP, e.RequestID)
	return err
}

func auditEntries(ctx context.Context, tx *db.Tx, orgID string, f AuditFilter) ([]AuditEntry, error) {
	where, args := []string{"org_id = ?"}, []any{orgID}
	add := func(cond string, a ...any) { where, args = append(where, cond), append(args, a...) }
	if f.Actor != "" {
		add(`(actor_id = ? OR lower(actor_name) LIKE ? ESCAPE '\')`, f.Actor, "%"+likeEscaper.Replace(strings.ToLower(f.Actor))+"%")
	}
	if f.Action != "" {
		add(`action LIKE ? ESCAPE '\'`, likeEscaper.Replace(strings.ToLower(f.Action))+"%")
	}
	if f.Object != "" {
		add("(object_id = ? OR object_type = ?)", f.Object, f.Object)
	}
	if !f.From.IsZero() {
		add("at >= ?", clock.Micros(f.From))
	}
	if !f.To.IsZero() {
		add("at < ?", clock.Micros(f.To))
	}
	if f.Before != (auditPosition{}) {
		add("(at, id) < (?, ?)", f.Before.At, f.Before.ID)
	}
	var out []AuditEntry
	err := tx.Each(ctx, func(r *sql.Rows) error {
		var e AuditEntry
		var at int64
		var detail string
		err := r.Scan(&e.ID, &at, &e.ActorKind, &e.ActorID, &e.ActorName, &e.Action, &e.ObjectType, &e.ObjectID, &detail, &e.IP, &e.RequestID)
		e.At, e.Detail = clock.Time(at), []byte(detail)
		out = append(out, e)
		return err
	}, "SELECT id, at, actor_kind, actor_id, actor_name, action, object_type, object_id, detail, ip, request_id FROM org_audit WHERE "+
		strings.Join(where, " AND ")+" ORDER BY at DESC, id DESC LIMIT ?", append(args, f.Limit)...)
	return out, err
}

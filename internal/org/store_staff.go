package org

import (
	"context"
	"database/sql"
	"time"

	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
)

// staffRow is a member of staff with what never leaves the module.
type staffRow struct {
	Staff
	OrgID       string
	Password    string // PHC form, empty when there is none
	OIDCSubject string // issuer and subject, empty before the first sign-in that way
}

const staffColumns = "org_id, id, name, email, role, status, locale, password, oidc_subject, created_at, last_seen_at"

func scanStaff(row interface{ Scan(...any) error }) (staffRow, error) {
	var s staffRow
	var created, seen int64
	err := row.Scan(&s.OrgID, &s.ID, &s.Name, &s.Email, &s.Role, &s.Status, &s.Locale, &s.Password, &s.OIDCSubject, &created, &seen)
	s.CreatedAt, s.LastSeenAt = clock.Time(created), clock.Ptr(seen)
	if db.IsNoRows(err) {
		return staffRow{}, errs.NotFound(staffThing)
	}
	return s, err
}

func staffByID(ctx context.Context, tx *db.Tx, orgID, id string) (staffRow, error) {
	return scanStaff(tx.QueryRow(ctx, "SELECT "+staffColumns+" FROM org_staff WHERE org_id = ? AND id = ?", orgID, id))
}

func staffByEmail(ctx context.Context, tx *db.Tx, orgID, email string) (staffRow, error) {
	return scanStaff(tx.QueryRow(ctx, "SELECT "+staffColumns+" FROM org_staff WHERE org_id = ? AND email = ?", orgID, email))
}

// accountsByEmail finds the accounts of an address in all orgs, or in one.
// Nobody works for more brands of one installation than the limit.
func accountsByEmail(ctx context.Context, tx *db.Tx, email, orgID string) ([]staffRow, error) {
	var out []staffRow
	err := tx.Each(ctx, func(r *sql.Rows) error {
		s, err := scanStaff(r)
		out = append(out, s)
		return err
	}, "SELECT "+staffColumns+" FROM org_staff WHERE email = ? AND (? = '' OR org_id = ?) ORDER BY org_id LIMIT 20", email, orgID, orgID)
	return out, err
}

func insertStaff(ctx context.Context, tx *db.Tx, s *staffRow) error {
	_, err := tx.Exec(ctx, "INSERT INTO org_staff ("+staffColumns+") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
		s.OrgID, s.ID, s.Name, s.Email, s.Role, s.Status, s.Locale, s.Password, s.OIDCSubject, clock.Micros(s.CreatedAt), 0)
	if db.IsUnique(err) {
		return errEmailTaken
	}
	return err
}

// updateStaff writes the row if role, status and password are still those of
// before.
func updateStaff(ctx context.Context, tx *db.Tx, before, after staffRow) error {
	n, err := tx.Changed(ctx, `UPDATE org_staff SET name = ?, role = ?, status = ?, locale = ?, password = ?, oidc_subject = ?
		WHERE org_id = ? AND id = ? AND role = ? AND status = ? AND password = ?`,
		after.Name, after.Role, after.Status, after.Locale, after.Password, after.OIDCSubject,
		before.OrgID, before.ID, before.Role, before.Status, before.Password)
	if err == nil && n == 0 {
		return errMeanwhile
	}
	return err
}

// lockStaff makes whoever changes this account wait for us, and us for them:
// a session must not slip in while the account is disabled.
func lockStaff(ctx context.Context, tx *db.Tx, orgID, email string) error {
	_, err := tx.Exec(ctx, "UPDATE org_staff SET last_seen_at = last_seen_at WHERE org_id = ? AND email = ?", orgID, email)
	return err
}

func staffSeen(ctx context.Context, tx *db.Tx, orgID, id string, now time.Time) error {
	_, err := tx.Exec(ctx, "UPDATE org_staff SET last_seen_at = ? WHERE org_id = ? AND id = ? AND last_seen_at < ?", clock.Micros(now), orgID, id, clock.Micros(now))
	return err
}

// activeOwners counts an org's active owners; of all orgs for db.AllOrgs.
func activeOwners(ctx context.Context, tx *db.Tx, orgID string) (n int64, err error) {
	err = tx.QueryRow(ctx, "SELECT COUNT(*) FROM org_staff WHERE (? = '*' OR org_id = ?) AND role = ? AND status = ?", orgID, orgID, RoleOwner, StatusActive).Scan(&n)
	return n, err
}

func listStaff(ctx context.Context, tx *db.Tx, orgID string) ([]Staff, error) {
	var out []Staff
	err := tx.Each(ctx, func(r *sql.Rows) error {
		s, err := scanStaff(r)
		out = append(out, s.Staff)
		return err
	}, "SELECT "+staffColumns+" FROM org_staff WHERE org_id = ? ORDER BY created_at, id", orgID)
	return out, err
}

// linkRow is a one-time link.
type linkRow struct {
	OrgID     string // db.AllOrgs for the set-up of a new org
	ID        string
	Kind      string
	StaffID   string
	ExpiresAt time.Time
	UsedAt    int64
}

func insertLink(ctx context.Context, tx *db.Tx, l linkRow, tokenHash string, now time.Time) error {
	_, err := tx.Exec(ctx, "INSERT INTO org_link (org_id, id, kind, staff_id, token_hash, created_at, expires_at) VALUES (?, ?, ?, ?, ?, ?, ?)",
		l.OrgID, l.ID, l.Kind, l.StaffID, tokenHash, clock.Micros(now), clock.Micros(l.ExpiresAt))
	return err
}

func linkByHash(ctx context.Context, tx *db.Tx, tokenHash string) (linkRow, error) {
	var l linkRow
	var expires int64
	err := tx.QueryRow(ctx, "SELECT org_id, id, kind, staff_id, expires_at, used_at FROM org_link WHERE token_hash = ?", tokenHash).
		Scan(&l.OrgID, &l.ID, &l.Kind, &l.StaffID, &expires, &l.UsedAt)
	l.ExpiresAt = clock.Time(expires)
	return l, err
}

// useLink is the compare-and-set that lets one caller win.
func useLink(ctx context.Context, tx *db.Tx, l linkRow, now time.Time) (bool, error) {
	n, err := tx.Changed(ctx, "UPDATE org_link SET used_at = ? WHERE org_id = ? AND id = ? AND used_at = 0 AND expires_at > ?",
		clock.Micros(now), l.OrgID, l.ID, clock.Micros(now))
	return n == 1, err
}

// dropLinks removes the open links of a kind, so that only the newest works.
func dropLinks(ctx context.Context, tx *db.Tx, orgID, kind, staffID string) error {
	_, err := tx.Exec(ctx, "DELETE FROM org_link WHERE org_id = ? AND kind = ? AND staff_id = ? AND used_at = 0", orgID, kind, staffID)
	return err
}

// openInvites tells until when each member of staff may use an invitation.
func openInvites(ctx context.Context, tx *db.Tx, orgID string, now time.Time) (map[string]time.Time, error) {
	m := map[string]time.Time{}
	err := tx.Each(ctx, func(r *sql.Rows) error {
		var id string
		var expires int64
		err := r.Scan(&id, &expires)
		m[id] = clock.Time(expires)
		return err
	}, "SELECT staff_id, MAX(expires_at) FROM org_link WHERE org_id = ? AND kind = ? AND used_at = 0 AND expires_at > ? GROUP BY staff_id", orgID, linkInvite, clock.Micros(now))
	return m, err
}

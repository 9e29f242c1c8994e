package org

import (
	"context"
	"database/sql"
	"encoding/json"
	"time"

	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
)

type sessionRow struct {
	OrgID      string
	ID         string
	StaffID    string
	CreatedAt  time.Time
	LastSeenAt time.Time
	ExpiresAt  time.Time
	IP         string
	UserAgent  string
}

const sessionColumns = "org_id, id, staff_id, ip, user_agent, created_at, last_seen_at, expires_at"

func scanSession(row interface{ Scan(...any) error }) (sessionRow, error) {
	var s sessionRow
	var created, seen, expires int64
	err := row.Scan(&s.OrgID, &s.ID, &s.StaffID, &s.IP, &s.UserAgent, &created, &seen, &expires)
	s.CreatedAt, s.LastSeenAt, s.ExpiresAt = clock.Time(created), clock.Time(seen), clock.Time(expires)
	return s, err
}

func insertSession(ctx context.Context, tx *db.Tx, s sessionRow, tokenHash string) error {
	_, err := tx.Exec(ctx, "INSERT INTO org_session ("+sessionColumns+", token_hash) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
		s.OrgID, s.ID, s.StaffID, s.IP, s.UserAgent, clock.Micros(s.CreatedAt), clock.Micros(s.LastSeenAt), clock.Micros(s.ExpiresAt), tokenHash)
	return err
}

// sessionByHash finds a session in any org, expired ones too.
func sessionByHash(ctx context.Context, tx *db.Tx, tokenHash string) (sessionRow, error) {
	return scanSession(tx.QueryRow(ctx, "SELECT "+sessionColumns+" FROM org_session WHERE token_hash = ?", tokenHash))
}

func sessionsOf(ctx context.Context, tx *db.Tx, orgID, staffID string, now time.Time) ([]sessionRow, error) {
	var out []sessionRow
	err := tx.Each(ctx, func(r *sql.Rows) error {
		s, err := scanSession(r)
		out = append(out, s)
		return err
	}, "SELECT "+sessionColumns+" FROM org_session WHERE org_id = ? AND staff_id = ? AND expires_at > ? ORDER BY last_seen_at DESC, id DESC", orgID, staffID, clock.Micros(now))
	return out, err
}

// touchSession slides the expiry. Several nodes may try; one a minute writes.
func touchSession(ctx context.Context, tx *db.Tx, s sessionRow, now, expires time.Time) error {
	n, err := tx.Changed(ctx, "UPDATE org_session SET last_seen_at = ?, expires_at = ? WHERE org_id = ? AND id = ? AND last_seen_at = ?",
		clock.Micros(now), clock.Micros(expires), s.OrgID, s.ID, clock.Micros(s.LastSeenAt))
	if err != nil || n == 0 {
		return err
	}
	return staffSeen(ctx, tx, s.OrgID, s.StaffID, now)
}

func deleteSession(ctx context.Context, tx *db.Tx, orgID, staffID, id string) (bool, error) {
	n, err := tx.Changed(ctx, "DELETE FROM org_session WHERE org_id = ? AND staff_id = ? AND id = ?", orgID, staffID, id)
	return n == 1, err
}

// deleteSessions ends all of a staff member's sessions but one.
func deleteSessions(ctx context.Context, tx *db.Tx, orgID, staffID, except string) error {
	_, err := tx.Exec(ctx, "DELETE FROM org_session WHERE org_id = ? AND staff_id = ? AND id <> ?", orgID, staffID, except)
	return err
}

// pruneSessions removes what has expired, and the longest unused beyond keep.
func pruneSessions(ctx context.Context, tx *db.Tx, orgID, staffID string, now time.Time, keep int) error {
	_, err := tx.Exec(ctx, `DELETE FROM org_session WHERE org_id = ? AND staff_id = ? AND (expires_at <= ? OR id NOT IN
		(SELECT id FROM org_session WHERE org_id = ? AND staff_id = ? ORDER BY last_seen_at DESC, id DESC LIMIT ?))`,
		orgID, staffID, clock.Micros(now), orgID, staffID, keep)
	return err
}

type keyRow struct {
	APIKey
	OrgID   string
	StaffID string
}

const keyColumns = "org_id, id, name, prefix, permissions, staff_id, created_at, last_used_at"

func scanKey(row interface{ Scan(...any) error }) (keyRow, error) {
	var k keyRow
	var perms string
	var created, used int64
	if err := row.Scan(&k.OrgID, &k.ID, &k.Name, &k.Prefix, &perms, &k.StaffID, &created, &used); err != nil {
		return k, err
	}
	k.CreatedAt, k.LastUsedAt, k.CreatedBy = clock.Time(created), clock.Ptr(used), k.StaffID
	return k, json.Unmarshal([]byte(perms), &k.Permissions)
}

func insertKey(ctx context.Context, tx *db.Tx, k keyRow, keyHash string) error {
	perms, err := json.Marshal(k.Permissions)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, "INSERT INTO org_api_key ("+keyColumns+", key_hash) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
		k.OrgID, k.ID, k.Name, k.Prefix, string(perms), k.StaffID, clock.Micros(k.CreatedAt), 0, keyHash)
	return err
}

func keyByHash(ctx context.Context, tx *db.Tx, keyHash string) (keyRow, error) {
	return scanKey(tx.QueryRow(ctx, "SELECT "+keyColumns+" FROM org_api_key WHERE key_hash = ? AND revoked_at = 0", keyHash))
}

func listKeys(ctx context.Context, tx *db.Tx, orgID string) ([]APIKey, error) {
	var out []APIKey
	err := tx.Each(ctx, func(r *sql.Rows) error {
		k, err := scanKey(r)
		out = append(out, k.APIKey)
		return err
	}, "SELECT "+keyColumns+" FROM org_api_key WHERE org_id = ? AND revoked_at = 0 ORDER BY created_at DESC, id DESC", orgID)
	return out, err
}

func touchKey(ctx context.Context, tx *db.Tx, orgID, id string, now time.Time) error {
	_, err := tx.Exec(ctx, "UPDATE org_api_key SET last_used_at = ? WHERE org_id = ? AND id = ? AND last_used_at < ?", clock.Micros(now), orgID, id, clock.Micros(now))
	return err
}

func revokeKey(ctx context.Context, tx *db.Tx, orgID, id string, now time.Time) (bool, error) {
	n, err := tx.Changed(ctx, "UPDATE org_api_key SET revoked_at = ? WHERE org_id = ? AND id = ? AND revoked_at = 0", clock.Micros(now), orgID, id)
	return n == 1, err
}

func revokeKeysOf(ctx context.Context, tx *db.Tx, orgID, staffID string, now time.Time) error {
	_, err := tx.Exec(ctx, "UPDATE org_api_key SET revoked_at = ? WHERE org_id = ? AND staff_id = ? AND revoked_at = 0", clock.Micros(now), orgID, staffID)
	return err
}

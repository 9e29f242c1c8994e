package org

import (
	"context"
	"database/sql"
	"encoding/json"
	"time"

	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
)

const oidcColumns = "org_id, issuer, client_id, client_secret, enabled, allowed_domains, auto_role"

func oidcOf(ctx context.Context, tx *db.Tx, orgID string) (oidcRow, error) {
	var r oidcRow
	var enabled int64
	var domains string
	err := tx.QueryRow(ctx, "SELECT "+oidcColumns+" FROM org_oidc WHERE org_id = ?", orgID).
		Scan(&r.OrgID, &r.Issuer, &r.Client, &r.Sealed, &enabled, &domains, &r.Auto)
	if err != nil {
		return oidcRow{}, err
	}
	r.Enabled = enabled == 1
	return r, json.Unmarshal([]byte(domains), &r.Domains)
}

func putOIDC(ctx context.Context, tx *db.Tx, r oidcRow, now int64) error {
	domains, err := json.Marshal(r.Domains)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, "INSERT INTO org_oidc ("+oidcColumns+`, updated_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (org_id) DO UPDATE SET issuer = excluded.issuer, client_id = excluded.client_id, client_secret = excluded.client_secret,
		enabled = excluded.enabled, allowed_domains = excluded.allowed_domains, auto_role = excluded.auto_role, updated_at = excluded.updated_at`,
		r.OrgID, r.Issuer, r.Client, r.Sealed, db.Bit(r.Enabled), string(domains), r.Auto, now)
	return err
}

func deleteOIDC(ctx context.Context, tx *db.Tx, orgID string) error {
	_, err := tx.Exec(ctx, "DELETE FROM org_oidc WHERE org_id = ?", orgID)
	return err
}

func oidcOrgs(ctx context.Context, tx *db.Tx) ([]OrgChoice, error) {
	var out []OrgChoice
	err := tx.Each(ctx, func(r *sql.Rows) error {
		var c OrgChoice
		err := r.Scan(&c.OrgID, &c.OrgName)
		out = append(out, c)
		return err
	}, "SELECT o.org_id, o.name FROM org_oidc c JOIN org o ON o.org_id = c.org_id WHERE c.enabled = 1 ORDER BY o.name_key")
	return out, err
}

// flowRow is a sign-in that is under way at a provider, or on a platform.
type flowRow struct {
	OrgID     string
	Account   string // whose members sign in; empty: through the org's provider
	StateHash string
	Nonce     string
	Verifier  string
	ExpiresAt time.Time
}

// insertFlow also clears away those of the org that were never finished.
func insertFlow(ctx context.Context, tx *db.Tx, f flowRow, cookieHash string, now time.Time) error {
	if _, err := tx.Exec(ctx, "DELETE FROM org_oidc_flow WHERE org_id = ? AND expires_at <= ?", f.OrgID, clock.Micros(now)); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, "INSERT INTO org_oidc_flow (org_id, id, account_id, state_hash, nonce, verifier, expires_at) VALUES (?, ?, ?, ?, ?, ?, ?)",
		f.OrgID, cookieHash, f.Account, f.StateHash, f.Nonce, f.Verifier, clock.Micros(f.ExpiresAt))
	return err
}

// takeFlow reads a flow and removes it: it answers once.
func takeFlow(ctx context.Context, tx *db.Tx, cookieHash string) (flowRow, error) {
	var f flowRow
	var expires int64
	err := tx.QueryRow(ctx, "DELETE FROM org_oidc_flow WHERE id = ? RETURNING org_id, account_id, state_hash, nonce, verifier, expires_at", cookieHash).
		Scan(&f.OrgID, &f.Account, &f.StateHash, &f.Nonce, &f.Verifier, &expires)
	f.ExpiresAt = clock.Time(expires)
	return f, err
}

package carrier

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"strings"
	"unicode"

	"fishpond/internal/platform/db"
)

const accountColumns = `org_id, id, kind, name, platform_id, settings, secrets, status, health, owner_staff_id, secret_expires_at,
	error_code, error_zh, error_en, error_at, created_at, updated_at, verified_at, error_api`

func (s *Service) scanAccount(row interface{ Scan(...any) error }) (*account, error) {
	a := &account{}
	var settings, sealed string
	if err := row.Scan(&a.org, &a.id, &a.kind, &a.name, &a.platform, &settings, &sealed, &a.status, &a.health, &a.owner, &a.expires,
		&a.errorCode, &a.errorText.ZH, &a.errorText.EN, &a.errorAt, &a.created, &a.updated, &a.verified, &a.errorAPI); err != nil {
		return nil, err
	}
	if err := json.Unmarshal([]byte(settings), &a.settings); err != nil {
		return nil, fmt.Errorf("carrier: settings of %s: %w", a.id, err)
	}
	if err := s.openSecrets(a, sealed); err != nil {
		return nil, fmt.Errorf("carrier: secrets of %s: %w", a.id, err)
	}
	return a, nil
}

func (s *Service) accountByID(ctx context.Context, tx *db.Tx, orgID, id string) (*account, error) {
	a, err := s.scanAccount(tx.QueryRow(ctx, "SELECT "+accountColumns+" FROM carrier_account WHERE org_id = ? AND id = ?", orgID, id))
	if db.IsNoRows(err) {
		return nil, errNoAccount()
	}
	return a, err
}

// anyAccount finds an account of any org, for callbacks: its id, which nobody
// can guess, is all that a platform tells.
func (s *Service) anyAccount(ctx context.Context, id string) (a *account, err error) {
	err = s.db.Read(ctx, db.AllOrgs, func(tx *db.Tx) error {
		a, err = s.scanAccount(tx.QueryRow(ctx, "SELECT "+accountColumns+" FROM carrier_account WHERE id = ?", id))
		if db.IsNoRows(err) {
			err = errNoAccount()
		}
		return err
	})
	return a, err
}

// accounts lists an org's accounts of a kind; empty: of all.
func (s *Service) accounts(ctx context.Context, tx *db.Tx, orgID, kind string) (out []*account, err error) {
	err = tx.Each(ctx, func(rows *sql.Rows) error {
		a, err := s.scanAccount(rows)
		out = append(out, a)
		return err
	}, "SELECT "+accountColumns+" FROM carrier_account WHERE org_id = ? AND (? = '' OR kind = ?) ORDER BY created_at, id", orgID, kind, kind)
	return out, err
}

func (s *Service) insertAccount(ctx context.Context, tx *db.Tx, a *account) error {
	sealed, err := s.sealSecrets(a)
	if err != nil {
		return err
	}
	settings, err := json.Marshal(a.settings)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, "INSERT INTO carrier_account ("+accountColumns+") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
		a.org, a.id, a.kind, a.name, a.platform, string(settings), sealed, a.status, a.health, a.owner, a.expires, a.errorCode, a.errorText.ZH, a.errorText.EN, a.errorAt, a.created, a.updated, a.verified, a.errorAPI)
	return err
}

func (s *Service) saveAccount(ctx context.Context, tx *db.Tx, a *account) error {
	sealed, err := s.sealSecrets(a)
	if err != nil {
		return err
	}
	settings, err := json.Marshal(a.settings)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `UPDATE carrier_account SET name = ?, platform_id = ?, settings = ?, secrets = ?, status = ?, owner_staff_id = ?, secret_expires_at = ?,
		error_code = ?, error_zh = ?, error_en = ?, error_at = ?, updated_at = ?, verified_at = ?, error_api = ? WHERE org_id = ? AND id = ?`,
		a.name, a.platform, string(settings), sealed, a.status, a.owner, a.expires, a.errorCode, a.errorText.ZH, a.errorText.EN, a.errorAt, a.updated, a.verified, a.errorAPI, a.org, a.id)
	return err
}

// oneLine makes hostile text one line of at most so many characters.
func oneLine(text string, most int) string {
	text = strings.ToValidUTF8(text, "")
	text = strings.Join(strings.FieldsFunc(text, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }), " ")
	if r := []rune(text); len(r) > most {
		text = string(r[:most])
	}
	return text
}

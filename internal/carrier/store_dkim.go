package carrier

import (
	"context"
	"database/sql"
	"fmt"
	"regexp"

	"fishpond/internal/carrier/email"
	"fishpond/internal/platform/db"
)

var label = regexp.MustCompile(`^[a-z0-9]([a-z0-9\-]{0,61}[a-z0-9])?$`)

const dkimColumns = "SELECT id, account_id, domain, selector, algorithm, state, found, sealed, created_at, checked_at FROM carrier_dkim WHERE org_id = ? AND account_id = ? AND "

func (s *Service) scanDKIM(orgID string, row interface{ Scan(...any) error }) (*dkimKey, error) {
	k := &dkimKey{}
	var sealed string
	if err := row.Scan(&k.id, &k.account, &k.Domain, &k.Selector, &k.algorithm, &k.state, &k.found, &sealed, &k.created, &k.checked); err != nil {
		return nil, err
	}
	text, err := s.ports.Sealer.OpenString(orgID, dkimPurpose, sealed)
	if err == nil {
		k.Key, _, err = email.ParseKey(text.Reveal())
	}
	if err != nil {
		return nil, fmt.Errorf("carrier: signing key %s: %w", k.id, err)
	}
	return k, nil
}

func (s *Service) dkimKeys(ctx context.Context, tx *db.Tx, orgID, accountID string) (out []*dkimKey, err error) {
	return out, tx.Each(ctx, func(rows *sql.Rows) error {
		k, err := s.scanDKIM(orgID, rows)
		out = append(out, k)
		return err
	}, dkimColumns+"state <> '' ORDER BY state, id", orgID, accountID)
}

func (s *Service) dkimKey(ctx context.Context, tx *db.Tx, orgID, accountID, keyID string) (*dkimKey, error) {
	if _, err := s.mailAccount(ctx, tx, orgID, accountID); err != nil {
		return nil, err
	}
	k, err := s.scanDKIM(orgID, tx.QueryRow(ctx, dkimColumns+"id = ?", orgID, accountID, keyID))
	if db.IsNoRows(err) {
		return nil, errNoKey()
	}
	return k, err
}

// signerOf is what an account's mail is signed with; nil: it is not signed.
func (s *Service) signerOf(ctx context.Context, tx *db.Tx, orgID, accountID string) (*email.DKIM, error) {
	k, err := s.scanDKIM(orgID, tx.QueryRow(ctx, dkimColumns+"state = 'signing'", orgID, accountID))
	if db.IsNoRows(err) {
		return nil, nil //nolint:nilnil // most accounts have none
	}
	if err != nil {
		return nil, err
	}
	return &k.DKIM, nil
}

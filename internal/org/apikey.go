package org

import (
	"context"
	"slices"
	"time"

	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
	"fishpond/internal/platform/ids"
)

const (
	keyStart      = "fp_" // lets scanners of public code recognise a key
	keyPrefixSize = len(keyStart) + 6
	maxKeys       = 100
)

// APIKey lets a program act for the org.
type APIKey struct {
	ID          string     `json:"id"`
	Name        string     `json:"name"`
	Prefix      string     `json:"prefix" doc:"The first characters, to recognise the key by" example:"fp_x1Y2z3"`
	Permissions []string   `json:"permissions" nullable:"false" doc:"It holds those of them that its maker still holds"`
	CreatedBy   string     `json:"created_by" doc:"Staff id"`
	CreatedAt   time.Time  `json:"created_at"`
	LastUsedAt  *time.Time `json:"last_used_at,omitempty" doc:"To the minute"`
}

// APIKeys lists the org's keys that work, the newest first.
func (s *Service) APIKeys(ctx context.Context) ([]APIKey, error) {
	a, err := actorOf(ctx)
	if err != nil {
		return nil, err
	}
	var out []APIKey
	err = s.db.Read(ctx, a.OrgID, func(tx *db.Tx) (err error) {
		out, err = listKeys(ctx, tx, a.OrgID)
		return err
	})
	return out, err
}

// CreateAPIKey makes a key that holds some of the actor's own permissions.
// The key itself is returned this once; only its hash is stored.
func (s *Service) CreateAPIKey(ctx context.Context, name string, permissions []string) (string, APIKey, error) {
	a, err := person(ctx)
	if err != nil {
		return "", APIKey{}, err
	}
	if name, err = cleanName(name); err != nil {
		return "", APIKey{}, errs.InvalidField("body.name", errs.As(err).Text)
	}
	permissions = slices.Compact(slices.Sorted(slices.Values(permissions)))
	if len(permissions) == 0 {
		return "", APIKey{}, errs.InvalidField("body.permissions", i18n.T("请至少选择一项权限", "Choose at least one permission"))
	}
	for _, p := range permissions {
		if !a.Can(p) {
			return "", APIKey{}, errs.InvalidField("body.permissions", i18n.T("你没有 %s 权限，密钥也不能有", "You do not hold %s, so a key of yours cannot", clip(p, 40)))
		}
	}
	key := keyStart + ids.Token()
	k := keyRow{OrgID: a.OrgID, StaffID: a.ID, APIKey: APIKey{ID: ids.New("key"), Name: name, Prefix: key[:keyPrefixSize],
		Permissions: permissions, CreatedBy: a.ID, CreatedAt: s.now().Truncate(time.Microsecond)}}
	err = s.db.Write(ctx, a.OrgID, func(tx *db.Tx) error {
		maker, err := staffByID(ctx, tx, a.OrgID, a.ID)
		if err != nil {
			return err
		}
		if err := lockStaff(ctx, tx, a.OrgID, maker.Email); err != nil {
			return err
		}
		if maker, err = staffByID(ctx, tx, a.OrgID, a.ID); err != nil || maker.Status != StatusActive {
			if err == nil {
				err = errMeanwhile
			}
			return err
		}
		all, err := listKeys(ctx, tx, a.OrgID)
		if err != nil {
			return err
		}
		if len(all) >= maxKeys {
			return errs.Conflict(i18n.T("最多 %d 个密钥，请先删除不用的", "There are at most %d keys; delete those not in use", maxKeys))
		}
		if err := insertKey(ctx, tx, k, ids.Hash(key)); err != nil {
			return err
		}
		return s.Audit(ctx, tx, "api_key.created", "api_key", k.ID, map[string]any{"name": k.Name, "permissions": k.Permissions})
	})
	if err != nil {
		return "", APIKey{}, err
	}
	return key, k.APIKey, nil
}

// RevokeAPIKey makes a key stop working.
func (s *Service) RevokeAPIKey(ctx context.Context, id string) error {
	a, err := person(ctx)
	if err != nil {
		return err
	}
	return s.db.Write(ctx, a.OrgID, func(tx *db.Tx) error {
		found, err := revokeKey(ctx, tx, a.OrgID, id, s.now())
		if err != nil {
			return err
		}
		if !found {
			return errs.NotFound(i18n.T("API 密钥", "API key"))
		}
		tx.OnCommit(func() { s.auth.forget(func(c authenticated) bool { return c.actor.ID == id }) })
		return s.Audit(ctx, tx, "api_key.revoked", "api_key", id, nil)
	})
}

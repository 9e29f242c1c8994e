package carrier

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"fishpond/internal/carrier/wire"
	"fishpond/internal/platform/access"
	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
)

const (
	refreshBatch = 200
	refreshAfter = 30 * time.Second // the platform may need a moment after the event
)

// RefreshProfiles asks again who those are of whom the platform did not tell
// when they came. Call it every minute.
func (s *Service) RefreshProfiles(ctx context.Context) error {
	orgs, err := s.ports.Orgs.OrgIDs(ctx)
	if err != nil {
		return err
	}
	var failed []error
	for _, org := range orgs {
		if err := s.refreshOrg(access.With(ctx, access.ForSystem(org, "carrier")), org); err != nil {
			failed = append(failed, fmt.Errorf("org %s: %w", org, err))
		}
	}
	return errors.Join(failed...)
}

func (s *Service) refreshOrg(ctx context.Context, org string) error {
	type due struct{ account, user, external string }
	var list []due
	if err := s.db.Read(ctx, org, func(tx *db.Tx) error {
		list = nil
		return tx.Each(ctx, func(rows *sql.Rows) error {
			var d due
			err := rows.Scan(&d.account, &d.user, &d.external)
			list = append(list, d)
			return err
		}, "SELECT account_id, user_id, external_id FROM carrier_contact WHERE org_id = ? AND profile_due = 1 AND updated_at < ? ORDER BY updated_at LIMIT ?", org, clock.Micros(s.now().Add(-refreshAfter)), refreshBatch)
	}); err != nil {
		return err
	}
	for _, d := range list {
		a, p, err := s.ask(ctx, org, d.account, d.user, d.external)
		if wire.KindOf(err) == wire.Missing {
			p, err = &profile{}, nil // gone again: the platform will not tell any more
		}
		if err != nil {
			return err // what is wrong with one is wrong with all: the next minute
		}
		if err := s.db.Write(ctx, org, func(tx *db.Tx) error {
			if err := lockTies(ctx, tx, a, d.external); err != nil {
				return err
			}
			_, err := s.record(ctx, tx, a, []sighting{{user: d.user, external: d.external, profile: p}})
			return err
		}); err != nil {
			return err
		}
	}
	return nil
}

// ask has the platform of an account tell who a contact is.
func (s *Service) ask(ctx context.Context, org, accountID, user, external string) (a *account, p *profile, err error) {
	if err := s.db.Read(ctx, org, func(tx *db.Tx) error {
		a, err = s.accountByID(ctx, tx, org, accountID)
		return err
	}); err != nil {
		return nil, nil, err
	}
	switch {
	case a.status != StatusActive:
		return a, nil, errClosed
	case a.kind == KindKf:
		found, err := s.patrons(ctx, a, []string{external})
		if err == nil && found[external] == nil {
			return a, &profile{}, nil
		}
		return a, found[external], err
	case a.kind == KindOfficial:
		f, err := s.officialOf(a, impatient).Follower(ctx, external)
		return a, &profile{unionID: f.UnionID}, err
	}
	p, err = lookUp(ctx, s.wecomOf(a, slotContact, impatient), user, external)
	return a, p, err
}

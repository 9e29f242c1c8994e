package app

import (
	"context"

	"fishpond/internal/carrier"
	"fishpond/internal/org"
	"fishpond/internal/platform/access"
	"fishpond/internal/platform/db"
	"fishpond/internal/pool"
)

// carrierPeople is the pool as carriers see it.
type carrierPeople struct{ *pool.Service }

func (p carrierPeople) Resolve(ctx context.Context, tx *db.Tx, orgID string, contacts []carrier.Contact) ([]string, error) {
	check, err := p.Checker(ctx, tx, orgID)
	if err != nil {
		return nil, err
	}
	out := make([]pool.Contact, len(contacts))
	for i, c := range contacts {
		out[i] = check.Usable(pool.Contact{Source: c.Source, Identities: poolIdentities(c.Identities), Name: c.Name, Gender: c.Gender,
			OwnerStaffID: c.OwnerStaffID, Tags: c.Tags, SeenAt: c.SeenAt})
	}
	return resolved(p.Service.Resolve(ctx, tx, orgID, out))
}

func (p carrierPeople) Find(ctx context.Context, tx *db.Tx, orgID string, of []carrier.Identity) ([]string, error) {
	return p.ByIdentities(ctx, tx, orgID, poolIdentities(of))
}

func (p carrierPeople) Names(ctx context.Context, tx *db.Tx, orgID string, personIDs []string) (map[string]string, error) {
	named, err := p.Service.Names(ctx, tx, orgID, personIDs)
	out := make(map[string]string, len(named))
	for id, n := range named {
		out[id] = n.Name
	}
	return out, err
}

// carrierLinks does in the pool what somebody made of what a customer told.
type carrierLinks struct{ pool *pool.Service }

// acting is ctx with somebody who acts: what comes in over a platform has
// nobody.
func acting(ctx context.Context, orgID string) context.Context {
	if _, ok := access.From(ctx); ok {
		return ctx
	}
	return access.With(ctx, access.ForSystem(orgID, "carrier"))
}

func (l carrierLinks) Attach(ctx context.Context, tx *db.Tx, orgID, personID string, id carrier.Identity) error {
	_, err := l.pool.AddIdentityIn(acting(ctx, orgID), tx, personID, pool.Identity(id))
	return err
}

func (l carrierLinks) Detach(ctx context.Context, tx *db.Tx, orgID, personID string, id carrier.Identity) error {
	return l.pool.RemoveIdentityIn(acting(ctx, orgID), tx, personID, pool.Identity(id))
}

func (l carrierLinks) Merge(ctx context.Context, tx *db.Tx, orgID, personID, otherID, reason string) (string, error) {
	m, err := l.pool.MergeIn(acting(ctx, orgID), tx, personID, otherID, reason)
	return m.ID, err
}

func (l carrierLinks) Split(ctx context.Context, tx *db.Tx, orgID, mergeID string) error {
	_, err := l.pool.SplitIn(acting(ctx, orgID), tx, mergeID)
	return err
}

func poolIdentities(of []carrier.Identity) []pool.Identity {
	out := make([]pool.Identity, len(of))
	for i, id := range of {
		out[i] = pool.Identity(id)
	}
	return out
}

// carrierStaff tells carriers who works for an org.
type carrierStaff struct{ *org.Service }

func (s carrierStaff) ActiveStaff(ctx context.Context, tx *db.Tx, orgID string) ([]carrier.StaffMember, error) {
	all, err := s.StaffOf(ctx, tx, orgID)
	var out []carrier.StaffMember
	for _, st := range all {
		if st.Status != org.StatusDisabled {
			out = append(out, carrier.StaffMember{ID: st.ID, Name: st.Name, Email: st.Email})
		}
	}
	return out, err
}

// orgMembers asks carriers who opens a page inside a platform.
type orgMembers struct{ carrier *carrier.Service }

func (m orgMembers) SignInURL(ctx context.Context, accountID, redirect, state string) (string, string, error) {
	return m.carrier.MemberSignInURL(ctx, accountID, redirect, state)
}

func (m orgMembers) ByCode(ctx context.Context, accountID, code string) (string, org.Member, error) {
	orgID, who, err := m.carrier.MemberByCode(ctx, accountID, code)
	return orgID, org.Member(who), err
}
